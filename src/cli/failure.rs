//! How a command ends.

use std::fmt;
use std::process::ExitCode;

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// 0: it is as it should be.
    Fine,
    /// 1: the answer is no: something was found, differs, or is past its bound.
    No,
    /// 2: there is no answer: wrong arguments, a file that cannot be read.
    Trouble,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        Self::from(match verdict {
            Verdict::Fine => 0,
            Verdict::No => 1,
            Verdict::Trouble => 2,
        })
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<kameleoon::KameleoonError> for Failure {
    fn from(error: kameleoon::KameleoonError) -> Self {
        Self(error.to_string())
    }
}

/// What a command comes to.
pub(super) type Outcome = Result<Verdict, Failure>;
