//! What became of a data file that servers share.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::atomic64::AtomicU64;

/// What a client has read from its data file store and written to it since it was made; see
/// [`KameleoonClient::data_file_store_stats`](crate::KameleoonClient::data_file_store_stats).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DataFileStoreStats {
    /// How often the store was looked at and answered.
    pub looks: u64,
    /// Data files that were taken from it.
    pub taken: u64,
    /// Data files that were there and could not be used: damaged, too large, of another site or
    /// environment, no data file.
    pub refused: u64,
    /// Data files that were written to it.
    pub saved: u64,
    /// How often this client had the lease, so that it asked the platform for all.
    pub leases: u64,
    /// How often another client had it.
    pub waits: u64,
    /// Calls that failed, did not end in time, or were not made because the store was away.
    pub failed: u64,
    /// Whether the store is left alone for a while, since several calls in a row have failed.
    pub is_away: bool,
}

/// The counts themselves.
#[derive(Debug, Default)]
pub(crate) struct FileCounters {
    pub(crate) looks: AtomicU64,
    pub(crate) taken: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) saved: AtomicU64,
    pub(crate) leases: AtomicU64,
    pub(crate) waits: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) is_away: AtomicBool,
}

impl FileCounters {
    pub(crate) fn add(count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> DataFileStoreStats {
        let of = |count: &AtomicU64| count.load(Ordering::Acquire);
        DataFileStoreStats {
            looks: of(&self.looks),
            taken: of(&self.taken),
            refused: of(&self.refused),
            saved: of(&self.saved),
            leases: of(&self.leases),
            waits: of(&self.waits),
            failed: of(&self.failed),
            is_away: self.is_away.load(Ordering::Acquire),
        }
    }
}
