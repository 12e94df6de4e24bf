//! The seconds by which visitors expire.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::atomic64::AtomicI64;
use crate::clock::Clock;

/// Seconds that never go back. A call has read the wall clock already: only when that shows another
/// second than before is the other clock read, so a second costs one reading.
#[derive(Debug)]
pub(super) struct Ticker {
    clock: Clock,
    wall_second: AtomicI64,
    seconds: AtomicU32,
}

impl Ticker {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, wall_second: AtomicI64::new(i64::MIN), seconds: AtomicU32::new(0) }
    }

    /// The seconds now; `now` is what the wall clock shows, in milliseconds.
    pub(super) fn seconds(&self, now: i64) -> u32 {
        if let Clock::Manual(_) = self.clock {
            return self.read();
        }
        let second = now.div_euclid(1000);
        if self.wall_second.load(Ordering::Relaxed) != second {
            self.seconds.fetch_max(self.read(), Ordering::Relaxed);
            self.wall_second.store(second, Ordering::Relaxed);
        }
        self.seconds.load(Ordering::Relaxed)
    }

    fn read(&self) -> u32 {
        // One ahead, so that an entry of the first second is not older than time.
        u32::try_from(self.clock.passed().max(0) / 1000 + 1).unwrap_or(u32::MAX)
    }
}
