//! Deadlines.

use std::time::{Duration, Instant};

/// The moment `time` from now; a time beyond what the clock can count is a year.
pub(super) fn deadline_after(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or_else(|| now + Duration::from_secs(31_536_000))
}
