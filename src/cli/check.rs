//! `kameleoon check`: what is wrong with a data file, and with the code that asks for its flags.

use std::path::PathBuf;

use clap::Args;
use kameleoon::{DataFileCheck, FindingKind, KameleoonLogger, LogLevel};
use serde_json::json;

use super::failure::{Failure, Outcome, Verdict};
use super::source::{self, Platform};
use super::sources::References;
use super::terminal::Terminal;

/// What is found in code, beside the kinds of the data file.
const UNKNOWN_REFERENCE: &str = "unknown-reference";
const UNUSED_FLAG: &str = "unused-flag";

const EXAMPLES: &str = "\
Kinds: unreadable, duplicate, shares, unknown-key, unreachable, pattern, costly-pattern,
unknown-condition, segment-circle, one-sided; with --src: unknown-reference, unused-flag.

In code, the keys are looked for that are handed to the client's methods as literals or constants;
a flag counts as asked for when its key stands anywhere in a literal, or its type of a module that
`kameleoon generate` wrote is used.

Examples:
  kameleoon check shop.json
  kameleoon check shop.json --src . --allow one-sided --allow unused-flag
  kameleoon check @production --site-code a8st4f59bj --json";

/// What is wrong with a data file, and with --src what code asks for that is not there
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Check {
    /// The data file: a path, `-` or `@`
    #[arg(default_value = "@")]
    data_file: String,
    /// A folder or file of Rust code. May be repeated
    #[arg(long, value_name = "PATH")]
    src: Vec<PathBuf>,
    /// A kind that may be found. May be repeated
    #[arg(long, value_name = "KIND")]
    allow: Vec<String>,
    /// Writes JSON for machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    platform: Platform,
}

/// One thing that was found.
struct Found {
    kind: &'static str,
    place: String,
    message: String,
}

impl Check {
    pub(super) fn run(&self, terminal: &Terminal) -> Outcome {
        self.check_allowed()?;
        // What is wrong is told below, with its kind.
        KameleoonLogger::set_log_level(LogLevel::None);
        let text = self.platform.read(&self.data_file)?;
        let check = DataFileCheck::of(&text)
            .map_err(|error| Failure::new(format!("{}: {error}", source::shown(&self.data_file))))?;
        let mut found: Vec<Found> = check
            .findings()
            .iter()
            .map(|one| Found {
                kind: one.kind.name(),
                place: one.place.clone(),
                message: one.message.clone(),
            })
            .collect();
        if !self.src.is_empty() {
            self.look_at_code(&text, &mut found)?;
        }
        found.retain(|one| !self.allow.iter().any(|kind| kind == one.kind));
        if self.json {
            let list: Vec<_> = found
                .iter()
                .map(|one| json!({"kind": one.kind, "place": one.place, "message": one.message}))
                .collect();
            terminal.say(json!({"findings": list}));
        } else {
            for one in &found {
                let kind = terminal.bad(one.kind);
                terminal.say(format_args!("{kind}  {}: {}", terminal.bold(&one.place), one.message));
            }
            match found.len() {
                0 => terminal.say(terminal.good("nothing found")),
                1 => terminal.say(terminal.bold("1 thing found")),
                count => terminal.say(terminal.bold(format_args!("{count} things found"))),
            }
        }
        Ok(if found.is_empty() { Verdict::Fine } else { Verdict::No })
    }

    fn check_allowed(&self) -> Result<(), Failure> {
        let kinds: Vec<&str> =
            FindingKind::ALL.iter().map(|kind| kind.name()).chain([UNKNOWN_REFERENCE, UNUSED_FLAG]).collect();
        match self.allow.iter().find(|kind| !kinds.contains(&kind.as_str())) {
            Some(kind) => {
                Err(Failure::new(format!("--allow: no kind `{kind}`; there are {}", kinds.join(", "))))
            }
            None => Ok(()),
        }
    }

    fn look_at_code(&self, text: &[u8], found: &mut Vec<Found>) -> Result<(), Failure> {
        let view = Platform::parse(&self.data_file, text)?;
        let keys: Vec<&str> = view.flags().map(|flag| flag.key()).collect();
        let references = References::read(&self.src, &keys)?;
        for (place, key, near) in references.unknown() {
            let hint = near.map_or_else(String::new, |near| format!("; is `{near}` meant?"));
            found.push(Found {
                kind: UNKNOWN_REFERENCE,
                place,
                message: format!("no flag `{key}` in the data file{hint}"),
            });
        }
        for key in references.unused() {
            found.push(Found {
                kind: UNUSED_FLAG,
                place: format!("flag `{key}`"),
                message: format!("nothing in {} files of code asks for it", references.files()),
            });
        }
        Ok(())
    }
}
