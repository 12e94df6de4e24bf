//! An outage that rests on disk, and that all processes of a folder know of.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, Fault, Times};
use kameleoon::{Conversion, CustomData, KameleoonClient, KameleoonClientConfig, RequestKind};

use crate::folder::Folder;
use crate::rig::{FLAG, PATIENCE, Repeats, Rig, data_file, platform, quick};

fn spooled(folder: &Folder, config: KameleoonClientConfig) -> KameleoonClientConfig {
    config.tracking_spool(&folder.0).tracking_interval_millisecond(100)
}

fn start() -> Emulator {
    platform().data_file(data_file(1, false)).start().unwrap()
}

/// A client that has its data file and whose platform takes nothing.
fn away(
    name: &str,
    folder: &Folder,
    fault: Fault,
    change: impl FnOnce(KameleoonClientConfig) -> KameleoonClientConfig,
) -> Rig {
    let rig = Rig::create(start(), name, |config| change(spooled(folder, config)));
    rig.client.wait_init(PATIENCE).unwrap();
    rig.platform.fail(RequestKind::Tracking, fault, Times::Always);
    rig
}

fn again(rig: Rig, folder: &Folder) -> Rig {
    let rig = rig.again(|config| spooled(folder, config));
    rig.client.wait_init(PATIENCE).unwrap();
    rig
}

/// The visitors of each tracking request that arrived.
fn visitors(rig: &Rig) -> Vec<BTreeSet<String>> {
    let requests = rig.platform.requests();
    let tries = requests.iter().filter(|request| request.kind == Some(RequestKind::Tracking));
    let codes = tries.map(|request| {
        let lines = request.tracking_lines();
        lines.iter().filter_map(|line| line.get("visitorCode").map(str::to_owned)).collect()
    });
    codes.collect()
}

#[test]
fn an_outage_rests_on_disk_and_one_visitor_tells_when_it_is_over() {
    let folder = Folder::new("outage-rests");
    let mut rig = away("outage-rests", &folder, Fault::status(503), |config| config);
    rig.visit_many("first", 20);
    rig.wait_for("the disk", |rig| rig.client.tracking_stats().pending == 2);
    rig.visit_many("second", 20);
    rig.wait_for("the disk again", |rig| rig.client.tracking_stats().spooled == 78);
    let stats = rig.check_counters();
    assert_eq!((stats.sent, stats.pending, stats.given_up), (0, 2, 0), "{stats:?}");
    assert!(folder.files().len() >= 2, "one at least, and what tells the others of the outage");
    // After the first request and its repetition.
    assert!(visitors(&rig).iter().skip(2).all(|visitors| visitors.len() == 1));
    rig.platform.clear_faults();
    rig.wait_for("all of it", |rig| rig.client.tracking_stats().recovered >= 78);
    rig.wait_for("the rest", |rig| rig.client.tracking_stats().pending == 0);
    assert_eq!(rig.check_counters().sent, 2);
    rig.check_arrived(Repeats::None);
    assert!(folder.files().is_empty(), "{:?}", folder.files());
}

#[test]
fn visitors_leave_memory_during_an_outage_and_nothing_of_them_is_lost() {
    let folder = Folder::new("outage-leave");
    let mut rig = away("outage-leave", &folder, Fault::status(503), |config| config.max_visitors(60));
    for round in 0..4 {
        rig.visit_many(&format!("round-{round}"), 50);
        rig.wait_for("the disk", |rig| rig.client.tracking_stats().pending <= 2);
    }
    let stats = rig.check_counters();
    assert!(stats.visitors_evicted > 100 && stats.given_up == 0, "{stats:?}");
    rig.platform.clear_faults();
    rig.wait_for("all of it", |rig| rig.arrived() == 400);
    rig.check_arrived(Repeats::None);
}

#[test]
fn what_finds_no_room_on_disk_stays_in_memory_and_pushes_nothing_out() {
    let folder = Folder::new("outage-full");
    let full = |config: KameleoonClientConfig| config.tracking_spool_max_bytes(6_000);
    let mut rig = away("outage-full", &folder, Fault::status(503), full);
    rig.visit_many("visitor", 50);
    rig.wait_for("the disk", |rig| rig.client.tracking_stats().spooled > 0);
    rig.wait_for("more tries", |rig| rig.client.tracking_stats().requests_failed >= 6);
    let stats = rig.check_counters();
    assert!(stats.pending > 40 && stats.spool_dropped == 0, "{stats:?}");
    rig.platform.clear_faults();
    rig.wait_for("all of it", |rig| rig.arrived() == 100);
    rig.check_arrived(Repeats::None);
}

