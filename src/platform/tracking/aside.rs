//! Visitors of whom something was refused, or failed, when it stood alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::visitor::Visitor;

/// The pause before the first try alone, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// A line is given up when it was refused alone so many times.
const MOST_REFUSALS: u32 = 3;

/// A visitor who is tried again alone, rarely.
#[derive(Debug)]
pub(super) struct Aside {
    pub(super) visitor: Arc<Visitor>,
    pub(super) at: Instant,
    pub(super) tries: u32,
    /// How many requests were accepted when it was tried last.
    pub(super) accepted: u64,
    /// Everything about the visitor was refused, not a line of several.
    pub(super) is_whole: bool,
}

impl Aside {
    pub(super) fn new(visitor: Arc<Visitor>, now: Instant, accepted: u64, is_whole: bool) -> Self {
        Self { visitor, at: now + FIRST_PAUSE, tries: 1, accepted, is_whole }
    }

    /// Whether what is refused now was refused often enough, while others were accepted: a platform
    /// that refuses everybody is in trouble itself.
    pub(super) fn is_last_try(&self, accepted: u64) -> bool {
        self.tries + 1 >= MOST_REFUSALS && accepted > self.accepted
    }

    /// It failed once more.
    pub(super) fn again(mut self, now: Instant, accepted: u64) -> Self {
        let pause = FIRST_PAUSE.saturating_mul(6_u32.saturating_pow(self.tries.min(4))).min(LONGEST_PAUSE);
        if accepted > self.accepted {
            self.tries = self.tries.saturating_add(1);
        }
        self.accepted = accepted;
        self.at = now + pause;
        self
    }
}
