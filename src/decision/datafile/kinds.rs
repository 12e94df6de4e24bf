//! Which kinds of conditions a segment has.

use super::condition::{CustomDataTest, Test};

/// Which kinds of conditions a segment has, of those that are looked for in all segments: most have
/// none, and looking at each condition would take longer than anything else that is done with it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Kinds(u8);

impl Kinds {
    /// Conditions on flags.
    pub(super) const FLAGS: Self = Self(1);
    /// Conditions on segments.
    pub(super) const SEGMENTS: Self = Self(1 << 1);
    /// Conditions that never hold.
    pub(super) const UNUSABLE: Self = Self(1 << 2);
    /// Conditions on what is assigned, or on whether anything is.
    pub(super) const ASSIGNMENTS: Self = Self(1 << 3);

    pub(super) fn of(test: &Test) -> Self {
        match test {
            Test::FeatureFlag(_) => Self::FLAGS.and(Self::ASSIGNMENTS),
            Test::Segment { .. } => Self::SEGMENTS,
            Test::Never(_) => Self::UNUSABLE,
            Test::Experiment { .. }
            | Test::ExclusiveExperiment { .. }
            | Test::ExclusiveFeatureFlag
            // These two hold only for a visitor of whom something is known.
            | Test::CustomData { test: CustomDataTest::Undefined, .. }
            | Test::PageViews(_) => Self::ASSIGNMENTS,
            _ => Self::default(),
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn has(self, kind: Self) -> bool {
        self.0 & kind.0 != 0
    }
}
