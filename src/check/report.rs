//! All that a check found.

use serde::Serialize;

use super::finding::Finding;

/// What is wrong with a data file, or looks as if it were: the client reads it all the same, and
/// leaves out or passes over what it cannot use.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// use kameleoon::{DataFileCheck, FindingKind};
///
/// let check = DataFileCheck::of(
///     r#"{"featureFlags": [{"id": 1, "featureKey": "banner", "environmentEnabled": true,
///         "defaultVariationKey": "of", "variations": [{"key": "off"}, {"key": "on"}],
///         "rules": [{"id": 2, "type": "EXPERIMENTATION", "exposition": 0.5, "experimentId": 3,
///             "variationByExposition": [{"variationKey": "on", "variationId": 4, "exposition": 1.0}]}]}]}"#,
/// )?;
/// assert_eq!(check.findings().len(), 1);
/// assert_eq!(check.findings()[0].kind, FindingKind::UnknownKey);
/// println!("{}", check.findings()[0]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use = "it says what is wrong with the data file"]
pub struct DataFileCheck {
    pub(super) findings: Vec<Finding>,
}

impl DataFileCheck {
    /// What was found, in the order of the file: the file as a whole, segments, flags.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }
}
