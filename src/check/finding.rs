//! One thing that a check found.

use std::fmt;

use serde::Serialize;

/// What kind of thing a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// Something cannot be read, so it is left out.
    Unreadable,
    /// Two things have one key or id; only one of them counts.
    Duplicate,
    /// Shares do not add up to 1, or a share is none.
    Shares,
    /// A key or an id leads nowhere.
    UnknownKey,
    /// A rule that no visitor can reach.
    Unreachable,
    /// A pattern that cannot be built: its condition never holds.
    Pattern,
    /// A pattern that costs too much, here or in the platform's other SDKs.
    CostlyPattern,
    /// A condition that this SDK does not know or cannot use: it never holds.
    UnknownCondition,
    /// Segments that refer to each other in a circle.
    SegmentCircle,
    /// A flag of which everybody gets the same variation.
    OneSided,
}

impl FindingKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Unreadable,
        Self::Duplicate,
        Self::Shares,
        Self::UnknownKey,
        Self::Unreachable,
        Self::Pattern,
        Self::CostlyPattern,
        Self::UnknownCondition,
        Self::SegmentCircle,
        Self::OneSided,
    ];

    /// The name of the kind, such as `unknown-key`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Duplicate => "duplicate",
            Self::Shares => "shares",
            Self::UnknownKey => "unknown-key",
            Self::Unreachable => "unreachable",
            Self::Pattern => "pattern",
            Self::CostlyPattern => "costly-pattern",
            Self::UnknownCondition => "unknown-condition",
            Self::SegmentCircle => "segment-circle",
            Self::OneSided => "one-sided",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// Where in the file, such as ``flag `banner`, rule 12``.
    pub place: String,
    /// What is wrong, and what follows from it.
    pub message: String,
}

impl Finding {
    pub(super) fn new(kind: FindingKind, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, place: place.into(), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.kind, self.place, self.message)
    }
}
