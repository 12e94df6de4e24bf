//! Who refuses, or is to be forgotten, while a request is repeated, is left out of what follows.

use std::fs;
use std::time::Duration;

use kameleoon::emulator::{Fault, Times};
use kameleoon::{KameleoonClientConfig, LegalConsent, PageView, RequestKind};

use crate::folder::Folder;
use crate::rig::{PATIENCE, Rig, platform};

fn data_file(date: u32, consent: &str) -> String {
    format!(
        r#"{{"dateModified": {date}, "configuration": {{"consentType": "{consent}"}},
        "customData": [], "featureFlags": []}}"#
    )
}

/// A client whose visitor `visitor` has seen a page, and `other` has bought something, both with
/// consent. The first request failed, and `pause` passes before it is repeated.
fn in_the_pause(
    name: &str,
    consent: &str,
    pause: Duration,
    change: impl FnOnce(KameleoonClientConfig) -> KameleoonClientConfig,
) -> Rig {
    let platform = platform().data_file(data_file(1, consent)).start().unwrap();
    platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    let rig = Rig::create(platform, name, |config| {
        change(config.tracking_interval(Duration::from_secs(1)).tracking_retry_delay(pause))
    });
    rig.client.wait_init(PATIENCE).unwrap();
    for visitor in ["visitor", "other"] {
        rig.client.set_legal_consent(visitor, LegalConsent::Given).unwrap();
    }
    rig.client.add_data("visitor", PageView::new("https://shop.example/")).unwrap();
    rig.client.flush("visitor").unwrap();
    rig.client.track_conversion("other", 7).unwrap();
    rig.wait_for("the first request", |rig| rig.client.tracking_stats().requests_failed == 1);
    rig
}

const A_MOMENT: Duration = Duration::from_millis(700);

/// Lets the platform take what comes, and returns what of `visitor` came after the first request.
fn told_of_the_visitor(rig: &Rig) -> usize {
    rig.platform.clear_faults();
    rig.wait_for("the other one", |rig| rig.client.tracking_stats().sent >= 1);
    assert_eq!(rig.client.flush_and_wait(PATIENCE).pending, 0);
    let requests = rig.platform.requests();
    let tries = requests.iter().filter(|request| request.kind == Some(RequestKind::Tracking)).skip(1);
    let lines: Vec<_> = tries.flat_map(|request| request.tracking_lines()).collect();
    lines.iter().filter(|line| line.get("visitorCode") == Some("visitor")).count()
}

#[test]
fn who_refuses_before_a_repetition_is_not_in_it() {
    let rig = in_the_pause("refused-repetition", "REQUIRED", A_MOMENT, |config| config);
    rig.client.set_legal_consent("visitor", LegalConsent::Refused).unwrap();
    assert_eq!(told_of_the_visitor(&rig), 0);
    assert_eq!((rig.check_balance().sent, rig.check_balance().withheld), (1, 1));
    rig.client.set_legal_consent("visitor", LegalConsent::Given).unwrap();
    rig.wait_for("what waits for consent", |rig| rig.check_balance().sent == 2);
}

#[test]
fn who_refuses_during_a_request_that_fails_is_in_none_that_follows() {
    let rig = in_the_pause("refused-outage", "REQUIRED", Duration::from_millis(50), |config| config);
    rig.platform.clear_faults();
    rig.platform.fail(RequestKind::Tracking, Fault::NeverAnswer, Times::Once);
    let before = rig.platform.count(RequestKind::Tracking);
    rig.wait_for("a request under way", |rig| rig.platform.count(RequestKind::Tracking) > before);
    rig.client.set_legal_consent("visitor", LegalConsent::Refused).unwrap();
    let last = rig.platform.count(RequestKind::Tracking);
    rig.wait_for("the other one", |rig| rig.check_balance().sent >= 1);
    let requests = rig.platform.requests();
    let tries = requests.iter().filter(|request| request.kind == Some(RequestKind::Tracking)).skip(last);
    let lines: Vec<_> = tries.flat_map(|request| request.tracking_lines()).collect();
    assert!(lines.iter().all(|line| line.get("visitorCode") != Some("visitor")), "{lines:?}");
    assert_eq!(rig.check_balance().withheld, 1);
}

#[test]
fn who_is_forgotten_before_a_repetition_is_not_in_it() {
    let rig = in_the_pause("forgotten-repetition", "OFF", A_MOMENT, |config| config);
    rig.client.forget_visitor("visitor").unwrap();
    assert_eq!(told_of_the_visitor(&rig), 0);
    assert_eq!((rig.check_balance().sent, rig.check_balance().unconsented), (1, 1));
}

#[test]
fn a_data_file_that_wants_consent_holds_for_a_repetition_too() {
    let rig = in_the_pause("consent-file", "OFF", A_MOMENT, |config| config);
    rig.client.set_legal_consent("visitor", LegalConsent::Refused).unwrap();
    rig.platform.set_data_file(data_file(2, "REQUIRED"));
    rig.client.refresh_data_file(PATIENCE).unwrap();
    assert_eq!(told_of_the_visitor(&rig), 0);
    assert_eq!(rig.check_balance().withheld, 1);
}

#[test]
fn who_refuses_before_a_repetition_does_not_lie_on_disk_after_a_close() {
    let folder = Folder::new("consent-close");
    let rig = in_the_pause("consent-close", "REQUIRED", PATIENCE, |config| {
        config.tracking_spool(&folder.0).tracking_spool_before_sending(true)
    });
    rig.client.set_legal_consent("visitor", LegalConsent::Refused).unwrap();
    let report = rig.client.close(Duration::ZERO);
    assert_eq!(report.spooled, 1, "{report:?}");
    let texts = folder.files().into_iter().map(|file| fs::read_to_string(file).unwrap());
    assert!(texts.into_iter().all(|text| !text.contains("visitorCode=visitor")));
    assert_eq!(rig.check_balance().unconsented, 1);
}

/// The chapter on consent has programs tell it with each request.
#[test]
fn a_refusal_that_is_told_again_takes_nothing_that_may_leave() {
    let folder = Folder::new("refused-again");
    let platform = platform().data_file(data_file(1, "REQUIRED")).start().unwrap();
    platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    let rig = Rig::create(platform, "refused-again", |config| config.tracking_spool(&folder.0));
    rig.client.wait_init(PATIENCE).unwrap();
    let refuse = || rig.client.set_legal_consent("visitor", LegalConsent::Refused).unwrap();
    refuse();
    rig.client.track_conversion("visitor", 7).unwrap();
    rig.client.track_conversion("other", 7).unwrap();
    // One of the two stays in memory, to tell when the outage is over.
    rig.wait_for("the disk", |rig| rig.client.tracking_stats().spooled == 1);
    refuse();
    rig.client.track_conversion("third", 7).unwrap();
    rig.wait_for("the disk again", |rig| rig.client.tracking_stats().spooled == 2);
    refuse();
    rig.platform.clear_faults();
    rig.wait_for("all of it", |rig| rig.platform.tracking_lines().len() == 3);
    assert_eq!(rig.client.tracking_stats().spool_dropped, 0);
}
