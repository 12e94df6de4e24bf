//! On whatever way a program ends, what it tracked is not lost.

use std::time::Duration;

use crate::Test;
use crate::rig::{ENOUGH, Tool};

pub(crate) const TESTS: &[Test] = &[
    ("a_guard_closes_on_every_way_out", a_guard_closes_on_every_way_out),
    ("an_end_without_time_is_a_file_that_the_next_run_sends", an_end_without_time_is_a_file),
    ("a_run_that_is_not_due_makes_no_request", a_run_that_is_not_due_makes_no_request),
];

fn a_guard_closes_on_every_way_out() {
    for (role, code) in [
        ("question mark", 1),
        ("panic", 101),
        ("early return", 0),
        ("finish", 0),
        ("exit", 3),
        ("exit from anywhere", 4),
    ] {
        let tool = Tool::new("ends");
        let run = tool.run(role, ENOUGH);
        assert_eq!((run.code, tool.goals()), (Some(code), vec![1, 2, 3]), "{role}: {}", run.complained);
        assert_eq!(tool.spooled(), 0, "{role}");
    }
    // That the end is what sends it: without one it is lost.
    let tool = Tool::new("ends-lost");
    assert_eq!((tool.run("exit without an end", ENOUGH).code, tool.goals()), (Some(5), vec![]));
}

fn an_end_without_time_is_a_file() {
    for role in ["question mark", "panic", "early return", "exit", "exit from anywhere"] {
        let tool = Tool::new("files");
        tool.run(role, 0);
        assert_eq!((tool.goals(), tool.spooled()), (vec![], 1), "{role}");
        let run = tool.run("finish", ENOUGH);
        assert_eq!((tool.goals(), tool.spooled()), (vec![1, 1, 2, 2, 3, 3], 0), "{role}");
        // The lines of the file are not pieces of this run.
        assert_eq!(run.said.trim(), "3 0 0", "{role}");
    }
}

fn a_run_that_is_not_due_makes_no_request() {
    let tool = Tool::new("due");
    let run = |role| crate::rig::run(tool.command(role, ENOUGH).env(crate::rig::DUE, "1"));
    run("finish");
    assert_eq!((tool.goals().len(), tool.spooled()), (3, 0), "the first run asks, so it sends");
    tool.platform.clear_requests();
    for runs in 1..=3 {
        let run = run("finish");
        assert_eq!((tool.platform.requests().len(), tool.spooled()), (0, runs));
        assert!(run.said.ends_with(" 0\n"), "nothing is given up: {}", run.said);
    }
    let mut due = tool.command("finish", ENOUGH);
    crate::rig::run(due.env(crate::rig::DUE, "1").env(crate::rig::FRESH, "1"));
    assert_eq!((tool.goals().len(), tool.spooled()), (12, 0));
    assert!(tool.platform.wait_until(Duration::from_secs(1), |log| log.open_streams() == 0));
}
