//! Plays the scenarios of `fixtures/conformance`, or of the folder that the environment variable
//! `KAMELEOON_CONFORMANCE_DIR` names: a client and the emulated platform each, over real sockets.
//!
//! Words on the command line choose files and scenarios by a part of their names, and let the
//! client's log be seen: `cargo test --all-features --test conformance -- forced segment-3`.

mod argument;
mod compare;
mod data;
mod guard;
mod json;
mod morning;
mod placeholder;
mod play;
mod remote;
mod report;
mod scenario;
mod stage;
mod step;
mod store;
mod tracking;
mod value;
mod web;

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use kameleoon::{KameleoonLogger, LogLevel};
use report::{Outcome, Report};
use scenario::{File, Scenario};

/// How many scenarios and steps the crate's own folder has at least.
const OWN_MINIMUM: (usize, usize) = (978, 25_280);

/// How many scenarios are played at once. Most of their time goes by in waiting.
const THREADS: usize = 8;

static PANICS: AtomicUsize = AtomicUsize::new(0);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    if !morning::is_here() {
        return morning::run_there();
    }
    let words: Vec<String> = arguments.into_iter().filter(|argument| !argument.starts_with('-')).collect();
    let foreign = std::env::var_os("KAMELEOON_CONFORMANCE_DIR").map(PathBuf::from);
    let minimum = match (&foreign, words.is_empty()) {
        (_, false) => (0, 0),
        (None, true) => OWN_MINIMUM,
        (Some(_), true) => (1, 1),
    };
    let folder =
        foreign.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance"));
    if words.is_empty() {
        // Requests that fail, and settings that are corrected, are part of many scenarios.
        KameleoonLogger::set_log_level(LogLevel::None);
    }
    count_panics();
    let files = match guard::check().and_then(|()| scenario::read_folder(&folder)) {
        Ok(files) => files,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    let report = run(&files, &words);
    print!("{report}");
    let enough = report.scenarios() >= minimum.0 && report.steps() >= minimum.1;
    if !enough {
        eprintln!(
            "{}: at least {} scenarios and {} steps are expected",
            folder.display(),
            minimum.0,
            minimum.1
        );
    }
    let panics = PANICS.load(Ordering::Relaxed);
    if panics > 0 {
        eprintln!("{panics} panics, whose messages are above");
    }
    if enough && panics == 0 && report.all_passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Counts the panics of all threads: those that the client's own threads survive are mistakes too.
fn count_panics() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        report(info);
    }));
}

/// Plays the chosen scenarios. Those of one site are played one after the other: there is one
/// client per site.
fn run(files: &[File], words: &[String]) -> Report {
    let mut sites: BTreeMap<&str, Vec<(&File, &Scenario)>> = BTreeMap::new();
    for file in files {
        for scenario in &file.scenarios {
            let matches = |word: &String| file.name.contains(word) || scenario.name.contains(word);
            if words.is_empty() || words.iter().any(matches) {
                sites.entry(&scenario.site_code).or_default().push((file, scenario));
            }
        }
    }
    let sites: Vec<_> = sites.into_values().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut outcomes = Vec::new();
        while let Some(site) = sites.get(next.fetch_add(1, Ordering::Relaxed)) {
            outcomes.extend(site.iter().map(|(file, scenario)| outcome(file, scenario)));
        }
        outcomes
    };
    let outcomes = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    Report::new(outcomes)
}

fn outcome(file: &File, scenario: &Scenario) -> Outcome {
    let played = catch_unwind(AssertUnwindSafe(|| play::play(scenario)));
    let problem = "the thread panicked; its message is above".to_owned();
    let played = played.unwrap_or_else(|_| play::Played::broken(problem));
    Outcome { file: file.name.clone(), scenario: scenario.name.clone(), played }
}
