//! What a call reads from the outcome of an evaluation.

use crate::decision::datafile::{DataFile, Flag, Variation};
use crate::decision::evaluation::Outcome;

/// A flag, and where it is.
#[derive(Clone, Copy)]
pub(super) struct FlagAt<'a> {
    pub(super) file: &'a DataFile,
    pub(super) flag: &'a Flag,
    pub(super) place: u32,
}

/// What a call reads from the outcome of an evaluation. A trait and no closure, since only methods can be
/// told to become part of their caller, which then writes what is read where it stays.
pub(super) trait Reading {
    type Given;

    fn read(self, at: FlagAt<'_>, outcome: &Outcome<'_>) -> Self::Given;

    /// Whether the visitor gets to see it. If not, since the caller has to take a default, nothing is
    /// saved or tracked.
    fn is_seen(_: &Self::Given) -> bool {
        true
    }
}

/// The variation.
pub(super) struct TheVariation;

impl Reading for TheVariation {
    type Given = Variation;

    #[inline(always)]
    fn read(self, at: FlagAt<'_>, outcome: &Outcome<'_>) -> Variation {
        variation(at, outcome)
    }
}

/// Whether the variation is an active one.
pub(super) struct WhetherActive;

impl Reading for WhetherActive {
    type Given = bool;

    #[inline(always)]
    fn read(self, at: FlagAt<'_>, outcome: &Outcome<'_>) -> bool {
        at.flag.is_active(outcome.chosen(at.flag))
    }
}

/// What is made of the variation, together with whether the visitor gets to see it.
pub(super) struct FromVariation<F>(pub(super) F);

impl<R, F: FnOnce(Variation) -> (R, bool)> Reading for FromVariation<F> {
    type Given = (R, bool);

    fn read(self, at: FlagAt<'_>, outcome: &Outcome<'_>) -> (R, bool) {
        (self.0)(variation(at, outcome))
    }

    fn is_seen((_, is_seen): &(R, bool)) -> bool {
        *is_seen
    }
}

#[inline(always)]
pub(super) fn variation(at: FlagAt<'_>, outcome: &Outcome<'_>) -> Variation {
    outcome.variation(at.flag, || at.file.share_flag(at.place))
}
