//! What the platform refuses, and what it refuses of whom.

use std::time::{Duration, Instant};

use kameleoon::emulator::{Fault, Times};
use kameleoon::{RequestKind, UserAgent};

use crate::rig::{PATIENCE, Repeats, Rig, SLACK, data_file, platform, timed};

/// The good visitors' pieces arrive; what is refused costs itself only.
#[test]
fn one_refused_visitor_among_many_costs_nobody_else() {
    for status in [400, 413, 414, 422, 431] {
        let mut rig = Rig::ready("refused-alone");
        rig.platform.judge_tracking(move |lines| lines.contains("visitorCode=poison").then_some(status));
        rig.visit_many("good", 500);
        rig.client.track_conversion("poison", 83).unwrap();
        rig.visit_many("better", 500);
        let start = Instant::now();
        rig.wait_for("the others arrived", |rig| rig.arrived() == rig.pieces());
        let took = start.elapsed();
        assert!(took < SLACK * 2, "{status}: {took:?}");
        rig.check_arrived(Repeats::None);
        rig.wait_for("only the refused one waits", |rig| rig.client.tracking_stats().pending == 1);
        let stats = rig.client.tracking_stats();
        assert_eq!(stats.given_up, 0, "{status}: {stats:?}");
        // Later ones of the same visitor wait with it and are nobody's matter.
        let failed = stats.requests_failed;
        for round in 0..5 {
            rig.client.track_conversion("poison", 83).unwrap();
            rig.visit_many(&format!("best-{round}"), 10);
            rig.wait_for("the others arrived", |rig| rig.arrived() == rig.pieces());
        }
        let stats = rig.client.tracking_stats();
        assert_eq!(stats.requests_failed, failed, "{status}: {stats:?}");
        rig.wait_for("only the refused ones wait", |rig| rig.client.tracking_stats().pending == 6);
        let (report, took) = timed(|| rig.client.close(Duration::from_secs(5)));
        assert!(took < SLACK, "{status}: nobody waits for what is refused: {took:?}");
        assert_eq!((report.given_up + report.refused, report.timed_out), (6, false), "{status}: {report:?}");
        rig.check_arrived(Repeats::None);
    }
}

/// More are refused in a row than dividing one batch can take: those who come after them are tried first.
#[test]
fn many_refused_visitors_cost_nobody_else() {
    for refused in [20, 200] {
        let mut rig = Rig::ready("refused-many");
        rig.platform.judge_tracking(|lines| lines.contains("visitorCode=poison").then_some(400));
        for number in 0..refused {
            rig.client.track_conversion(&format!("poison-{number}"), 83).unwrap();
        }
        rig.wait_for("they are refused", |rig| rig.client.tracking_stats().requests_failed >= 32);
        for round in 0..5 {
            rig.visit_many(&format!("good-{round}"), 20);
            rig.wait_for("the others arrived", |rig| rig.arrived() == rig.pieces());
        }
        rig.check_arrived(Repeats::None);
    }
}

/// Whoever is in the way of large requests need not say so with status 413.
#[test]
fn a_relay_that_fails_large_requests_gets_small_ones() {
    let mut rig = Rig::ready("silent-limit");
    rig.platform.judge_tracking(|lines| (lines.len() > 20_000).then_some(502));
    rig.visit_many("visitor", 1_500);
    rig.wait_for("all arrived", |rig| rig.arrived() == rig.pieces());
    rig.check_arrived(Repeats::None);
}

#[test]
fn a_close_brings_all_but_the_refused_one() {
    let mut rig =
        Rig::create(platform().data_file(data_file(1, false)).start().unwrap(), "refused-close", |config| {
            config.tracking_interval_millisecond(1_000)
        });
    rig.client.wait_init(PATIENCE).unwrap();
    rig.platform.judge_tracking(|lines| lines.contains("visitorCode=poison").then_some(400));
    rig.client.track_conversion("poison", 83).unwrap();
    rig.visit_many("good", 500);
    let report = rig.client.close(Duration::from_secs(5));
    assert_eq!((report.delivered, report.refused, report.timed_out), (1_000, 1, false), "{report:?}");
    rig.check_arrived(Repeats::None);
}

#[test]
fn a_line_that_is_refused_inside_a_good_visitor_costs_that_line() {
    let mut rig = Rig::ready("refused-line");
    rig.platform.judge_tracking(|lines| lines.contains("goalId=666").then_some(422));
    rig.visit("good");
    rig.client.track_conversion("good", 666).unwrap();
    rig.visit_many("other", 10);
    rig.wait_for("the rest arrived", |rig| rig.arrived() == rig.pieces());
    // The visitor itself goes on.
    rig.client.track_conversion("good", 84).unwrap();
    rig.wait_for("more of it", |rig| {
        rig.platform.tracking_lines().iter().any(|line| line.get("goalId") == Some("84"))
    });
    rig.wait_for("only the refused one waits", |rig| rig.client.tracking_stats().pending == 1);
}

