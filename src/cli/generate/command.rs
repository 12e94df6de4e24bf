//! The arguments of `kameleoon generate`, and what it does.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::failure::{Failure, Outcome, Verdict};
use super::super::source::Platform;
use super::super::terminal::Terminal;
use super::model::Module;
use super::render::render;

/// How many lines of a difference are shown.
const MOST_SHOWN: usize = 20;

const EXAMPLES: &str = "\
The module belongs into your repository, as `mod flags;`. A flag is a type:

  match flags::NewCheckout::get(&client, visitor)? {
      flags::new_checkout::Variation::On { .. } => …,
      _ => …,
  }

A flag that was deleted on the platform no longer compiles after the next `generate`.

Examples:
  kameleoon generate shop.json --out src/flags.rs
  kameleoon generate shop.json --check src/flags.rs
  kameleoon generate @production --site-code a8st4f59bj --goal purchase=901 > src/flags.rs";

/// Typed Rust from a data file: one module to check in
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in super::super) struct Generate {
    /// The data file: a path, `-` or `@`
    #[arg(default_value = "@")]
    data_file: String,
    /// The module to write; standard output when it is left out
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    out: Option<PathBuf>,
    /// Writes nothing; exit code 1 when this module is not what would be written. How it is
    /// formatted does not count
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// A name for a goal: a data file knows goals by their ids alone. May be repeated
    #[arg(long, value_name = "NAME=ID")]
    goal: Vec<String>,
    /// Writes JSON for machines: which key has which name
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    platform: Platform,
}

impl Generate {
    pub(in super::super) fn run(&self, terminal: &Terminal) -> Outcome {
        let module = Module::new(&self.platform.view(&self.data_file)?, &self.goal)?;
        let text = render(&module);
        if self.json {
            let json = serde_json::to_string(&module).map_err(|error| Failure::new(error.to_string()))?;
            terminal.say(json);
        }
        match (&self.check, &self.out) {
            (Some(path), _) => self.compare(terminal, path, &text),
            (None, Some(path)) => {
                // One that is the same keeps its time, so that nothing is compiled anew.
                if std::fs::read_to_string(path).is_ok_and(|old| is_same(&old, &text)) {
                    terminal.remark(format_args!("{} is as it has to be", path.display()));
                    return Ok(Verdict::Fine);
                }
                std::fs::write(path, &text).map_err(|error| {
                    Failure::new(format!("`{}` cannot be written: {error}", path.display()))
                })?;
                terminal.remark(format_args!("{} has {} flags", path.display(), module.flags.len()));
                Ok(Verdict::Fine)
            }
            (None, None) => {
                if !self.json {
                    terminal.say(text.trim_end());
                }
                Ok(Verdict::Fine)
            }
        }
    }

    fn compare(&self, terminal: &Terminal, path: &Path, text: &str) -> Outcome {
        let old = std::fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("`{}` cannot be read: {error}", path.display())))?;
        if is_same(&old, text) {
            return Ok(Verdict::Fine);
        }
        terminal.error(format_args!(
            "`{}` is not what `{}` gives; run `kameleoon generate {} --out {}`",
            path.display(),
            self.data_file,
            self.data_file,
            path.display()
        ));
        let lines = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.trim().to_owned()).filter(|line| line.len() > 1).collect()
        };
        let (old, new) = (lines(&old), lines(text));
        let only = |these: &[String], those: &[String], sign: char| -> Vec<String> {
            let those: HashSet<&String> = those.iter().collect();
            these.iter().filter(|line| !those.contains(line)).map(|line| format!("{sign} {line}")).collect()
        };
        let difference = [only(&old, &new, '-'), only(&new, &old, '+')].concat();
        for line in difference.iter().take(MOST_SHOWN) {
            terminal.remark(line);
        }
        if difference.len() > MOST_SHOWN {
            terminal.remark(format_args!("… and {} lines more", difference.len() - MOST_SHOWN));
        }
        Ok(Verdict::No)
    }
}

/// Whether two modules are the same but for the formatting: where a line is broken, a comma or
/// braces may come.
fn is_same(old: &str, new: &str) -> bool {
    let bare = |text: &'_ str| -> String {
        text.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, ',' | '{' | '}')).collect()
    };
    bare(old) == bare(new)
}
