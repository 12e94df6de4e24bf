//! The time of day at which scenarios are played.
//!
//! Some speak of visits "at the start of the local day" and of others "some hours ago", and compare
//! both with twelve hours. What was recorded holds in the morning only. So the program runs itself
//! once more, in a time zone in which it is morning.

use std::process::{Command, ExitCode};
use std::time::{SystemTime, UNIX_EPOCH};

/// Says to the second run that it is the second.
const MARK: &str = "KAMELEOON_CONFORMANCE_MORNING";

/// The hour of the morning: far enough from midnight and noon for a run to end in it.
const HOUR: i64 = 6;

pub(crate) fn is_here() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Runs the program in such a zone, and ends as it does.
pub(crate) fn run_there() -> ExitCode {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let hour = i64::try_from(since.as_secs() / 3600 % 24).unwrap_or_default();
    let run = std::env::current_exe().and_then(|program| {
        let mut run = Command::new(program);
        run.args(std::env::args_os().skip(1)).env("TZ", zone(hour)).env(MARK, "1").status()
    });
    match run {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the scenarios could not be started: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The zone in which it is morning when it is this hour in UTC. What is west counts positive.
fn zone(hour: i64) -> String {
    format!("MORNING{}", hour - HOUR)
}
