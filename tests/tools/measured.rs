//! What a start costs when the last run left everything.

use std::process::Command;
use std::time::Duration;

use crate::Test;
use crate::rig::{ENOUGH, Tool, quantile, run, runs};

pub(crate) const TESTS: &[Test] = &[
    ("a_warm_start_opens_no_socket_and_starts_no_thread", a_warm_start_opens_no_socket),
    ("a_warm_start_decides_soon", a_warm_start_decides_soon),
];

fn a_warm_start_opens_no_socket() {
    let tool = Tool::new("warm");
    tool.run("finish", ENOUGH);
    tool.platform.clear_requests();
    let warm = tool.run("decide untracked", ENOUGH);
    assert_eq!(warm.said, "on \n", "no thread besides the main one");
    assert_eq!((tool.platform.requests().len(), tool.spooled()), (0, 0));
    // One that tracks has a thread for it, and still no socket until something is sent.
    for (role, close) in [("decide untracked", ENOUGH), ("finish", 0)] {
        match sockets(&tool, role, close) {
            Some(sockets) => {
                println!("`{role}` with a fresh copy: {sockets} sockets");
                assert_eq!(sockets, 0, "{role}");
            }
            None => println!("`{role}`: no strace here, so sockets were counted by the platform alone"),
        }
    }
    assert_eq!(tool.platform.requests().len(), 0);
    let mut cold = tool.command("finish", ENOUGH);
    cold.env(crate::rig::FRESH, "1");
    assert!(traced(&cold).is_none_or(|sockets| sockets > 0), "the count sees sockets where there are some");
}

fn sockets(tool: &Tool, role: &str, close: u64) -> Option<usize> {
    traced(&tool.command(role, close))
}

/// How many sockets a command opens, where `strace` can say so.
fn traced(command: &Command) -> Option<usize> {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-e", "trace=socket,connect"]).arg(command.get_program());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    let output = strace.output().ok().filter(|output| output.status.success())?;
    let trace = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(trace.lines().filter(|line| line.contains("socket(")).count())
}

fn a_warm_start_decides_soon() {
    let tool = Tool::new("soon");
    tool.run("finish", ENOUGH);
    let (mut warm, mut empty) = (Vec::new(), Vec::new());
    for _ in 0..runs() {
        empty.push(tool.run("empty", 0).to_first_line);
        warm.push(run(&mut tool.command("decide untracked", 0)).to_first_line);
    }
    let (median, p99) = (quantile(warm.clone(), 0.5), quantile(warm, 0.99));
    let (empty_median, empty_p99) = (quantile(empty.clone(), 0.5), quantile(empty, 0.99));
    println!(
        "start to first decision with a fresh copy, {} runs: median {median:.2?}, p99 {p99:.2?}; an empty program \
         {empty_median:.2?} and {empty_p99:.2?}",
        runs()
    );
    let bound =
        empty_median.mul_f64(1.5) + Duration::from_millis(if cfg!(debug_assertions) { 100 } else { 2 });
    assert!(median < bound, "{median:?} of {bound:?}");
}
