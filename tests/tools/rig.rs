//! A platform, a folder, and runs of a program that has both.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kameleoon::emulator::Emulator;

pub(crate) const ROLE: &str = "KAMELEOON_TOOL_ROLE";
pub(crate) const URL: &str = "KAMELEOON_TOOL_URL";
pub(crate) const FOLDER: &str = "KAMELEOON_TOOL_FOLDER";
pub(crate) const CLOSE: &str = "KAMELEOON_TOOL_CLOSE";
pub(crate) const FRESH: &str = "KAMELEOON_TOOL_FRESH";
pub(crate) const DUE: &str = "KAMELEOON_TOOL_DUE";
/// How long the end of a run may take, in milliseconds, where it matters to no test.
pub(crate) const ENOUGH: u64 = 20_000;

/// A data file with one flag that is on for everybody, or off.
pub(crate) fn data_file(date: i64, is_on: bool) -> String {
    let key = if is_on { "on" } else { "off" };
    format!(
        r#"{{"dateModified": {date}, "featureFlags": [{{"id": 1, "featureKey": "flag", "environmentEnabled": true,
        "defaultVariationKey": "{key}", "variations": [{{"key": "off"}}, {{"key": "on"}}], "rules": []}}]}}"#
    )
}

/// A program with a folder of its own, and a platform.
pub(crate) struct Tool {
    pub(crate) platform: Emulator,
    pub(crate) folder: PathBuf,
}

/// One run of it.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
    pub(crate) complained: String,
    /// From the start to the first line.
    pub(crate) to_first_line: Duration,
    /// From the last line to the end of the process.
    pub(crate) to_end: Duration,
}

impl Tool {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("kameleoon-tool-{name}-{}", std::process::id()));
        // What a killed test with the same number left.
        let _ = fs::remove_dir_all(&folder);
        let platform = Emulator::builder().data_file(data_file(1, true)).start().unwrap();
        Self { platform, folder }
    }

    /// A run in a role, whose end may take so many milliseconds.
    pub(crate) fn command(&self, role: &str, close: u64) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .env(ROLE, role)
            .env(URL, self.platform.url())
            .env(FOLDER, &self.folder)
            .env(CLOSE, close.to_string())
            .env_remove("RUST_BACKTRACE");
        command
    }

    pub(crate) fn run(&self, role: &str, close: u64) -> Run {
        run(&mut self.command(role, close))
    }

    /// The goals of the conversions that arrived.
    pub(crate) fn goals(&self) -> Vec<i64> {
        let lines = self.platform.tracking_lines();
        let mut goals: Vec<i64> = lines.iter().filter_map(|line| line.get("goalId")?.parse().ok()).collect();
        goals.sort_unstable();
        goals
    }

    /// The files with lines.
    pub(crate) fn spooled(&self) -> usize {
        let entries = fs::read_dir(&self.folder).map_or(Vec::new(), |entries| entries.flatten().collect());
        entries.iter().filter(|entry| entry.file_name().to_string_lossy().ends_with(".lines")).count()
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Runs a command to its end, and notes when it said something.
pub(crate) fn run(command: &mut Command) -> Run {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (said, to_first_line, last) = listen(&mut child, start);
    let mut complained = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complained).unwrap();
    let code = child.wait().unwrap().code();
    let to_end = last.elapsed();
    Run { code, said, complained, to_first_line, to_end }
}

fn listen(child: &mut Child, start: Instant) -> (String, Duration, Instant) {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (mut said, mut first, mut last) = (String::new(), None, start);
    while lines.read_line(&mut said).unwrap() > 0 {
        last = Instant::now();
        first.get_or_insert(start.elapsed());
    }
    (said, first.unwrap_or_default(), last)
}

/// How many runs are measured.
pub(crate) fn runs() -> usize {
    std::env::var("KAMELEOON_TOOL_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(30)
}

/// The value below which this part of them is.
pub(crate) fn quantile(mut times: Vec<Duration>, part: f64) -> Duration {
    times.sort_unstable();
    let place = ((times.len() as f64 * part).ceil() as usize).clamp(1, times.len());
    times[place - 1]
}
