//! When the next tracking request may go out, and how much it may carry. No clock and no randomness
//! of its own: both are handed in.

use std::time::{Duration, Instant};

use crate::platform::net::Backoff;

/// The longest pause between two tries during an outage, before jitter adds up to half of it.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The rhythm of the tracking requests.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    backoff: Backoff,
    is_failing: bool,
    next: Instant,
}

impl Pace {
    pub(super) fn new(interval: Duration, now: Instant) -> Self {
        Self { interval, backoff: Backoff::new(interval, LONGEST_PAUSE), is_failing: false, next: now }
    }

    /// When the listed visitors are due.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// The first visitor after a pause is listed: others get an interval's time to join.
    pub(super) fn begin(&mut self, now: Instant) {
        self.next = self.next.max(now + self.interval);
    }

    /// How many visitors a request may carry: just one while the platform does not answer.
    pub(super) fn most_visitors(&self) -> usize {
        if self.is_failing { 1 } else { usize::MAX }
    }

    /// Whether the platform did not answer and it is not yet time for another try.
    pub(super) fn is_resting(&self, now: Instant) -> bool {
        self.is_failing && now < self.next
    }

    pub(super) fn accepted(&mut self, now: Instant) {
        self.is_failing = false;
        self.backoff.reset();
        self.next = now + self.interval;
    }

    pub(super) fn failed(&mut self, now: Instant, random: f64, retry_after: Option<Duration>) {
        self.is_failing = true;
        self.next = now + self.backoff.next_delay(random, retry_after).max(self.interval);
    }

    /// Nothing was to be sent.
    pub(super) fn idle(&mut self, now: Instant) {
        self.next = now + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_slows_down_and_an_accepted_request_ends_it() {
        let interval = Duration::from_millis(100);
        let start = Instant::now();
        let mut pace = Pace::new(interval, start);
        let mut pauses = Vec::new();
        for _ in 0..20 {
            pace.failed(start, 0.5, None);
            assert_eq!(pace.most_visitors(), 1);
            assert!(pace.is_resting(start) && !pace.is_resting(pace.next()));
            pauses.push(pace.next() - start);
        }
        assert!(pauses.is_sorted(), "{pauses:?}");
        assert!(pauses[0] >= interval && pauses[19] <= LONGEST_PAUSE * 3 / 2, "{pauses:?}");
        assert!(pauses[19] > 20 * interval, "{pauses:?}");
        pace.accepted(start);
        assert!(!pace.is_resting(start));
        assert_eq!((pace.most_visitors(), pace.next()), (usize::MAX, start + interval));
    }

    #[test]
    fn the_platform_may_ask_for_a_longer_pause() {
        let start = Instant::now();
        let mut pace = Pace::new(Duration::from_millis(100), start);
        pace.failed(start, 0.5, Some(Duration::from_secs(60)));
        assert!(pace.next() - start >= Duration::from_secs(60));
    }
}
