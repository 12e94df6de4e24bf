//! Why a visitor moves.

use std::fmt;

use serde::Serialize;

use super::trace::{RuleTrace, Verdict};
use crate::decision::datafile::Flag;

/// Why a visitor gets another variation from the new data file: the first thing that came out
/// differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MoveCause {
    /// The flag is new.
    FlagAdded,
    /// The flag went.
    FlagRemoved,
    /// The flag was switched on or off in the environment, or consent blocks it.
    Environment,
    /// The holdout keeps another part of the visitors out.
    Holdout,
    /// The exclusive group chooses another flag.
    ExclusiveGroup,
    /// Another text is hashed: the bucketing custom data or the mapping identifier is another.
    BucketingCode,
    /// Another variation is the default.
    DefaultVariation,
    /// A rule that is new decides.
    RuleAdded,
    /// The rule that decided went.
    RuleRemoved,
    /// The rules stand in another order.
    RuleOrder,
    /// A rule was made an experiment, or a delivery.
    RuleType,
    /// A rule targets others.
    Segment,
    /// A rule takes in more, or fewer.
    Exposition,
    /// The visitors of a rule were dealt anew.
    Respool,
    /// The shares of a rule's variations changed, or the variation that it delivers.
    Shares,
    /// None of these: what the flag looks at came out differently in several ways at once.
    Other,
}

impl MoveCause {
    /// All causes, in order of their declaration.
    pub(super) const ALL: [Self; 16] = [
        Self::FlagAdded,
        Self::FlagRemoved,
        Self::Environment,
        Self::Holdout,
        Self::ExclusiveGroup,
        Self::BucketingCode,
        Self::DefaultVariation,
        Self::RuleAdded,
        Self::RuleRemoved,
        Self::RuleOrder,
        Self::RuleType,
        Self::Segment,
        Self::Exposition,
        Self::Respool,
        Self::Shares,
        Self::Other,
    ];
}

impl fmt::Display for MoveCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::FlagAdded => "the flag is new",
            Self::FlagRemoved => "the flag went",
            Self::Environment => "the flag was switched on or off",
            Self::Holdout => "the holdout changed",
            Self::ExclusiveGroup => "the exclusive group changed",
            Self::BucketingCode => "another code is hashed",
            Self::DefaultVariation => "the default variation changed",
            Self::RuleAdded => "a rule is new",
            Self::RuleRemoved => "a rule went",
            Self::RuleOrder => "the order of the rules changed",
            Self::RuleType => "the type of a rule changed",
            Self::Segment => "a segment changed",
            Self::Exposition => "an exposition changed",
            Self::Respool => "visitors were dealt anew",
            Self::Shares => "the shares changed",
            Self::Other => "several things changed",
        })
    }
}

/// A flag in one of the files, and how its rules fared.
pub(super) struct Traced<'t> {
    pub(super) flag: &'t Flag,
    pub(super) trace: &'t RuleTrace,
}

impl Traced<'_> {
    fn has_rule(&self, id: i64) -> bool {
        self.flag.rules.iter().any(|rule| rule.id == id)
    }
}

/// Why a visitor of a flag that gives a variation in both files gets another one.
pub(super) fn find(old: &Traced<'_>, new: &Traced<'_>) -> MoveCause {
    let (before, after) = (old.trace, new.trace);
    if before.bucketing != after.bucketing {
        return MoveCause::BucketingCode;
    }
    if before.holdout != after.holdout {
        return MoveCause::Holdout;
    }
    if before.is_excluded != after.is_excluded {
        return MoveCause::ExclusiveGroup;
    }
    if before.is_blocked != after.is_blocked {
        return MoveCause::Environment;
    }
    match (before.decider(), after.decider()) {
        (None, None) => MoveCause::DefaultVariation,
        (Some(was), Some(is)) if was.id == is.id => within_rule(was, is),
        (Some(was), is) => lost(old, new, was).unwrap_or_else(|| {
            // The rule still takes the visitor in, but another one comes first.
            is.map_or(MoveCause::Other, |is| won(old, new, is))
        }),
        (None, Some(is)) => won(old, new, is),
    }
}

/// Why the rule that decided does not any more; none when it is not even asked.
fn lost(old: &Traced<'_>, new: &Traced<'_>, was: &Verdict) -> Option<MoveCause> {
    if !new.has_rule(was.id) {
        return Some(MoveCause::RuleRemoved);
    }
    let is = new.trace.verdict(was.id)?;
    Some(difference(was, is).unwrap_or(MoveCause::Other)).filter(|_| old.has_rule(was.id))
}

/// Why a rule decides that did not before.
fn won(old: &Traced<'_>, new: &Traced<'_>, is: &Verdict) -> MoveCause {
    if !old.has_rule(is.id) {
        return MoveCause::RuleAdded;
    }
    match old.trace.verdict(is.id) {
        Some(was) => difference(was, is).unwrap_or(MoveCause::Other),
        // It stood behind the one that decided.
        None if new.trace.rules.iter().any(|rule| rule.decided) => MoveCause::RuleOrder,
        None => MoveCause::Other,
    }
}

/// The first thing in which the verdicts of one rule differ.
fn difference(was: &Verdict, is: &Verdict) -> Option<MoveCause> {
    if was.is_targeted != is.is_targeted {
        return Some(MoveCause::Segment);
    }
    if was.kind != is.kind {
        return Some(MoveCause::RuleType);
    }
    step(was.exposition, is.exposition, MoveCause::Exposition)
        .or_else(|| step(was.shares, is.shares, MoveCause::Shares))
}

fn step(was: Option<(f64, bool)>, is: Option<(f64, bool)>, cause: MoveCause) -> Option<MoveCause> {
    let ((was_hash, was_within), (is_hash, is_within)) = (was?, is?);
    let cause = if was_hash == is_hash { cause } else { MoveCause::Respool };
    (was_within != is_within).then_some(cause)
}

/// Why a rule that decides in both files gives another variation.
fn within_rule(was: &Verdict, is: &Verdict) -> MoveCause {
    if let Some(cause) = difference(was, is) {
        return cause;
    }
    match (was.exposition, is.exposition) {
        (Some((_, false)), Some((_, false))) => MoveCause::DefaultVariation,
        _ => match (was.shares, is.shares) {
            (Some((was_hash, _)), Some((is_hash, _))) if was_hash != is_hash => MoveCause::Respool,
            _ => MoveCause::Shares,
        },
    }
}
