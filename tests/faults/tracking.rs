//! Faults while tracking requests are sent.

use std::time::Duration;

use kameleoon::RequestKind;
use kameleoon::emulator::{Fault, Times};

use crate::rig::{PATIENCE, Repeats, Rig, SLACK, TIMEOUT, timed};
use crate::table::{self, Lines};

#[test]
fn everything_arrives_exactly_as_often_as_it_should() {
    table::for_each(|case| {
        let mut rig = Rig::ready("tracking");
        case.begin(&rig.platform, &[RequestKind::Tracking]);
        rig.visit_many("during", 20);
        // It goes on until its time is over: the platform might come back.
        let (report, took) = timed(|| rig.client.flush_and_wait(3 * TIMEOUT));
        assert!(took < 3 * TIMEOUT + SLACK, "{}: {took:?}", case.name);
        assert_eq!(report.is_complete(), case.lines == Lines::Taken, "{}: {report:?}", case.name);
        let stats = rig.check_counters();
        assert_eq!(stats.given_up, 0, "{}", case.name);
        match case.lines {
            Lines::Unknown => assert_eq!(stats.sent, 0, "{}", case.name),
            Lines::Refused | Lines::Taken => {
                assert_eq!(stats.sent, rig.arrived(), "{}: {stats:?}", case.name);
                assert_eq!(stats.pending, rig.pieces() - rig.arrived(), "{}: {stats:?}", case.name);
            }
        }
        assert_eq!(stats.requests_failed > 0, case.lines != Lines::Taken, "{}: {stats:?}", case.name);
        // Evaluation does not mind.
        rig.look("during-0");
        assert_eq!(rig.date(), Some(1));

        case.end(&rig.platform);
        rig.visit_many("after", 20);
        // By itself, at the pace of the tries.
        rig.wait_for("everything is sent", |rig| rig.client.tracking_stats().pending == 0);
        let repeats = if case.lines == Lines::Unknown { Repeats::Allowed } else { Repeats::None };
        rig.check_arrived(repeats);
        let stats = rig.check_counters();
        assert_eq!(stats.sent, rig.pieces(), "{}: {stats:?}", case.name);
    });
}

/// The same faults, for the lines of one visitor alone.
#[test]
fn what_fails_for_one_visitor_fails_for_that_one_only() {
    table::for_each(|case| {
        let Some(status) = case.status_alone() else { return };
        let mut rig = Rig::ready("alone");
        rig.platform.judge_tracking(move |lines| lines.contains("visitorCode=poison").then_some(status));
        rig.client.track_conversion("poison", 83).unwrap();
        rig.visit_many("during", 20);
        rig.wait_for("the others arrived", |rig| rig.arrived() == rig.pieces());
        rig.client.track_conversion("poison", 84).unwrap();
        rig.visit_many("later", 20);
        rig.wait_for("the later ones arrived", |rig| rig.arrived() == rig.pieces());
        // The platform has them before the client has its answer.
        rig.wait_for("the client knows", |rig| rig.client.tracking_stats().sent == rig.pieces());
        rig.check_arrived(Repeats::None);
        let stats = rig.client.tracking_stats();
        assert_eq!((stats.given_up, stats.sent), (0, rig.pieces()), "{}: {stats:?}", case.name);
        assert_eq!(stats.accepted, stats.sent + stats.refused + stats.pending, "{}: {stats:?}", case.name);
        let report = rig.client.close(SLACK);
        let lost = report.given_up + report.refused;
        assert_eq!(stats.refused + lost, 2, "{}: {stats:?} {report:?}", case.name);
    });
}

#[test]
fn the_platform_is_left_alone_as_long_as_it_asks() {
    let mut rig = Rig::ready("retry-after");
    let busy = Fault::status_with(429, [("Retry-After", "2")]);
    rig.platform.fail(RequestKind::Tracking, busy, Times::Once);
    rig.visit_many("visitor", 5);
    // A hurry does not change that.
    rig.wait_for("the first try", |rig| rig.platform.count(RequestKind::Tracking) == 1);
    rig.wait_for("its failure", |rig| rig.client.tracking_stats().requests_failed == 1);
    for _ in 0..20 {
        rig.client.flush_instant("visitor-0").unwrap();
        rig.client.flush_all_instant();
    }
    rig.wait_for("the second try", |rig| rig.platform.count(RequestKind::Tracking) > 1);
    let requests = rig.platform.requests();
    let mut tries = requests.iter().filter(|request| request.kind == Some(RequestKind::Tracking));
    let (first, second) = (tries.next().unwrap(), tries.next().unwrap());
    let pause = second.received_at - first.received_at;
    assert!(pause >= Duration::from_millis(1_900), "{pause:?}");
    rig.wait_for("everything is sent", |rig| rig.client.tracking_stats().pending == 0);
    rig.check_arrived(Repeats::None);
}

#[test]
fn who_asks_for_no_patience_is_asked_no_more_often() {
    let time = Duration::from_secs(3);
    for (case, asked) in [("zero", "0"), ("a date in the past", "Sun, 06 Nov 1994 08:49:37 GMT")] {
        let mut rig = Rig::ready("retry-after-nothing");
        let busy = Fault::status_with(503, [("Retry-After", asked)]);
        rig.platform.fail(RequestKind::Tracking, busy, Times::Always);
        rig.visit_many("visitor", 5);
        let report = rig.client.flush_and_wait(time);
        assert_eq!((report.timed_out, report.delivered), (true, 0), "{case}: {report:?}");
        let tries = rig.platform.count(RequestKind::Tracking);
        assert!((3..=12).contains(&tries), "{case}: {tries} requests in {time:?}");
        let _counted = rig.client.close(time);
        let tries = rig.platform.count(RequestKind::Tracking) - tries;
        assert!(tries <= 12, "{case}: {tries} requests in a close of {time:?}");
    }
}

#[test]
fn a_flush_that_waits_does_not_wait_for_longer_than_it_may() {
    let mut rig = Rig::ready("flush-bound");
    rig.platform.fail(RequestKind::Tracking, Fault::NeverAnswer, Times::Always);
    rig.visit_many("visitor", 5);
    let (report, took) = timed(|| rig.client.flush_and_wait(Duration::from_millis(200)));
    assert!(took < Duration::from_millis(200) + SLACK, "{took:?}");
    assert!(report.timed_out, "{report:?}");
    assert_eq!((report.delivered, report.pending, report.given_up), (0, rig.pieces(), 0), "{report:?}");
    rig.platform.clear_faults();
    assert!(rig.client.flush_and_wait(PATIENCE).pending == 0 || rig.client.tracking_stats().pending == 0);
    rig.deliver_all();
    rig.check_arrived(Repeats::None);
}
