//! What one evaluation found out about segments.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// How often segments in circles are entered in one evaluation. Their results depend on the way to
/// them, so that nothing can be kept of them.
pub(super) const MOST_ENTRIES: u32 = 10_000;

/// What one evaluation found out about segments.
#[derive(Debug, Default)]
pub(crate) struct Visited {
    entries: Cell<u32>,
    /// The results of the segments that others refer to several times, by their places; they hold
    /// for one rule. Made when there are some: few evaluations have any.
    results: RefCell<Results>,
}

#[derive(Debug, Default)]
struct Results(Option<BTreeMap<u32, bool>>);

impl Drop for Results {
    // Every evaluation ends here, and few with something to drop.
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(results) = self.0.take() {
            forget(results);
        }
    }
}

#[cold]
#[inline(never)]
fn forget(results: BTreeMap<u32, bool>) {
    drop(results);
}

impl Visited {
    /// Forgets the results: for another rule they may be others.
    pub(crate) fn next_rule(&self) {
        self.results.borrow_mut().0 = None;
    }

    pub(super) fn result(&self, place: u32) -> Option<bool> {
        self.results.borrow().0.as_ref()?.get(&place).copied()
    }

    pub(super) fn keep(&self, place: u32, holds: bool) {
        self.results.borrow_mut().0.get_or_insert_default().insert(place, holds);
    }

    /// Whether one more segment of a circle may be entered; counts it.
    pub(super) fn may_enter(&self) -> bool {
        let entries = self.entries.get();
        self.entries.set(entries.saturating_add(1));
        entries < MOST_ENTRIES
    }
}
