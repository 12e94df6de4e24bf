//! How much was accepted, and what became of it.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::decision::profile::Tally;
use crate::stripe;

/// What became of the data that the client accepted for sending, since it was created.
///
/// Every piece of data (an exposure, a conversion, a browser…) is in one place:
/// `accepted == sent + pending + replaced + given_up`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TrackingStats {
    /// Pieces that the client took to be sent.
    pub accepted: u64,
    /// Pieces that the platform has.
    pub sent: u64,
    /// Pieces that wait to be sent, or are part of the request under way.
    pub pending: u64,
    /// Pieces that a later one of their kind took the place of before they were sent.
    pub replaced: u64,
    /// Pieces that were never sent: those of visitors who had to go because the store was full,
    /// who could not be reported for a day, or who were left when the client was closed.
    pub given_up: u64,
    /// Pieces that were part of a request that failed; they count again for each failure.
    pub retried: u64,
    /// Tracking requests that the platform accepted.
    pub requests_accepted: u64,
    /// Tracking requests that failed.
    pub requests_failed: u64,
    /// Visitors who had to go before their time because the store was full.
    pub visitors_evicted: u64,
}

/// A count on a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Padded {
    accepted: AtomicU64,
    replaced: AtomicU64,
}

/// Counts what callers hand in per stripe of threads, and what the worker does in one place.
#[derive(Debug)]
pub(crate) struct Counters {
    calls: Box<[Padded]>,
    pub(super) sent: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) given_up: AtomicU64,
    pub(super) requests_accepted: AtomicU64,
    pub(super) requests_failed: AtomicU64,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self {
            calls: (0..stripe::count()).map(|_| Padded::default()).collect(),
            sent: AtomicU64::new(0),
            retried: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
            requests_accepted: AtomicU64::new(0),
            requests_failed: AtomicU64::new(0),
        }
    }

    pub(crate) fn count(&self, tally: Tally) {
        let calls = &self.calls[stripe::of_thread(self.calls.len())];
        if tally.accepted > 0 {
            calls.accepted.fetch_add(tally.accepted, Ordering::Relaxed);
        }
        if tally.replaced > 0 {
            calls.replaced.fetch_add(tally.replaced, Ordering::Relaxed);
        }
    }

    /// Reads all counts. `stored` are the pieces given up and the visitors evicted by the store.
    pub(crate) fn read(&self, stored: (u64, u64)) -> TrackingStats {
        let sum = |count: fn(&Padded) -> &AtomicU64| {
            self.calls.iter().map(|calls| count(calls).load(Ordering::Acquire)).sum::<u64>()
        };
        // What leaves is read before what comes, so that nothing seems to leave that never came.
        let sent = self.sent.load(Ordering::Acquire);
        let given_up = self.given_up.load(Ordering::Acquire) + stored.0;
        let replaced = sum(|calls| &calls.replaced);
        // A piece may be on its way before the call that brought it has counted it.
        let accepted = sum(|calls| &calls.accepted).max(sent + given_up + replaced);
        TrackingStats {
            accepted,
            sent,
            pending: accepted - (sent + given_up + replaced),
            replaced,
            given_up,
            retried: self.retried.load(Ordering::Acquire),
            requests_accepted: self.requests_accepted.load(Ordering::Acquire),
            requests_failed: self.requests_failed.load(Ordering::Acquire),
            visitors_evicted: stored.1,
        }
    }
}