#[test]
fn where_nobody_is_left_to_tell_a_file_does() {
    let folder = Folder::new("outage-nobody");
    let mut rig = away("outage-nobody", &folder, Fault::status(503), |config| config);
    rig.visit_many("visitor", 5);
    rig.wait_for("the disk", |rig| rig.client.tracking_stats().spooled == 8);
    rig.wait_for("a try", |rig| visitors(rig).last().is_some_and(|visitors| visitors.len() == 1));
    let probe = visitors(&rig).pop().unwrap().pop_first().unwrap();
    rig.client.forget_visitor(&probe).unwrap();
    rig.wait_for("nobody", |rig| rig.client.tracking_stats().pending == 0);
    rig.platform.clear_faults();
    rig.wait_for("the files", |rig| rig.client.tracking_stats().recovered == 8);
}

#[test]
fn of_many_processes_one_at_a_time_finds_out_whether_the_outage_is_over() {
    const PROCESSES: usize = 20;
    const ASKED: Duration = Duration::from_secs(1);
    let folder = Folder::new("outage-storm");
    let patience = Fault::status_with(503, [("Retry-After", "1")]);
    let mut rig = away("outage-storm", &folder, patience, |config| config);
    rig.visit("first");
    rig.wait_for("the outage", |_| !folder.files().is_empty());
    let clients: Vec<KameleoonClient> = (0..PROCESSES)
        .map(|_| {
            KameleoonClient::new(&rig.site, spooled(&folder, quick(rig.platform.client_config()))).unwrap()
        })
        .collect();
    for (number, client) in clients.iter().enumerate() {
        client.wait_init(PATIENCE).unwrap();
        let visitor = format!("visitor-{number}");
        client.get_variation(&visitor, FLAG).unwrap();
        client.track_conversion(&visitor, 83).unwrap();
        rig.know(&visitor);
    }
    let count = |rig: &Rig| rig.platform.count(RequestKind::Tracking);
    let (start, before) = (Instant::now(), count(&rig));
    rig.wait_for("some tries", |rig| count(rig) >= before + 3 || start.elapsed() > 10 * ASKED);
    let (tries, seconds) = (count(&rig) - before, start.elapsed().as_secs_f64());
    println!("{tries} tries of {PROCESSES} processes in {seconds:.1} s");
    // Each second one, and a few in the same instant; each for itself it were all of them.
    assert!(tries >= 3 && (tries as f64) < 5.0 * (seconds + 1.0), "{tries} in {seconds} s");
    rig.platform.clear_faults();
    rig.wait_for("all of it", |rig| rig.arrived() == 2 * (PROCESSES as u64 + 1));
    rig.check_arrived(Repeats::None);
}

#[test]
fn an_outage_is_known_to_all_processes_of_the_folder() {
    let folder = Folder::new("spool-known");
    let mut rig = Rig::create(start(), "spool-known", |config| spooled(&folder, config));
    rig.client.wait_init(PATIENCE).unwrap();
    let patience = Fault::status_with(503, [("Retry-After", "200")]);
    rig.platform.fail(RequestKind::Tracking, patience, Times::Always);
    rig.visit("first");
    rig.client.flush_instant("first").unwrap();
    rig.wait_for("the outage", |_| !folder.files().is_empty());
    let seen = rig.platform.count(RequestKind::Tracking);
    let others: Vec<KameleoonClient> = (0..40)
        .map(|_| {
            KameleoonClient::new(&rig.site, spooled(&folder, quick(rig.platform.client_config()))).unwrap()
        })
        .collect();
    for (number, other) in others.iter().enumerate() {
        other.wait_init(PATIENCE).unwrap();
        let visitor = format!("other-{number}");
        other.get_variation(&visitor, FLAG).unwrap();
        other.track_conversion(&visitor, 83).unwrap();
        other.flush_instant(&visitor).unwrap();
        rig.know(&visitor);
    }
    // With time to spare, and nothing is tried.
    let spooled: u64 = others.iter().map(|other| other.close(PATIENCE).spooled).sum();
    assert_eq!((spooled, rig.platform.count(RequestKind::Tracking)), (80, seen));
    rig.platform.clear_faults();
    // Whoever does not know of the outage sends it all.
    let marker = folder.files().into_iter().find(|file| file.to_string_lossy().ends_with("not-before"));
    fs::remove_file(marker.unwrap()).unwrap();
    let rig = again(rig, &folder);
    assert_eq!(rig.client.drain_spool(PATIENCE).waiting, 0);
    rig.check_arrived(Repeats::None);
}

