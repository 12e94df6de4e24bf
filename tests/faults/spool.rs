//! What cannot be sent in time lies on disk, and arrives later, once.

use std::fs;
use std::time::Duration;

use kameleoon::emulator::{Emulator, Fault, Times, TrackingLine};
use kameleoon::{CustomData, KameleoonClientConfig, LegalConsent, RequestKind};

use crate::folder::Folder;
use crate::rig::{PATIENCE, Repeats, Rig, SLACK, data_file, new_site, platform};

/// A client with a spool, whose intervals are long.
fn spooled(folder: &Folder, config: KameleoonClientConfig) -> KameleoonClientConfig {
    config.tracking_spool(&folder.0).tracking_interval_millisecond(1_000)
}

fn start() -> Emulator {
    platform().data_file(data_file(1, false)).start().unwrap()
}

/// A client of a site that tracked something and was closed with no time at all.
fn short_run(platform: Emulator, site: &str, folder: &Folder) -> Rig {
    let mut rig = Rig::create_at(platform, site, |config| spooled(folder, config));
    rig.client.wait_init(PATIENCE).unwrap();
    rig.visit_many("visitor", 10);
    let report = rig.client.close(Duration::ZERO);
    assert_eq!((report.spooled, report.given_up, report.pending), (20, 0, 0), "{report:?}");
    assert!(report.is_kept() && !report.is_complete());
    assert_eq!(rig.check_counters().spooled, 20);
    rig
}

/// Makes a client with the same site anew, in the place of one that was closed.
fn again(rig: Rig, folder: &Folder) -> Rig {
    let again = rig.again(|config| spooled(folder, config));
    again.client.wait_init(PATIENCE).unwrap();
    again
}

#[test]
fn a_close_without_time_writes_a_file_and_the_next_run_sends_it() {
    let folder = Folder::new("spool-close");
    let rig = short_run(start(), &new_site("spool-close"), &folder);
    assert_eq!((rig.arrived(), folder.files().len()), (0, 1));
    let rig = again(rig, &folder);
    let report = rig.client.drain_spool(PATIENCE);
    assert_eq!((report.recovered, report.dropped, report.waiting, report.timed_out), (20, 0, 0, false));
    rig.check_arrived(Repeats::None);
    assert_eq!((rig.client.tracking_stats().recovered, folder.files().len()), (20, 0));
    assert_eq!(rig.client.drain_spool(PATIENCE).recovered, 0);
}

#[test]
fn a_client_with_nothing_to_do_sends_what_lies_there() {
    let folder = Folder::new("spool-idle");
    let rig = short_run(start(), &new_site("spool-idle"), &folder);
    let rig = again(rig, &folder);
    rig.wait_for("the file", |rig| rig.client.tracking_stats().recovered == 20);
    rig.check_arrived(Repeats::None);
}

#[test]
fn an_outage_leaves_the_files_where_they_are() {
    let folder = Folder::new("spool-outage");
    let rig = short_run(start(), &new_site("spool-outage"), &folder);
    let rig = again(rig, &folder);
    rig.platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    let report = rig.client.drain_spool(PATIENCE);
    assert_eq!((report.recovered, report.dropped, report.waiting, report.timed_out), (0, 0, 20, false));
    rig.platform.clear_faults();
    assert_eq!(rig.client.drain_spool(PATIENCE).recovered, 20);
    rig.check_arrived(Repeats::None);
}

#[test]
fn what_was_on_its_way_goes_to_disk_under_its_nonce() {
    let folder = Folder::new("spool-flight");
    let platform = start();
    platform.fail(RequestKind::Tracking, Fault::NeverAnswer, Times::Always);
    let mut rig = Rig::create(platform, "spool-flight", |config| {
        spooled(&folder, config).default_timeout(Duration::from_secs(60))
    });
    rig.client.wait_init(PATIENCE).unwrap();
    rig.visit("visitor");
    rig.client.flush_instant("visitor").unwrap();
    rig.wait_for("the request", |rig| rig.platform.count(RequestKind::Tracking) == 1);
    let report = rig.client.close(Duration::from_millis(50));
    assert_eq!((report.spooled, report.given_up), (2, 0), "{report:?}");
    let rig = again(rig, &folder);
    rig.platform.clear_faults();
    assert_eq!(rig.client.drain_spool(PATIENCE).recovered, 2);
    // One nonce each, whether or not the first request was taken.
    rig.check_arrived(Repeats::Allowed);
}

