//! How much was accepted, and what became of it.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::atomic64::{AtomicI64, AtomicU64};
use crate::decision::hashing::KeyHasher;
use crate::stripe;

/// What callers change, on a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Stripe {
    accepted: AtomicU64,
    replaced: AtomicU64,
    pending: AtomicI64,
    withheld: AtomicI64,
    bytes: AtomicI64,
    /// What came, without what went: tells when it is time to look at the sum.
    grown: AtomicU64,
}

/// The sum of bytes is looked at each time that this much came on one stripe.
const LOOK_EVERY: u64 = 64 * 1024;

/// What became of pieces for good.
#[derive(Debug, Default)]
struct Ends {
    sent: AtomicU64,
    given_up: AtomicU64,
    refused: AtomicU64,
    unconsented: AtomicU64,
    spooled: AtomicU64,
}

/// A way in which a piece leaves the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The platform has it.
    Sent,
    /// A bound was reached, or the client was closed.
    GivenUp,
    /// The platform refused it each time it was sent alone.
    Refused,
    /// Its visitor's session ended without the consent it needed.
    Unconsented,
    /// It lies on disk, for a later process or a better time.
    Spooled,
    /// A later one of its kind took its place, or the data file says that it must not leave.
    Replaced,
}

/// The counts of one client. What waits is counted where it is put and where it is taken away, on
/// its own: that the counts agree is something that can be checked, and that a leak breaks.
#[derive(Debug)]
pub(crate) struct Ledger {
    stripes: Box<[Stripe]>,
    ends: Ends,
    pub(crate) visitors_evicted: AtomicU64,
    /// How often what conditions read about a visitor was more than its bound.
    pub(crate) profiles_cut: AtomicU64,
    /// Nothing that comes is to be sent any more.
    closed: AtomicBool,
    /// With a store that other servers read too: what tells this client from theirs.
    pub(super) process: Option<u64>,
    /// Urls are told apart by a hash that nobody outside can aim at.
    pub(super) hasher: KeyHasher,
}

/// All counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) sent: u64,
    pub(crate) pending: u64,
    pub(crate) withheld: u64,
    pub(crate) replaced: u64,
    pub(crate) given_up: u64,
    pub(crate) refused: u64,
    pub(crate) unconsented: u64,
    pub(crate) spooled: u64,
    pub(crate) visitors_evicted: u64,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            stripes: (0..stripe::count()).map(|_| Stripe::default()).collect(),
            ends: Ends::default(),
            visitors_evicted: AtomicU64::new(0),
            profiles_cut: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            process: None,
            hasher: KeyHasher::random(),
        }
    }

    /// From now on nothing that comes is to be sent.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Whether what comes may still be sent. Asked while the visitor is locked, so that a close that
    /// looks at every visitor afterwards misses nothing.
    pub(super) fn is_open(&self) -> bool {
        !self.closed.load(Ordering::SeqCst)
    }

    fn stripe(&self) -> &Stripe {
        &self.stripes[stripe::of_thread(self.stripes.len())]
    }

    pub(super) fn accept(&self) {
        self.stripe().accepted.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what left for good.
    pub(crate) fn end(&self, end: End, pieces: u64) {
        if pieces == 0 {
            return;
        }
        let count = match end {
            End::Sent => &self.ends.sent,
            End::GivenUp => &self.ends.given_up,
            End::Refused => &self.ends.refused,
            End::Unconsented => &self.ends.unconsented,
            End::Spooled => &self.ends.spooled,
            End::Replaced => &self.stripe().replaced,
        };
        count.fetch_add(pieces, Ordering::Relaxed);
    }

    /// Pieces that came to wait, or that wait no more.
    pub(super) fn move_gauges(&self, pending: i64, withheld: i64) {
        let stripe = self.stripe();
        if pending != 0 {
            stripe.pending.fetch_add(pending, Ordering::Relaxed);
        }
        if withheld != 0 {
            stripe.withheld.fetch_add(withheld, Ordering::Relaxed);
        }
    }

    /// Notes that what is kept takes more, or less, memory.
    pub(super) fn weigh(&self, difference: i64) {
        if difference == 0 {
            return;
        }
        let stripe = self.stripe();
        stripe.bytes.fetch_add(difference, Ordering::Relaxed);
        if difference > 0 {
            stripe.grown.fetch_add(difference.unsigned_abs(), Ordering::Relaxed);
        }
    }

    /// Whether enough came since the last time for somebody to look at the sum.
    pub(super) fn is_time_to_look(&self) -> bool {
        let grown = &self.stripe().grown;
        grown.load(Ordering::Relaxed) >= LOOK_EVERY && grown.swap(0, Ordering::Relaxed) >= LOOK_EVERY
    }

    fn sum(&self, gauge: fn(&Stripe) -> &AtomicI64) -> u64 {
        let sum: i64 = self.stripes.iter().map(|stripe| gauge(stripe).load(Ordering::Acquire)).sum();
        // Between two stripes a piece may seem to leave before it came.
        sum.max(0).unsigned_abs()
    }

    /// About how many bytes the visitors take.
    pub(crate) fn bytes(&self) -> u64 {
        self.sum(|stripe| &stripe.bytes)
    }

    pub(crate) fn pending(&self) -> u64 {
        self.sum(|stripe| &stripe.pending)
    }

    pub(crate) fn withheld(&self) -> u64 {
        self.sum(|stripe| &stripe.withheld)
    }

    pub(crate) fn sent(&self) -> u64 {
        self.ends.sent.load(Ordering::Acquire)
    }

    pub(crate) fn read(&self) -> Counts {
        let sum = |count: fn(&Stripe) -> &AtomicU64| {
            self.stripes.iter().map(|stripe| count(stripe).load(Ordering::Acquire)).sum::<u64>()
        };
        Counts {
            sent: self.sent(),
            given_up: self.ends.given_up.load(Ordering::Acquire),
            refused: self.ends.refused.load(Ordering::Acquire),
            unconsented: self.ends.unconsented.load(Ordering::Acquire),
            spooled: self.ends.spooled.load(Ordering::Acquire),
            replaced: sum(|stripe| &stripe.replaced),
            pending: self.pending(),
            withheld: self.withheld(),
            accepted: sum(|stripe| &stripe.accepted),
            visitors_evicted: self.visitors_evicted.load(Ordering::Acquire),
        }
    }
}
