//! A command-line tool with flags: notes to yourself. `docs/command-line.md` explains it.
//!
//! ```text
//! cargo run --features emulator --example cli -- demo
//! ```
//!
//! `demo` runs the tool's commands one after the other, each in a process of its own, against the
//! emulated platform, and shows what each asked of it.

mod demo;
mod notes;

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use kameleoon::{ClientGuard, KameleoonClient, KameleoonClientConfig, KameleoonClientFactory};
use notes::Notes;

const USAGE: &str = "\
usage: jot add TEXT...   writes a note
       jot list          shows the notes; exit code 1 when there are none
       jot done NUMBER   strikes one
       jot sync          fetches the flags now, and sends what was left for later
       jot forget        removes who you are, and what was to be told about you
       jot demo          all of it, against an emulated platform";

const SITE_CODE: &str = "a8st4f59bj";
/// The goal of a note that is done.
const DONE: i64 = 83023;
/// What a run may take for the platform, the first and one that finds its flags too old.
const PATIENCE: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("jot: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (command, rest) = words.split_first().ok_or(USAGE)?;
    if *command == "demo" {
        return demo::run();
    }
    let mut notes = Notes::read(home()?.join("notes"))?;
    // From here on whatever returns, by `?` too, closes the client.
    let flags = flags()?;
    match (*command, rest) {
        ("add", [_, ..]) => notes.add(&rest.join(" "))?,
        ("list", []) => {
            notes.show(flags.is_feature_active_or(flags.local_visitor_code(), "numbered_list", false));
            if notes.is_empty() {
                // The same as `return Ok(ExitCode::from(1))`, from where nobody returns.
                flags.exit(1);
            }
        }
        ("done", [number]) => {
            notes.strike(number)?;
            flags.track_conversion(flags.local_visitor_code(), DONE)?;
        }
        ("sync", []) => {
            flags.refresh_data_file(PATIENCE)?;
            let report = flags.drain_spool(PATIENCE);
            println!("flags are fresh; {} lines sent, {} wait", report.recovered, report.waiting);
        }
        ("forget", []) => forget(flags)?,
        _ => return Err(USAGE.into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The flags. Not having them is no reason for a tool not to work.
fn flags() -> Result<ClientGuard, Box<dyn Error>> {
    let config = KameleoonClientConfig::new("client-id", "client-secret").short_lived(home()?.join("flags"));
    let config = demo::on_the_emulator(config);
    let client = KameleoonClientFactory::create(SITE_CODE, config).or_else(|error| {
        eprintln!("jot: without flags: {error}");
        KameleoonClient::offline("{}")
    })?;
    // Only the very first run has nothing on disk. What it fails with was told to the log.
    let _ = client.wait_init(PATIENCE);
    Ok(client.close_on_drop(PATIENCE).only_when_due())
}

/// Takes back what was to be told, and removes the rest.
fn forget(flags: ClientGuard) -> Result<(), Box<dyn Error>> {
    flags.forget_visitor(flags.local_visitor_code())?;
    let _nothing_left = flags.finish();
    std::fs::remove_dir_all(home()?.join("flags"))?;
    Ok(())
}

fn home() -> Result<PathBuf, &'static str> {
    // A tool of your own needs no such variable: see `short_lived_of_user`.
    env::var_os("JOT_HOME").map(PathBuf::from).ok_or("JOT_HOME does not say where the notes are")
}
