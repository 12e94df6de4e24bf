//! The visitor that a thread dealt with last.
//!
//! A server asks several things about one visitor in a row. The thread keeps that visitor's
//! snapshot, so that all but the first call find it without a look-up, without a lock, and without
//! a write to memory that other threads use. A snapshot that does not hold any more is noticed by
//! its version.

use std::cell::Cell;

use super::entry::Snapshot;

thread_local! {
    static RECENT: Cell<Option<(u64, Snapshot)>> = const { Cell::new(None) };
}

/// Takes the snapshot that the thread kept for a store. While the thread ends there is none.
pub(super) fn take(store: u64) -> Option<Snapshot> {
    let kept = RECENT.try_with(Cell::take).ok().flatten();
    kept.filter(|(owner, _)| *owner == store).map(|(_, snapshot)| snapshot)
}

/// Keeps a snapshot for the thread's next call.
pub(super) fn keep(store: u64, snapshot: Snapshot) {
    // An error means that the thread is ending and will make no next call.
    let _ = RECENT.try_with(|recent| recent.set(Some((store, snapshot))));
}