#[test]
fn a_damaged_file_is_counted_and_stops_nothing() {
    let folder = Folder::new("spool-damaged");
    let rig = short_run(start(), &new_site("spool-damaged"), &folder);
    let file = folder.files().remove(0);
    let bytes = fs::read(&file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    // An older one of the same owner, which is not whole.
    let (owner, rest) = name.split_at(17);
    let older: String = format!("{owner}{:014}{}", rest[..14].parse::<u64>().unwrap() - 1, &rest[14..]);
    fs::write(folder.0.join(older), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(folder.0.join("foreign"), "mine").unwrap();
    let rig = again(rig, &folder);
    let report = rig.client.drain_spool(PATIENCE);
    assert_eq!((report.recovered, report.dropped, report.waiting), (20, 20, 0));
    rig.check_arrived(Repeats::None);
    assert_eq!(folder.files(), [folder.0.join("foreign")]);
}

#[test]
fn what_the_platform_refuses_of_a_file_is_found_and_the_rest_arrives() {
    let folder = Folder::new("spool-refused");
    let rig = short_run(start(), &new_site("spool-refused"), &folder);
    let rig = again(rig, &folder);
    // The whole, then its first half, as if the culprit were in both; what is left is taken.
    rig.platform.tracking_statuses([400, 400, 200, 400, 400, 400, 400, 200]);
    let report = rig.client.drain_spool(PATIENCE);
    assert!((1..=5).contains(&report.dropped), "{report:?}");
    assert_eq!((report.recovered + report.dropped, report.waiting), (20, 0), "{report:?}");
    assert_eq!(rig.arrived() + report.dropped, 20);
}

#[test]
fn a_refusal_of_consent_takes_the_visitors_lines_from_disk() {
    let folder = Folder::new("spool-consent");
    let rig = short_run(start(), &new_site("spool-consent"), &folder);
    let rig = again(rig, &folder);
    rig.client.set_legal_consent("visitor-3", LegalConsent::Refused).unwrap();
    let report = rig.client.drain_spool(PATIENCE);
    assert_eq!((report.recovered, report.waiting), (18, 0), "{report:?}");
    assert_eq!(rig.client.tracking_stats().spool_dropped, 2);
    assert!(rig.platform.tracking_lines().iter().all(|line| line.get("visitorCode") != Some("visitor-3")));
}

/// A folder that cannot be looked at in that moment is looked at later.
#[test]
fn a_refusal_of_consent_holds_though_the_folder_is_away_just_then() {
    let folder = Folder::new("spool-consent-away");
    let rig = short_run(start(), &new_site("spool-consent-away"), &folder);
    let rig = again(rig, &folder);
    let away = Folder::new("spool-away");
    fs::rename(&folder.0, &away.0).unwrap();
    fs::write(&folder.0, "no folder").unwrap();
    rig.client.set_legal_consent("visitor-3", LegalConsent::Refused).unwrap();
    let _ = rig.client.drain_spool(PATIENCE);
    fs::remove_file(&folder.0).unwrap();
    fs::rename(&away.0, &folder.0).unwrap();
    let report = rig.client.drain_spool(PATIENCE);
    assert_eq!((report.recovered, report.dropped, report.waiting), (18, 2, 0), "{report:?}");
    assert!(rig.platform.tracking_lines().iter().all(|line| line.get("visitorCode") != Some("visitor-3")));
}

/// All who are to leave the disk at a time take one look through the folder.
#[test]
fn many_refusals_of_consent_hold_nothing_up() {
    let (folder, site) = (Folder::new("spool-refusals"), new_site("spool-refusals"));
    let mut rig = short_run(start(), &site, &folder);
    for round in 0..30 {
        rig = again(rig, &folder);
        (0..200).for_each(|number| rig.client.track_conversion(&format!("{round}-{number}"), 83).unwrap());
        let report = rig.client.close(Duration::ZERO);
        assert!(report.is_kept(), "{report:?}");
    }
    let rig = again(rig, &folder);
    let start = std::time::Instant::now();
    for number in 0..1_000 {
        rig.client.set_legal_consent(&format!("0-{number}"), LegalConsent::Refused).unwrap();
    }
    let report = rig.client.drain_spool(PATIENCE);
    assert!(start.elapsed() < SLACK * 4, "{:?}", start.elapsed());
    assert_eq!((report.recovered, report.waiting), (20 + 29 * 200, 0), "{report:?}");
    assert_eq!(rig.client.tracking_stats().spool_dropped, 200);
}

#[test]
fn a_person_who_is_forgotten_leaves_the_disk_too() {
    let folder = Folder::new("spool-forget");
    let rig = short_run(start(), &new_site("spool-forget"), &folder);
    let rig = again(rig, &folder);
    // Nothing is known of the visitor in this run.
    assert_eq!(rig.client.forget_visitor("visitor-3").unwrap(), ["visitor-3"]);
    let report = rig.client.drain_spool(PATIENCE);
    assert_eq!((report.recovered, report.waiting), (18, 0), "{report:?}");
    assert_eq!(rig.client.tracking_stats().spool_dropped, 2);
    assert!(rig.platform.tracking_lines().iter().all(|line| line.get("visitorCode") != Some("visitor-3")));
}

#[test]
fn before_a_data_file_nothing_is_kept() {
    let folder = Folder::new("spool-first");
    let platform = start();
    platform.fail(RequestKind::Configuration, Fault::status(503), Times::Always);
    let rig = Rig::create(platform, "spool-first", |config| spooled(&folder, config));
    rig.client.track_conversion("visitor", 83).unwrap();
    let report = rig.client.close(Duration::ZERO);
    assert_eq!((report.spooled, report.given_up), (0, 1), "{report:?}");
    assert!(folder.files().is_empty() && !report.is_kept());
}

#[test]
fn without_a_usable_folder_the_loss_is_counted() {
    let folder = Folder::new("spool-nowhere");
    fs::write(&folder.0, "a file where the folder should be").unwrap();
    let mut rig = Rig::create(start(), "spool-nowhere", |config| spooled(&folder, config));
    rig.client.wait_init(PATIENCE).unwrap();
    rig.visit_many("visitor", 3);
    let report = rig.client.close(Duration::ZERO);
    assert_eq!((report.spooled, report.given_up), (0, 6), "{report:?}");
    rig.check_counters();
    fs::remove_file(&folder.0).unwrap();
}

#[test]
fn a_short_run_after_another_needs_no_network_and_loses_nothing() {
    let folder = Folder::new("short-lived");
    let within = folder.0.join("made");
    let short = |config: KameleoonClientConfig| config.short_lived(&within).close_timeout(Duration::ZERO);
    let mut rig = Rig::create(start(), "short-lived", short);
    rig.client.wait_init(PATIENCE).unwrap();
    rig.wait_for("the copy", |_| within.join("flags").exists());
    rig.visit("one");
    assert_eq!(rig.client.close(Duration::ZERO).spooled, 2);
    rig.platform.clear_requests();
    let mut rig = rig.again(short);
    rig.client.wait_init(PATIENCE).unwrap();
    rig.visit("two");
    assert_eq!(rig.client.close(Duration::ZERO).spooled, 2);
    assert_eq!(rig.platform.requests().len(), 0, "not one");
    let rig = rig.again(short);
    assert_eq!(rig.client.drain_spool(PATIENCE).recovered, 4);
    rig.check_arrived(Repeats::None);
}

#[test]
fn before_sending_the_lines_lie_on_disk_and_go_when_they_are_answered() {
    let folder = Folder::new("spool-before");
    let platform = start();
    platform.fail(RequestKind::Tracking, Fault::NeverAnswer, Times::Always);
    let mut rig = Rig::create(platform, "spool-before", |config| {
        spooled(&folder, config).tracking_spool_before_sending(true).default_timeout(Duration::from_secs(60))
    });
    rig.client.wait_init(PATIENCE).unwrap();
    rig.visit("visitor");
    rig.client.flush_instant("visitor").unwrap();
    rig.wait_for("the request", |rig| rig.platform.count(RequestKind::Tracking) == 1);
    let files = folder.files();
    let text = fs::read_to_string(files.first().unwrap()).unwrap();
    assert!(files.len() == 1 && text.contains("eventType=conversion"), "{text}");
    // The request is cut off; what nobody answered stays on disk, once.
    assert_eq!(rig.client.close(Duration::from_millis(50)).spooled, 2);
    assert_eq!(folder.files().len(), 1);
    rig.platform.clear_faults();
    let mut rig = rig.again(|config| spooled(&folder, config).tracking_spool_before_sending(true));
    rig.client.wait_init(PATIENCE).unwrap();
    assert_eq!(rig.client.drain_spool(PATIENCE).recovered, 2);
    rig.visit_many("more", 10);
    rig.deliver_all();
    rig.check_arrived(Repeats::Allowed);
    assert!(folder.files().is_empty(), "{:?}", folder.files());
}

#[test]
fn a_refusal_takes_all_codes_of_the_person_from_disk() {
    let folder = Folder::new("spool-names");
    let file = r#"{"customData": [{"id": 1, "index": 1, "isMappingIdentifier": true}], "featureFlags": []}"#;
    let platform = platform().data_file(file).start().unwrap();
    let rig = Rig::create(platform, "spool-names", |config| spooled(&folder, config));
    rig.client.wait_init(PATIENCE).unwrap();
    for code in ["phone", "anna", "somebody else"] {
        rig.client.track_conversion(code, 83).unwrap();
    }
    assert_eq!(rig.client.close(Duration::ZERO).spooled, 3);
    // Nothing is sent before the refusal.
    rig.platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    let rig = again(rig, &folder);
    rig.client.add_data("phone", CustomData::new(1, ["anna"])).unwrap();
    rig.client.set_legal_consent("phone", LegalConsent::Refused).unwrap();
    rig.wait_for("the purge", |rig| rig.client.tracking_stats().spool_dropped == 2);
    rig.platform.clear_faults();
    rig.wait_for("the other one", |rig| rig.client.drain_spool(PATIENCE).recovered == 1);
    let lines = rig.platform.tracking_lines();
    let is_conversion = |line: &&TrackingLine| line.get("eventType") == Some("conversion");
    let codes: Vec<_> = lines.iter().filter(is_conversion).map(|line| line.get("visitorCode")).collect();
    assert_eq!(codes, [Some("somebody else")]);
}

#[test]
fn a_file_whose_requests_fail_keeps_nobody_waiting_and_is_divided() {
    let folder = Folder::new("spool-poison");
    let site = new_site("spool-poison");
    let rig = short_run(start(), &site, &folder);
    let mut rig = again(rig, &folder);
    rig.visit_many("other", 5);
    assert_eq!(rig.client.close(Duration::ZERO).spooled, 10);
    let rig = again(rig, &folder);
    // Whatever has a line of this visitor fails, as if it were the platform's trouble.
    rig.platform.judge_tracking(|body| body.contains("visitorCode=visitor-7").then_some(500));
    let report = rig.client.drain_spool(PATIENCE);
    assert_eq!((report.recovered, report.dropped, report.waiting), (28, 0, 2), "{report:?}");
    rig.platform.judge_tracking(|_| None);
    assert_eq!(rig.client.drain_spool(PATIENCE).recovered, 2);
    rig.check_arrived(Repeats::None);
}
