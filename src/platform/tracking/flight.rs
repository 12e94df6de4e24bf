//! A batch on its way, and what becomes of it.

use std::time::{Duration, Instant};

use super::aside::Aside;
use super::batch::Batch;
use super::dispatch::{Dispatch, Manner};
use crate::platform::spool::Claim;

/// Between failure and repetition while somebody waits for everything, at most.
pub(super) const SHORT_PAUSE: Duration = Duration::from_millis(200);

/// Whose lines a batch has.
#[derive(Debug)]
pub(super) enum Purpose {
    Listed,
    Hurried,
    Alone(Aside),
}

/// A batch that goes out in one request, or in several.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) batch: Batch,
    pub(super) dispatch: Dispatch,
    /// A request of it was made.
    pub(super) has_begun: bool,
    pub(super) purpose: Purpose,
    /// When the repetition is due.
    pub(super) resume_at: Option<Instant>,
    /// Of each owner: lines accepted, and lines refused alone.
    pub(super) tallies: Vec<(u32, u32)>,
    /// The file that has its lines too, in case that this process is killed.
    pub(super) kept: Option<Claim>,
}

impl Flight {
    pub(super) fn new(batch: Batch, manner: Manner, purpose: Purpose) -> Self {
        let dispatch = Dispatch::new(&batch, manner);
        let tallies = vec![(0, 0); batch.owners.len()];
        Self { batch, dispatch, has_begun: false, purpose, resume_at: None, tallies, kept: None }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.resume_at.is_none_or(|at| now >= at)
    }

    pub(super) fn due_at(&self, now: Instant) -> Instant {
        self.resume_at.unwrap_or(now)
    }

    /// The repetition is made at this time at the latest.
    pub(super) fn hurry(&mut self, latest: Instant) {
        self.resume_at = self.resume_at.map(|at| at.min(latest));
    }

    pub(super) fn is_last_try(&self, accepted: u64) -> bool {
        matches!(&self.purpose, Purpose::Alone(aside) if aside.is_last_try(accepted))
    }
}
