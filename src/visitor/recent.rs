//! The visitor that a thread dealt with last.
//!
//! A server asks several things about one visitor in a row. The thread keeps that visitor's
//! snapshot, so that all but the first call find it without a look-up, without a lock, and without
//! a write to memory that other threads use. A snapshot that does not hold any more is noticed by
//! its version.

use std::cell::RefCell;

use super::entry::Snapshot;

/// What a thread keeps: the store it belongs to, and a snapshot.
type Kept = (u64, Option<Snapshot>);

thread_local! {
    static RECENT: RefCell<Kept> = const { RefCell::new((0, None)) };
}

/// Runs with the snapshot that the thread keeps for a store; what `run` leaves there is kept.
pub(super) fn with<R>(store: u64, run: impl FnOnce(&mut Option<Snapshot>) -> R) -> R {
    let mut run = Some(run);
    let result = RECENT.try_with(|recent| {
        // Taken when a logger calls the client from within a call.
        let mut kept = recent.try_borrow_mut().ok()?;
        if kept.0 != store {
            *kept = (store, None);
        }
        run.take().map(|run| run(&mut kept.1))
    });
    match (result, run) {
        (Ok(Some(result)), _) => result,
        // The place is taken, or the thread is ending and has none any more.
        (_, Some(run)) => run(&mut None),
        (_, None) => unreachable!("what took `run` also gave a result"),
    }
}
