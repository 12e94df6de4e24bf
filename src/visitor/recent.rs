//! The visitor that a thread dealt with last.
//!
//! A server asks several things about one visitor in a row. The thread keeps that visitor's
//! snapshot, so that all but the first call find it without a look-up, without a lock, and without
//! a write to memory that other threads use. A snapshot that does not hold any more is noticed by
//! its version. The points of the visitor's code are kept beside it.

use std::cell::Cell;

use super::entry::Snapshot;
use crate::decision::evaluation::{Memory, Points};
use crate::decision::profile::Profile;

/// What a thread keeps.
#[derive(Debug)]
struct Recent {
    /// The store that the snapshot belongs to.
    store: u64,
    snapshot: Option<Snapshot>,
    points: Points,
}

thread_local! {
    static RECENT: Cell<Option<Box<Recent>>> = const { Cell::new(None) };
}

/// What a thread keeps, while a call uses it. A call within the call (a logger may make one) finds
/// nothing and begins anew.
#[derive(Debug)]
pub(crate) struct AtHand(Option<Box<Recent>>);

impl AtHand {
    /// What the thread keeps, for this store.
    #[inline]
    pub(super) fn take(store: u64) -> Self {
        // A thread that is ending has no place any more.
        let kept = RECENT.try_with(Cell::take).ok().flatten();
        Self(Some(match kept {
            Some(kept) if kept.store == store => kept,
            Some(mut kept) => {
                (kept.store, kept.snapshot) = (store, None);
                kept
            }
            None => Box::new(Recent { store, snapshot: None, points: Points::new() }),
        }))
    }

    #[inline]
    pub(crate) fn snapshot(&self) -> Option<&Snapshot> {
        self.0.as_deref()?.snapshot.as_ref()
    }

    /// What is known of the visitor.
    #[inline]
    pub(crate) fn profile(&self) -> Option<&Profile> {
        self.snapshot()?.profile.as_deref()
    }

    /// The points that are kept.
    #[inline]
    pub(crate) fn memory(&self) -> Memory<'_> {
        self.0.as_deref().map_or(Memory::None, |kept| Memory::Thread(&kept.points))
    }

    pub(crate) fn set(&mut self, snapshot: Option<Snapshot>) {
        if let Some(kept) = self.0.as_deref_mut() {
            kept.snapshot = snapshot;
        }
    }

    pub(crate) fn take_snapshot(&mut self) -> Option<Snapshot> {
        self.0.as_deref_mut()?.snapshot.take()
    }
}

impl Drop for AtHand {
    #[inline]
    fn drop(&mut self) {
        let kept = self.0.take();
        // As above.
        let _ = RECENT.try_with(|place| place.set(kept));
    }
}
