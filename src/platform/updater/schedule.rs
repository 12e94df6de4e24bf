//! When to fetch the data file, and when to open the stream. No clock and no randomness of its
//! own: both are handed in.

use std::time::{Duration, Instant};

use crate::platform::net::Backoff;

/// After a failed fetch the next try comes this soon at first, and no later than this.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// The longest pause before a stream is opened again.
const LONGEST_STREAM_PAUSE: Duration = Duration::from_secs(120);
/// A stream that was up for so long starts its pauses anew.
const STEADY_STREAM: Duration = Duration::from_secs(60);
/// Polls are spread over this part of the interval, so that the servers of a site do not all come
/// at once.
const JITTER: f64 = 0.1;

/// When to fetch, and when to open the stream.
pub(super) struct Schedule {
    interval: Duration,
    retry: Backoff,
    stream_retry: Backoff,
    is_failing: bool,
    next_fetch: Instant,
    next_stream: Instant,
}

impl Schedule {
    pub(super) fn new(interval: Duration, stream_retry_delay: Duration, now: Instant) -> Self {
        Self {
            interval,
            retry: Backoff::new(RETRY.0.min(interval), RETRY.1.min(interval)),
            stream_retry: Backoff::new(stream_retry_delay, LONGEST_STREAM_PAUSE.max(stream_retry_delay)),
            is_failing: false,
            next_fetch: now,
            next_stream: now,
        }
    }

    pub(super) fn next_fetch(&self) -> Instant {
        self.next_fetch
    }

    pub(super) fn next_stream(&self) -> Instant {
        self.next_stream
    }

    /// Whether fetches are due even while the stream is up: the last one failed.
    pub(super) fn is_failing(&self) -> bool {
        self.is_failing
    }

    pub(super) fn fetched(
        &mut self,
        now: Instant,
        random: f64,
        succeeded: bool,
        retry_after: Option<Duration>,
    ) {
        self.is_failing = !succeeded;
        let pause = if succeeded {
            self.retry.reset();
            self.interval.mul_f64(1.0 - JITTER / 2.0 + JITTER * random)
        } else {
            self.retry.next_delay(random, retry_after)
        };
        self.next_fetch = now + pause;
    }

    /// The stream ended, or could not be opened.
    pub(super) fn stream_lost(
        &mut self,
        now: Instant,
        up: Duration,
        random: f64,
        retry_after: Option<Duration>,
    ) {
        if up >= STEADY_STREAM {
            self.stream_retry.reset();
        }
        self.next_stream = now + self.stream_retry.next_delay(random, retry_after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const STREAM_DELAY: Duration = Duration::from_secs(3);

    #[test]
    fn polls_are_spread_around_the_interval() {
        let start = Instant::now();
        let mut schedule = Schedule::new(HOUR, STREAM_DELAY, start);
        assert_eq!(schedule.next_fetch(), start, "the first one is at once");
        for (random, minutes) in [(0.0, 57), (0.5, 60), (0.999, 62)] {
            schedule.fetched(start, random, true, None);
            assert_eq!((schedule.next_fetch() - start).as_secs() / 60, minutes);
        }
    }

    #[test]
    fn a_failed_fetch_is_tried_again_soon_and_less_and_less_often() {
        let start = Instant::now();
        let mut schedule = Schedule::new(HOUR, STREAM_DELAY, start);
        let mut pauses = Vec::new();
        for _ in 0..12 {
            schedule.fetched(start, 0.0, false, None);
            assert!(schedule.is_failing());
            pauses.push(schedule.next_fetch() - start);
        }
        assert!(pauses.is_sorted(), "{pauses:?}");
        assert!(pauses[0] <= Duration::from_secs(2) && pauses[11] <= Duration::from_secs(90), "{pauses:?}");
        schedule.fetched(start, 0.5, true, None);
        assert_eq!(schedule.next_fetch() - start, HOUR);
        schedule.fetched(start, 0.5, false, Some(Duration::from_secs(30)));
        assert_eq!(schedule.next_fetch() - start, Duration::from_secs(30), "as the platform asked");
    }

    #[test]
    fn a_stream_is_opened_again_after_a_pause_that_grows() {
        let start = Instant::now();
        let mut schedule = Schedule::new(HOUR, STREAM_DELAY, start);
        let mut pause = |up| {
            schedule.stream_lost(start, up, 0.0, None);
            schedule.next_stream() - start
        };
        let (first, second) = (pause(Duration::ZERO), pause(Duration::ZERO));
        assert!(first >= STREAM_DELAY && second > first, "{first:?} {second:?}");
        assert!(pause(Duration::from_secs(120)) < second, "after a steady one it starts anew");
    }
}
