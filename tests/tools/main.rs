//! Programs that are short, each run in a process of its own: how they end, what they cost, what the
//! next one finds.
//!
//! This is a program with a `main` of its own, since that is what a `?` leaves. Words on the command
//! line choose tests by a part of their names. `KAMELEOON_TOOL_RUNS` says how many runs are measured
//! (30 unless told otherwise). The figures that are promised are those of a release build, and are
//! held against their bounds there:
//!
//! ```text
//! KAMELEOON_TOOL_RUNS=300 cargo test --release --features full --test tools
//! ```

mod child;
mod ends;
mod late;
mod measured;
mod offline;
mod rig;
mod starved;

use std::error::Error;
use std::panic::catch_unwind;
use std::process::exit;

type Test = (&'static str, fn());

fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(role) = std::env::var(rig::ROLE) {
        return child::run(&role);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return Ok(());
    }
    let words: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let all = [ends::TESTS, offline::TESTS, starved::TESTS, measured::TESTS].concat();
    let chosen: Vec<Test> = all.into_iter().filter(|(name, _)| is_chosen(name)).collect();
    let mut failed = Vec::new();
    // One after the other: some of them measure.
    for (name, test) in &chosen {
        let outcome = catch_unwind(test);
        println!("test {name} ... {}", if outcome.is_ok() { "ok" } else { "FAILED" });
        failed.extend(outcome.is_err().then_some(*name));
    }
    println!("{} passed, {} failed", chosen.len() - failed.len(), failed.len());
    if failed.is_empty() { Ok(()) } else { exit(1) }
}
