//! Those who wait for something to be sent.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::report::FlushReport;
use crate::logging::log_error;
use crate::visitor::Counts;

/// Called once with what was achieved.
pub(crate) type Done = Box<dyn FnOnce(FlushReport) + Send>;

/// Whether somebody still waits for what is to be told.
pub(crate) type IsWanted = Box<dyn Fn() -> bool + Send>;

/// Of somebody who waits to the end.
pub(crate) fn always() -> IsWanted {
    Box::new(|| true)
}

/// What somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// Everything that was to be sent when the wish was noted, or the deadline.
    Everything,
    /// What was listed has had its turn.
    Interval,
    /// What was to go at once has had its turn.
    Hurried,
    /// What lies on disk was sent, as far as that is possible now.
    Spool,
}

/// Somebody who is told when a goal is reached.
pub(super) struct Waiter {
    pub(super) goal: Goal,
    /// None: however long it takes.
    pub(super) deadline: Option<Instant>,
    /// What had become of how many pieces when the wish was noted.
    pub(super) before: Counts,
    pub(super) done: Done,
    /// Whether somebody still waits: a future may have been dropped.
    pub(super) is_wanted: IsWanted,
}

impl Waiter {
    pub(super) fn is_late(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| now >= deadline)
    }

    /// Calls the one who waits. It is the program's code in the end, so a panic stays there.
    pub(super) fn tell(self, report: FlushReport) {
        if catch_unwind(AssertUnwindSafe(|| (self.done)(report))).is_err() {
            log_error!("a flush's completion panicked");
        }
    }
}
