//! What became of the data of a client, for programs to read.

use std::sync::atomic::Ordering;

use crate::atomic64::AtomicU64;
use crate::visitor::Ledger;

/// What became of the data that the client accepted for sending, since it was created.
///
/// Every piece of data (an exposure, a conversion, a browser…) is in one place:
/// `accepted == sent + replaced + given_up + refused + unconsented + spooled + pending + withheld`, whenever
/// no call is under way. `pending` and `withheld` go up and down, the others only grow. Each is
/// counted on its own, so that the equation would not hold if a piece were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TrackingStats {
    /// Pieces that the client took to be sent.
    pub accepted: u64,
    /// Pieces that the platform has.
    pub sent: u64,
    /// Pieces that wait to be sent, or are part of the request under way.
    pub pending: u64,
    /// Pieces that are kept back now, for want of consent or of a data file.
    pub withheld: u64,
    /// Pieces that a later one of their kind took the place of before they were sent, or that a
    /// data file, once there was one, does not allow to leave (`localOnly`).
    pub replaced: u64,
    /// Pieces that were never sent: those of visitors who had to go because the store was full,
    /// who could not be reported for a day, beyond a bound, or who were left when the client was
    /// closed.
    pub given_up: u64,
    /// Pieces that the platform refused each time they were sent alone.
    pub refused: u64,
    /// Pieces whose visitor did not consent before the session, or the client, ended, or asked to be
    /// forgotten.
    pub unconsented: u64,
    /// Pieces that were put on disk instead of being sent or given up. They may be sent by any process.
    pub spooled: u64,
    /// Lines from disk that the platform accepted from this client, whichever process had put them
    /// there. They are not among `sent`, nor in the equation.
    pub recovered: u64,
    /// Lines that went from disk without being sent: too old, beyond the bound, damaged, refused by
    /// the platform when they stood alone, or of a visitor who refused consent.
    pub spool_dropped: u64,
    /// Pieces that were part of a request that failed; they count again for each failure.
    pub retried: u64,
    /// Tracking requests that the platform accepted.
    pub requests_accepted: u64,
    /// Of those, the ones that it answered with 403, as it answers bots. A firewall that does the
    /// same makes all tracking seem sent.
    pub requests_forbidden: u64,
    /// Tracking requests that failed.
    pub requests_failed: u64,
    /// Visitors who had to go before their time because the store was full.
    pub visitors_evicted: u64,
    /// How often conditions could not be given all that was known of a visitor, because it was more
    /// than `max_visitor_bytes` allows.
    pub profiles_cut: u64,
}

/// The counts of requests.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(super) retried: AtomicU64,
    pub(super) recovered: AtomicU64,
    pub(super) spool_dropped: AtomicU64,
    pub(super) requests_accepted: AtomicU64,
    pub(super) requests_forbidden: AtomicU64,
    pub(super) requests_failed: AtomicU64,
}

impl Counters {
    /// Reads all counts.
    pub(crate) fn read(&self, ledger: &Ledger) -> TrackingStats {
        let counts = ledger.read();
        TrackingStats {
            accepted: counts.accepted,
            sent: counts.sent,
            pending: counts.pending,
            withheld: counts.withheld,
            replaced: counts.replaced,
            given_up: counts.given_up,
            refused: counts.refused,
            unconsented: counts.unconsented,
            spooled: counts.spooled,
            recovered: self.recovered.load(Ordering::Acquire),
            spool_dropped: self.spool_dropped.load(Ordering::Acquire),
            retried: self.retried.load(Ordering::Acquire),
            requests_accepted: self.requests_accepted.load(Ordering::Acquire),
            requests_forbidden: self.requests_forbidden.load(Ordering::Acquire),
            requests_failed: self.requests_failed.load(Ordering::Acquire),
            visitors_evicted: counts.visitors_evicted,
            profiles_cut: ledger.profiles_cut.load(Ordering::Acquire),
        }
    }
}
