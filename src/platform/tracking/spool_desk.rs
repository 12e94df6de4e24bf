//! The spool in the hands of the thread that sends, and what of it is on its way.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::batch::Batch;
use super::dispatch::Dispatch;
use super::tracker::Tracker;
use crate::platform::spool::{Claim, Spool};

/// Between two requests with lines from disk.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// The spool, and what of it is being sent.
pub(super) struct SpoolDesk {
    pub(super) spool: Arc<Spool>,
    pub(super) under_way: Option<Draining>,
    /// When to go on.
    pub(super) next: Instant,
    /// Nothing more is to be had from the folder before `next`.
    pub(super) is_over: bool,
    /// Files with lines that were refused while nothing was accepted: left out until something is.
    pub(super) doubtful: HashSet<u64>,
    pub(super) refusals: u32,
    /// The platform did not take a file, and has taken nothing since.
    pub(super) is_failing: bool,
    pub(super) told_write: bool,
    pub(super) told_read: bool,
}

/// A file on its way.
pub(super) struct Draining {
    pub(super) claim: Claim,
    pub(super) batch: Batch<String>,
    pub(super) dispatch: Dispatch,
    /// What has to wait for another time.
    pub(super) left: Vec<Range<usize>>,
    pub(super) refused: Vec<Range<usize>>,
    pub(super) accepted: u64,
}

impl SpoolDesk {
    pub(super) fn new(spool: Arc<Spool>, first: Instant) -> Self {
        Self {
            spool,
            under_way: None,
            next: first,
            is_over: false,
            doubtful: HashSet::new(),
            refusals: 0,
            is_failing: false,
            told_write: false,
            told_read: false,
        }
    }

    pub(super) fn count_lost(tracker: &Tracker, lines: u64) {
        tracker.counters.spool_dropped.fetch_add(lines, Ordering::AcqRel);
    }

    /// Somebody wants it empty.
    pub(super) fn begin(&mut self, now: Instant) {
        self.next = now;
        self.is_over = false;
    }

    /// The platform has taken something.
    pub(super) fn platform_answers(&mut self, now: Instant) {
        self.refusals = 0;
        if std::mem::take(&mut self.is_failing) || !self.doubtful.is_empty() {
            self.doubtful.clear();
            self.next = self.next.min(now + PAUSE);
        }
    }

    /// Lets go of what is being sent, for others.
    pub(super) fn stop(&mut self) {
        self.under_way = None;
        self.is_over = true;
    }
}
