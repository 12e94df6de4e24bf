//! When a call has to start the threads of a client that did without them so far.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::atomic64::AtomicI64;
use crate::clock::Clock;

/// Has the threads of a client started once they are needed. Only calls look at it, so a program that
/// calls nothing for a while finds what it has left, and has it renewed from the next call on.
pub(super) struct Watch {
    /// A call after this, in milliseconds since the epoch, starts them; also one before `from`, when
    /// the clock was set back and does not tell what has passed.
    until: AtomicI64,
    from: AtomicI64,
    start: Box<dyn Fn() + Send + Sync>,
}

impl Watch {
    /// `start` is called by the first call after `rest`.
    pub(super) fn new(clock: &Clock, rest: Duration, start: impl Fn() + Send + Sync + 'static) -> Self {
        let from = clock.now();
        let rest = i64::try_from(rest.as_millis()).unwrap_or(i64::MAX);
        let until = AtomicI64::new(from.saturating_add(rest));
        Self { until, from: AtomicI64::new(from), start: Box::new(start) }
    }

    /// A call is made at that moment.
    #[inline]
    pub(super) fn look(&self, now: i64) {
        if now >= self.until.load(Ordering::Relaxed) || now < self.from.load(Ordering::Relaxed) {
            self.strike();
        }
    }

    #[cold]
    fn strike(&self) {
        if self.until.swap(i64::MAX, Ordering::Relaxed) != i64::MAX {
            self.from.store(i64::MIN, Ordering::Relaxed);
            (self.start)();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use crate::clock::Hands;

    #[test]
    fn threads_are_started_once_by_the_first_call_after_the_time_or_when_the_clock_is_wrong() {
        for (calls, starts) in [
            (vec![1_000, 1_999], vec![0, 0]),
            (vec![1_500, 2_000, 2_001], vec![0, 1, 1]),
            (vec![1_500, 999, 998, 5_000], vec![0, 1, 1, 1]),
        ] {
            let hands = Arc::new(Hands::default());
            hands.wall.store(1_000, Ordering::Relaxed);
            let started = Arc::new(AtomicUsize::new(0));
            let there = Arc::clone(&started);
            let watch = Watch::new(&Clock::Manual(hands), Duration::from_secs(1), move || {
                there.fetch_add(1, Ordering::Relaxed);
            });
            let found: Vec<_> = calls
                .iter()
                .map(|now| {
                    watch.look(*now);
                    started.load(Ordering::Relaxed)
                })
                .collect();
            assert_eq!(found, starts, "{calls:?}");
        }
    }
}
