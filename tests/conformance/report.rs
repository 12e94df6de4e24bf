//! What came of all scenarios.

use std::fmt;

use crate::play::Played;

/// What came of one scenario.
pub(crate) struct Outcome {
    pub(crate) file: String,
    pub(crate) scenario: String,
    pub(crate) played: Played,
}

/// What came of all scenarios, in the order of file and name.
pub(crate) struct Report(Vec<Outcome>);

impl Report {
    pub(crate) fn new(mut outcomes: Vec<Outcome>) -> Self {
        outcomes.sort_by(|one, other| (&one.file, &one.scenario).cmp(&(&other.file, &other.scenario)));
        Self(outcomes)
    }

    pub(crate) fn scenarios(&self) -> usize {
        self.0.len()
    }

    /// All steps of the scenarios.
    pub(crate) fn steps(&self) -> usize {
        self.0.iter().map(|outcome| outcome.played.steps).sum()
    }

    pub(crate) fn all_passed(&self) -> bool {
        self.failed() == 0
    }

    fn failed(&self) -> usize {
        self.0.iter().filter(|outcome| !outcome.played.failures.is_empty()).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Outcome { file, scenario, played } in &self.0 {
            for failure in &played.failures {
                writeln!(f, "FAILED {file} {scenario}\n  {failure}")?;
            }
        }
        writeln!(f, "{} scenarios with {} steps", self.scenarios(), self.steps())?;
        writeln!(f, "{} passed, {} failed", self.scenarios() - self.failed(), self.failed())
    }
}