#[test]
fn a_relay_with_a_small_body_limit_gets_small_bodies() {
    let mut rig = Rig::ready("small-bodies");
    rig.platform.judge_tracking(|lines| (lines.len() > 20_000).then_some(413));
    for round in 0..3 {
        rig.visit_many(&format!("round-{round}"), 300);
        rig.wait_for("all arrived", |rig| rig.arrived() == rig.pieces());
    }
    let stats = rig.client.tracking_stats();
    assert!(stats.requests_failed <= 8, "the size is learned: {stats:?}");
    rig.check_arrived(Repeats::None);
}

#[test]
fn one_visitor_with_more_than_a_body_holds_is_sent_in_parts() {
    let rig = Rig::ready("large");
    for number in 0..50_000 {
        rig.client.track_conversion("busy", number).unwrap();
    }
    let (report, _) = timed(|| rig.client.flush_and_wait(PATIENCE));
    assert!(report.is_complete(), "{report:?}");
    let goals = rig.platform.tracking_lines();
    let mut goals: Vec<&str> = goals.iter().filter_map(|line| line.get("goalId")).collect();
    goals.sort_unstable();
    goals.dedup();
    assert_eq!(goals.len(), 50_000);
    let longest = rig.platform.requests().iter().map(|request| request.body_length).max().unwrap();
    assert!(longest < 2_700_000, "{longest}");
}

#[test]
fn a_visitor_whose_requests_fail_is_set_aside_when_others_succeed() {
    let mut rig = Rig::ready("failing-alone");
    rig.platform.judge_tracking(|lines| lines.contains("visitorCode=poison").then_some(500));
    rig.client.track_conversion("poison", 83).unwrap();
    rig.visit_many("good", 50);
    rig.wait_for("the others arrived", |rig| rig.arrived() == rig.pieces());
    for round in 0..5 {
        rig.client.track_conversion("poison", 83).unwrap();
        rig.visit_many(&format!("round-{round}"), 10);
        rig.wait_for("the others arrived", |rig| rig.arrived() == rig.pieces());
    }
    rig.check_arrived(Repeats::None);
}

/// A platform that is away for a while: a close, and a flush, use the time they have.
#[test]
fn a_close_goes_on_until_everything_is_there_or_its_time_is_over() {
    for (name, fault) in [
        ("503", Some(Fault::status(503))),
        ("429 with Retry-After", Some(Fault::status_with(429, [("Retry-After", "1")]))),
        ("refused connections", None),
    ] {
        let mut rig = Rig::ready("patient-close");
        rig.visit_many("visitor", 500);
        match &fault {
            Some(fault) => rig.platform.fail(RequestKind::Tracking, fault.clone(), Times::Always),
            None => rig.platform.pause(),
        }
        let client = rig.client.clone();
        let closing = std::thread::spawn(move || timed(|| client.close(Duration::from_secs(30))));
        // How long the platform is away.
        std::thread::sleep(Duration::from_secs(2));
        rig.platform.clear_faults();
        rig.platform.resume().unwrap();
        let (report, took) = closing.join().unwrap();
        let stats = rig.client.tracking_stats();
        assert!(report.is_complete(), "{name}: {report:?} {stats:?}");
        assert!(took < Duration::from_secs(8), "{name}: {took:?}");
        rig.check_arrived(Repeats::None);
    }
}

#[test]
fn a_flood_of_instant_flushes_starves_nobody() {
    let mut rig = Rig::ready("flood-of-flushes");
    let flooding = rig.client.clone();
    let flood = std::thread::spawn(move || {
        for _ in 0..15_000 {
            flooding.flush_instant("impatient").unwrap();
        }
    });
    rig.visit_many("normal", 20);
    let start = Instant::now();
    rig.wait_for("the others arrived", |rig| rig.arrived() == rig.pieces());
    assert!(start.elapsed() < SLACK, "{:?}", start.elapsed());
    flood.join().unwrap();
    let requests = rig.platform.count(RequestKind::Tracking);
    assert!(requests < 5_000, "flushes that come while a request is under way are one: {requests}");
}

/// A user agent that is longer than a body may be by now is sent with one line.
#[test]
fn a_long_user_agent_holds_nobody_up_where_bodies_have_to_be_small() {
    let mut rig = Rig::ready("long-agent");
    rig.platform.judge_tracking(|lines| (lines.len() > 6_000).then_some(413));
    rig.visit_many("crowd", 100);
    rig.wait_for("the size is learned", |rig| rig.arrived() == 200);
    rig.client.add_data("long", UserAgent::new("x".repeat(5_500))).unwrap();
    rig.visit("long");
    rig.visit_many("normal", 20);
    rig.wait_for("all others", |rig| rig.arrived() == rig.pieces());
}
