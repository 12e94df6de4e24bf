//! What one call assigns, until it is saved.

use crate::decision::hashing::IdMap;
use crate::decision::profile::Assignment;

/// The assignments of a call over several flags, in the order in which they are to be saved: one
/// that another one replaces may still have taken back what was waiting to be sent.
#[derive(Debug)]
pub(crate) struct Pending {
    list: Vec<Assignment>,
    /// Where the newest assignment of an experiment is. None when nothing looks it up.
    places: Option<IdMap<u32>>,
    held: Option<Assignment>,
}

impl Pending {
    /// An empty list with room for so many; `is_looked_up` when conditions ask for assignments.
    pub(crate) fn new(is_looked_up: bool, room: usize) -> Self {
        Self { places: is_looked_up.then(IdMap::default), list: Vec::with_capacity(room), held: None }
    }

    pub(crate) fn as_slice(&self) -> &[Assignment] {
        &self.list
    }

    /// Adds what the holdout assigned.
    #[inline]
    pub(crate) fn add_held(&mut self, held: Assignment) {
        self.add(held);
        self.held = Some(held);
    }

    /// Whether the holdout's variation with this id is what it assigned last: it assigns the same for
    /// every flag, but for those with a code of their own.
    #[inline]
    pub(crate) fn has_held(&self, variation_id: i64) -> bool {
        self.held.is_some_and(|known| known.variation_id == variation_id)
    }

    #[inline]
    pub(crate) fn add(&mut self, new: Assignment) {
        if self.held.is_some_and(|held| held.experiment_id == new.experiment_id) {
            // A rule of the holdout's experiment: the next flag takes its place again.
            self.held = None;
        }
        if self.places.is_some() {
            self.note_place(new.experiment_id);
        }
        self.list.push(new);
    }

    /// Of its own, so that adding becomes part of the loop over the flags: few files look up.
    #[inline(never)]
    fn note_place(&mut self, experiment_id: i64) {
        if let Some(places) = &mut self.places {
            places.insert(experiment_id, self.list.len() as u32);
        }
    }

    /// The newest assignment of each experiment.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Assignment> {
        let is_newest = |(place, item): &(usize, &Assignment)| {
            let places = self.places.as_ref();
            places.and_then(|places| places.get(&item.experiment_id)) == Some(&(*place as u32))
        };
        self.list.iter().enumerate().filter(is_newest).map(|(_, item)| item)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn get(&self, experiment_id: i64) -> Option<&Assignment> {
        self.places.as_ref()?.get(&experiment_id).map(|place| &self.list[*place as usize])
    }
}
