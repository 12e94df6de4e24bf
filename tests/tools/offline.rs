//! Programs that run while the platform cannot be reached.

use std::time::{Duration, Instant};

use kameleoon::RequestKind;
use kameleoon::emulator::{Fault, Times};

use crate::Test;
use crate::rig::{ENOUGH, FRESH, Tool, quantile, run, runs};

pub(crate) const TESTS: &[Test] = &[
    ("offline_with_a_copy_nothing_is_said_and_nothing_lost", nothing_is_said),
    ("a_first_run_offline_says_why_and_what_it_could_not_keep", a_first_run_says_why),
    ("offline_the_end_is_quick", the_end_is_quick),
];

/// An address where nobody is.
fn unreachable() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn nothing_is_said() {
    let tool = Tool::new("offline");
    tool.run("finish", ENOUGH);
    // A copy that is fresh, and one that is not; an end without time, and one with some.
    for (fresh, close) in [("3600000", 0), ("3600000", 300), ("1", 0), ("1", 300)] {
        let before = tool.spooled();
        let mut command = tool.command("try to decide", close);
        let offline = run(command.env(crate::rig::URL, unreachable()).env(FRESH, fresh));
        assert_eq!((offline.code, &*offline.said), (Some(0), "true\nend\n"));
        assert_eq!(offline.complained, "", "fresh for {fresh} ms, {close} ms to close");
        assert_eq!(tool.spooled(), before + 1);
    }
    tool.platform.clear_requests();
    tool.run("finish", ENOUGH);
    // Those runs have told all others to leave the platform alone for a while.
    let deadline = Instant::now() + Duration::from_secs(60);
    while tool.spooled() > 0 && Instant::now() < deadline {
        tool.run("drain", ENOUGH);
    }
    assert_eq!(tool.goals(), [1, 1, 1, 1, 1, 2, 3], "what was tracked offline, and this run's");
    assert_eq!(tool.spooled(), 0);
    // A platform that answers with errors is as good as none.
    for kind in [RequestKind::Configuration, RequestKind::Token, RequestKind::Tracking] {
        tool.platform.fail(kind, Fault::status(503), Times::Always);
    }
    let failing = run(tool.command("try to decide", 300).env(FRESH, "1"));
    assert_eq!(&*failing.said, "true\nend\n");
    assert_eq!(tool.spooled(), 1);
}

fn a_first_run_says_why() {
    let tool = Tool::new("first");
    let first = run(tool.command("try to decide", 100).env(crate::rig::URL, unreachable()));
    assert_eq!((first.code, &*first.said), (Some(0), "false\nend\n"));
    let lines: Vec<&str> = first.complained.lines().collect();
    println!("a first run offline prints:\n{}", first.complained);
    assert!(lines.iter().any(|line| line.contains("no new data file, there is none yet")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("since no data file ever came")), "{lines:?}");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(tool.spooled(), 0);
}

fn the_end_is_quick() {
    let tool = Tool::new("quick");
    tool.run("finish", ENOUGH);
    for (name, fresh) in [("fresh copy", "3600000"), ("old copy", "1")] {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for _ in 0..runs() {
            without.push(tool.run("empty", 0).to_end);
            let mut command = tool.command("try to decide", 0);
            with.push(run(command.env(crate::rig::URL, unreachable()).env(FRESH, fresh)).to_end);
        }
        let (median, p99) = (quantile(with.clone(), 0.5), quantile(with, 0.99));
        let (empty_median, empty_p99) = (quantile(without.clone(), 0.5), quantile(without, 0.99));
        println!(
            "end of a process offline, {name}, {} runs: median {median:.2?}, p99 {p99:.2?}; without the crate \
             {empty_median:.2?} and {empty_p99:.2?}",
            runs()
        );
        // Tests run on busy machines, and unoptimised.
        let bound = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 10 });
        assert!(p99 < empty_p99 + bound, "{name}");
    }
}
