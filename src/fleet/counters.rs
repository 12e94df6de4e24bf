//! What became of reads and writes of a store.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::atomic64::AtomicU64;

/// What a client has read from its visitor store and written to it since it was made; see
/// [`KameleoonClient::store_stats`](crate::KameleoonClient::store_stats).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StoreStats {
    /// Visitors whose data were read, in time or late.
    pub loaded: u64,
    /// Those of them of whom the store knew something.
    pub found: u64,
    /// Calls of `load_visitor` that ended by their timeout. What comes later is taken over all the
    /// same.
    pub late: u64,
    /// Calls of `load_visitor` that failed, or were not made because the store was away.
    pub failed: u64,
    /// Records that were written: one for a visitor and a write, and one for each further name.
    pub written: u64,
    /// Round trips that wrote, or asked whether the store was emptied.
    pub writes: u64,
    /// Those of them that failed. What was in them is written again.
    pub failed_writes: u64,
    /// Visitors of whom the store has not been told everything yet.
    pub unwritten: u64,
    /// Visitor codes that were to be forgotten and that the store has not removed yet.
    pub unremoved: u64,
    /// How often the store was found emptied, so that everything was written once more.
    pub emptied: u64,
    /// Whether the store is left alone for a while, since several calls in a row have failed.
    pub is_away: bool,
}

/// The counts themselves.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) loaded: AtomicU64,
    pub(crate) found: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) written: AtomicU64,
    pub(crate) writes: AtomicU64,
    pub(crate) failed_writes: AtomicU64,
    pub(crate) unwritten: AtomicU64,
    pub(crate) unremoved: AtomicU64,
    pub(crate) emptied: AtomicU64,
    pub(crate) is_away: AtomicBool,
}

impl Counters {
    pub(crate) fn add(count: &AtomicU64, number: usize) {
        count.fetch_add(number as u64, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> StoreStats {
        let of = |count: &AtomicU64| count.load(Ordering::Acquire);
        StoreStats {
            loaded: of(&self.loaded),
            found: of(&self.found),
            late: of(&self.late),
            failed: of(&self.failed),
            written: of(&self.written),
            writes: of(&self.writes),
            failed_writes: of(&self.failed_writes),
            unwritten: of(&self.unwritten),
            unremoved: of(&self.unremoved),
            emptied: of(&self.emptied),
            is_away: self.is_away.load(Ordering::Acquire),
        }
    }
}
