//! The variations that are assigned to a visitor.

use super::delivery::Delivery;
use crate::decision::datafile::RuleKind;

/// A variation of an experiment that a visitor was given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assignment {
    pub(crate) experiment_id: i64,
    pub(crate) variation_id: i64,
    /// When, in milliseconds since the epoch.
    pub(crate) time: i64,
    pub(crate) delivery: Delivery,
    /// Counts up in the order in which the experiments first came to the visitor.
    pub(crate) order: u32,
    pub(crate) kind: RuleKind,
}

impl Assignment {
    pub(crate) fn new(experiment_id: i64, variation_id: i64, kind: RuleKind, time: i64, track: bool) -> Self {
        Self { experiment_id, variation_id, time, delivery: Delivery::new(track), order: 0, kind }
    }
}

/// What became of an assignment that was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Saved {
    /// An exposure is waiting to be sent because of it.
    pub(crate) accepted: bool,
    /// An exposure that was waiting is not sent any more: this one took its place.
    pub(crate) replaced: bool,
}

/// All assignments of a visitor, one per experiment, sorted by experiment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assignments(Vec<Assignment>);

impl Assignments {
    pub(crate) fn as_slice(&self) -> &[Assignment] {
        &self.0
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Assignment> {
        self.0.iter_mut()
    }

    pub(crate) fn get(&self, experiment_id: i64) -> Option<&Assignment> {
        self.place(experiment_id).ok().map(|place| &self.0[place])
    }

    fn place(&self, experiment_id: i64) -> Result<usize, usize> {
        self.0.binary_search_by_key(&experiment_id, |assignment| assignment.experiment_id)
    }

    /// Whether saving would change anything. Evaluations that repeat within a millisecond do not.
    pub(crate) fn would_change(&self, new: &Assignment) -> bool {
        self.get(new.experiment_id).is_none_or(|old| {
            let same = old.variation_id == new.variation_id && old.kind == new.kind;
            let kept = !new.delivery.is_due() && same && (old.delivery.is_due() || old.time == new.time);
            !kept
        })
    }

    /// Saves an assignment: a new one of the same experiment replaces the old one, but an untracked
    /// one does not cancel an exposure of the same variation that is still to be sent.
    pub(crate) fn save(&mut self, new: Assignment) -> Saved {
        let accepted = new.delivery.is_due();
        match self.place(new.experiment_id) {
            Ok(place) => {
                let old = &mut self.0[place];
                if !accepted && old.delivery.is_due() && old.variation_id == new.variation_id {
                    return Saved { accepted: false, replaced: false };
                }
                let replaced = old.delivery.is_due();
                *old = Assignment { order: old.order, ..new };
                Saved { accepted, replaced }
            }
            Err(place) => {
                self.insert(place, new);
                Saved { accepted, replaced: false }
            }
        }
    }

    /// Adds an assignment unless its experiment is known already. Returns whether it was added.
    pub(crate) fn add_missing(&mut self, new: Assignment) -> bool {
        let place = self.place(new.experiment_id);
        if let Err(place) = place {
            self.insert(place, new);
        }
        place.is_err()
    }

    fn insert(&mut self, place: usize, new: Assignment) {
        let order = self.0.iter().map(|known| known.order + 1).max().unwrap_or(0);
        super::grow(&mut self.0);
        self.0.insert(place, Assignment { order, ..new });
    }
}
