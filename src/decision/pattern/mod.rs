//! Regular expressions, as Python's `re` means them.
//!
//! The platform's other SDKs hand patterns to the expressions of their languages, which agree on
//! nearly all that people write. Crates of this language have others: they have no look-around, or
//! read classes and `\w` differently, or build tables of many megabytes for `\w{1,255}`. So this is
//! an engine of its own, small and with bounds. `docs/regular-expressions.md` says what differs.

mod bracket;
mod cases;
mod cost;
mod parse;
mod program;
mod property;
#[cfg(test)]
mod python;
mod ranges;
mod search;
mod set;
mod sweep;
mod tables;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use cost::cost;
use program::{For, Program};
use set::Set;

use crate::logging::{Voice, log_rarely};

/// The longest pattern, in bytes.
const LONGEST_PATTERN: usize = 100_000;
/// The longest text that is looked at, in bytes.
const LONGEST_TEXT: usize = 1_000_000;

/// A regular expression, ready to be matched.
pub(crate) struct Pattern {
    source: Box<str>,
    sets: Box<[Set]>,
    program: Program,
    purpose: For,
    /// Tells that a match was given up.
    voice: Voice,
}

/// All that follows from the source is left out: by their `Debug` forms patterns are compared.
impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Pattern").field(&self.source).finish()
    }
}

impl Pattern {
    /// Reads and builds a pattern, or says what is wrong with it.
    pub(crate) fn new(source: &str) -> Result<Self, String> {
        if source.len() > LONGEST_PATTERN {
            return Err(format!("a pattern of {} bytes is too long", source.len()));
        }
        Self::build(source).map_err(|wrong| format!("pattern `{source}`: {wrong}"))
    }

    fn build(source: &str) -> Result<Self, &'static str> {
        let tree = parse::parse(source)?;
        let purpose = if tree.has_memory { For::Search } else { For::Sweep };
        Ok(Self {
            source: source.into(),
            program: Program::new(&tree.root, tree.groups, purpose)?,
            sets: tree.sets.into_boxed_slice(),
            purpose,
            voice: Voice::default(),
        })
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Whether the pattern matches the whole of a text. False when that takes too long, which is
    /// told once, and then rarely.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let result = if text.len() > LONGEST_TEXT {
            Err(sweep::GivenUp)
        } else {
            let text: Vec<char> = text.chars().collect();
            match self.purpose {
                For::Sweep => sweep::matches(&self.program, &self.sets, &text),
                For::Search => search::matches(&self.program, &self.sets, &text),
            }
        };
        result.unwrap_or_else(|sweep::GivenUp| {
            log_rarely!(
                self.voice,
                Warning,
                "the pattern `{}` was given up on a text of {} bytes, which would take too long; its condition \
                 counts as false for such texts",
                self.source,
                text.len()
            );
            false
        })
    }
}