#[test]
fn a_marker_that_cannot_be_trusted_stops_nobody() {
    let folder = Folder::new("spool-marker");
    let mut rig = Rig::create(start(), "spool-marker", |config| spooled(&folder, config));
    rig.client.wait_init(PATIENCE).unwrap();
    rig.platform.fail(
        RequestKind::Tracking,
        Fault::status_with(503, [("Retry-After", "200")]),
        Times::Always,
    );
    rig.visit("first");
    rig.client.flush_instant("first").unwrap();
    let find_marker =
        || folder.files().into_iter().find(|file| file.to_string_lossy().ends_with("not-before"));
    // It has another name until it is whole.
    rig.wait_for("the marker", |_| find_marker().is_some());
    let marker = find_marker().unwrap();
    assert_eq!(rig.client.close(PATIENCE).spooled, 2);
    rig.platform.clear_faults();
    let text = fs::read(&marker).unwrap();
    let mut damaged = text.clone();
    damaged[40] ^= 1;
    for (bytes, what) in
        [(&damaged[..], "damaged"), (b"mine", "foreign"), (&text[..50], "cut"), (b"", "empty")]
    {
        fs::write(&marker, bytes).unwrap();
        rig = again(rig, &folder);
        rig.visit(what);
        rig.deliver_all();
        let stats = rig.client.tracking_stats();
        assert_eq!((stats.sent, stats.spooled, stats.requests_failed), (2, 0, 0), "{what}: {stats:?}");
    }
    fs::remove_file(&marker).unwrap();
    fs::create_dir(&marker).unwrap();
    rig = again(rig, &folder);
    assert_eq!(rig.client.drain_spool(PATIENCE).waiting, 0);
    rig.check_arrived(Repeats::None);
}

/// A line that is longer than the spool may be stays in memory, and nothing else waits for it.
#[test]
fn a_line_that_is_too_long_for_the_disk_holds_nothing_up() {
    const MOST: u64 = 50_000;
    let folder = Folder::new("outage-long");
    let small = |config: KameleoonClientConfig| config.tracking_spool_max_bytes(MOST);
    let rig = away("outage-long", &folder, Fault::status(503), small);
    rig.client.track_conversion("probe", 1).unwrap();
    rig.wait_for("the outage", |rig| rig.client.tracking_stats().requests_failed >= 2);
    for (goal, length) in [(1, 10), (2, 60_000), (3, 40_000), (4, 10), (5, 60_000)] {
        let metadata = [CustomData::new(1, ["x".repeat(length)])];
        let conversion = Conversion::new(goal).with_metadata(metadata);
        rig.client.track_conversion_with("long", conversion).unwrap();
    }
    rig.client.track_conversion("short", 1).unwrap();
    // The two long ones, and the one that tells when the outage is over.
    rig.wait_for("the disk", |rig| rig.client.tracking_stats().pending <= 3);
    let stats = rig.client.tracking_stats();
    assert_eq!((stats.spooled + stats.pending, stats.given_up), (7, 0), "{stats:?}");
    rig.platform.clear_faults();
    let came = |rig: &Rig| {
        let lines = rig.platform.tracking_lines();
        let goals = lines.iter().filter(|line| line.get("eventType") == Some("conversion"));
        goals.map(|line| line.get("nonce").unwrap_or_default().to_owned()).collect::<BTreeSet<_>>().len()
    };
    rig.wait_for("all of it", |rig| came(rig) == 7);
}

#[test]
fn a_close_keeps_what_fits_beside_a_line_that_is_too_long() {
    let folder = Folder::new("close-long");
    let small = |config: KameleoonClientConfig| config.tracking_spool_max_bytes(50_000);
    let rig = away("close-long", &folder, Fault::status(503), small);
    for (goal, length) in [(1, 10), (2, 60_000), (3, 10)] {
        let metadata = [CustomData::new(1, ["x".repeat(length)])];
        rig.client.add_data("long", Conversion::new(goal).with_metadata(metadata)).unwrap();
    }
    let report = rig.client.close(Duration::ZERO);
    assert_eq!((report.spooled, report.given_up), (2, 1), "{report:?}");
}

/// The marker of an outage is for other processes: whoever waits for a flush here need not wait for it.
#[test]
fn a_flush_that_waits_does_not_wait_for_the_own_marker() {
    let folder = Folder::new("outage-flush");
    let slow = |config: KameleoonClientConfig| config.tracking_interval_millisecond(1_000);
    let rig = away("outage-flush", &folder, Fault::status(503), slow);
    rig.client.track_conversion("visitor", 1).unwrap();
    // The next try is four seconds away by now.
    rig.wait_for("three tries", |rig| rig.client.tracking_stats().requests_failed >= 6);
    rig.platform.clear_faults();
    let report = rig.client.flush_and_wait(Duration::from_millis(3_500));
    assert!(report.is_complete() && report.delivered == 1, "{report:?}");
}
