//! When the next tracking request may go out, and how much it may carry. No clock and no randomness
//! of its own: both are handed in.

use std::time::{Duration, Instant};

use crate::platform::net::Backoff;

/// The longest pause between two tries during an outage, before jitter adds up to half of it.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The same while somebody waits for everything to be sent.
const LONGEST_SHORT_PAUSE: Duration = Duration::from_secs(2);
const FIRST_SHORT_PAUSE: Duration = Duration::from_millis(100);
/// A body is never made smaller than this because a larger one was refused.
const SMALLEST_BODY: usize = 4096;
/// Up to so many visitors the next request may carry twice as many, however few the failed one had.
const LEAST_STEEP: usize = 16;

/// The rhythm of the tracking requests.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    backoff: Backoff,
    short: Backoff,
    is_failing: bool,
    next: Instant,
    /// The platform asked to be left alone until then.
    not_before: Option<Instant>,
    most_body: usize,
    /// How many visitors were in a request that failed; none when one of so many has succeeded since,
    /// or everybody has had a turn.
    several_failed: Option<usize>,
    /// After that, one of fewer visitors succeeded.
    is_wary: bool,
    /// How many visitors a request may carry. What fails for its size need not say so: a relay may cut
    /// the connection, and a slow line takes longer than a request may. So it begins at one when
    /// several fail though fewer got through, and grows with what is accepted. After an outage the rest
    /// goes out at once.
    window: usize,
    /// Up to here it doubles; beyond, it grows by a quarter.
    steep: usize,
}

impl Pace {
    pub(super) fn new(interval: Duration, most_body: usize, now: Instant) -> Self {
        Self {
            interval,
            backoff: Backoff::new(interval, LONGEST_PAUSE),
            short: Backoff::new(FIRST_SHORT_PAUSE, LONGEST_SHORT_PAUSE),
            is_failing: false,
            next: now,
            not_before: None,
            most_body,
            several_failed: None,
            is_wary: false,
            window: usize::MAX,
            steep: usize::MAX,
        }
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
        if self.is_failing { 1 } else { self.window }
    }

    /// After how many bytes no line is added to a body.
    pub(super) fn most_body(&self) -> usize {
        self.most_body
    }

    pub(super) fn is_failing(&self) -> bool {
        self.is_failing
    }

    /// Whether a request of several visitors that fails is to be divided.
    pub(super) fn is_wary(&self) -> bool {
        self.is_wary
    }

    /// Whether the platform did not answer and it is not yet time for another try.
    pub(super) fn is_resting(&self, now: Instant) -> bool {
        self.is_failing && now < self.next
    }

    /// A body of this size was refused as too large.
    pub(super) fn too_large(&mut self, body: usize) {
        self.most_body = self.most_body.min(body / 2).max(SMALLEST_BODY);
    }

    pub(super) fn accepted(&mut self, visitors: usize) {
        self.is_failing = false;
        self.not_before = None;
        self.backoff.reset();
        self.short.reset();
        if visitors >= self.window {
            let more = if self.window < self.steep { self.window } else { (self.window / 4).max(1) };
            self.window = self.window.saturating_add(more);
        }
        if self.several_failed.is_some_and(|failed| visitors >= failed) {
            self.several_failed = None;
        }
        self.is_wary = self.several_failed.is_some();
    }

    /// A request failed for good: an outage begins, or goes on. Somebody who waits until `deadline`
    /// shortens the pause; what the platform asks for is heeded where it fits.
    pub(super) fn failed(
        &mut self,
        now: Instant,
        random: f64,
        retry_after: Option<Duration>,
        visitors: usize,
        deadline: Option<Instant>,
    ) {
        self.is_failing = true;
        if visitors > 1 {
            if self.is_wary {
                // A smaller one got through: it is no outage that has just ended.
                self.steep = (visitors / 2).max(LEAST_STEEP);
                self.window = 1;
            }
            self.several_failed = Some(visitors);
        }
        self.is_wary = false;
        self.not_before = retry_after.and_then(|asked| now.checked_add(asked));
        self.next = now + self.backoff.next_delay(random, retry_after).max(self.interval);
        self.hurry(now, random, deadline);
    }

    /// Another process found that the platform does not answer: nothing is tried before `at`.
    pub(super) fn told(&mut self, at: Instant, failures: u32) {
        self.is_failing = true;
        self.next = at;
        self.not_before = Some(at);
        self.backoff.resume(failures);
    }

    /// How many tries have failed, as far as pauses tell.
    pub(super) fn failures(&self) -> u32 {
        self.backoff.doublings()
    }

    /// Somebody waits until `deadline` for everything to be sent: pauses are short from now on.
    pub(super) fn hurry(&mut self, now: Instant, random: f64, deadline: Option<Instant>) {
        let Some(deadline) = deadline else { return };
        let short = now + self.short.next_delay(random, None);
        let soon = self.next.min(short);
        // Who asks for less patience than a pause has asks for nothing: tries go on getting rarer.
        let asked = self.not_before.filter(|until| *until < deadline);
        self.next = asked.map_or(soon, |until| until.max(soon));
    }

    /// All that was listed has had its turn.
    pub(super) fn rest(&mut self, now: Instant) {
        if !self.is_failing {
            self.next = now + self.interval;
            self.several_failed = None;
            self.is_wary = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEGABYTE: usize = 1 << 20;

    #[test]
    fn an_outage_slows_down_and_an_accepted_request_ends_it() {
        let interval = Duration::from_millis(100);
        let start = Instant::now();
        let mut pace = Pace::new(interval, MEGABYTE, start);
        let mut pauses = Vec::new();
        for _ in 0..20 {
            pace.failed(start, 0.5, None, 1, None);
            assert_eq!(pace.most_visitors(), 1);
            assert!(pace.is_resting(start) && !pace.is_resting(pace.next()));
            pauses.push(pace.next() - start);
        }
        assert!(pauses.is_sorted(), "{pauses:?}");
        assert!(pauses[0] >= interval && pauses[19] <= LONGEST_PAUSE * 3 / 2, "{pauses:?}");
        assert!(pauses[19] > 20 * interval, "{pauses:?}");
        pace.accepted(1);
        pace.rest(start);
        assert!(!pace.is_resting(start));
        assert_eq!((pace.most_visitors(), pace.next()), (usize::MAX, start + interval));
    }

    #[test]
    fn the_platform_may_ask_for_a_longer_pause() {
        let start = Instant::now();
        let asked = Some(Duration::from_secs(60));
        for (deadline, least, most) in [(None, 60, 90), (Some(100), 60, 60), (Some(30), 0, 1)] {
            let mut pace = Pace::new(Duration::from_millis(100), MEGABYTE, start);
            let deadline = deadline.map(|seconds| start + Duration::from_secs(seconds));
            pace.failed(start, 0.5, asked, 1, deadline);
            let pause = (pace.next() - start).as_secs();
            assert!((least..=most).contains(&pause), "{deadline:?}: {pause}");
        }
    }

    #[test]
    fn a_wish_for_less_patience_than_a_pause_has_shortens_no_pause() {
        let start = Instant::now();
        let pauses = |asked: Option<Duration>| -> Vec<Duration> {
            let mut pace = Pace::new(Duration::from_millis(100), MEGABYTE, start);
            let pause = |_| {
                pace.failed(start, 0.5, asked, 1, Some(start + Duration::from_secs(100)));
                pace.next() - start
            };
            (0..8).map(pause).collect()
        };
        let usual = pauses(None);
        assert!(usual[0] >= FIRST_SHORT_PAUSE && usual[7] >= LONGEST_SHORT_PAUSE, "{usual:?}");
        for asked in [Duration::ZERO, Duration::from_millis(30)] {
            assert_eq!(pauses(Some(asked)), usual, "{asked:?}");
        }
        let second = Duration::from_secs(1);
        let expected: Vec<Duration> = usual.iter().map(|pause| second.max(*pause)).collect();
        assert_eq!(pauses(Some(second)), expected);
    }

    #[test]
    fn only_a_smaller_success_after_a_failure_of_several_makes_wary() {
        let start = Instant::now();
        let mut pace = Pace::new(Duration::from_millis(100), MEGABYTE, start);
        pace.accepted(1);
        assert!(!pace.is_wary(), "a success before proves nothing");
        pace.failed(start, 0.5, None, 5, None);
        assert!(!pace.is_wary());
        pace.accepted(1);
        assert!(pace.is_wary());
        pace.accepted(5);
        assert!(!pace.is_wary());
    }

    #[test]
    fn when_several_fail_though_fewer_get_through_requests_grow_with_what_is_accepted() {
        let start = Instant::now();
        let mut pace = Pace::new(Duration::from_millis(100), MEGABYTE, start);
        pace.failed(start, 0.5, None, 100, None);
        pace.accepted(1);
        assert_eq!(pace.most_visitors(), usize::MAX, "after an outage the rest goes out at once");
        pace.failed(start, 0.5, None, 100, None);
        let mut sizes = Vec::new();
        for _ in 0..9 {
            sizes.push(pace.most_visitors());
            pace.accepted(pace.most_visitors());
        }
        assert_eq!(sizes, [1, 2, 4, 8, 16, 32, 64, 80, 100]);
        assert!(!pace.is_wary(), "one of as many has succeeded");
        let before = pace.most_visitors();
        pace.accepted(3);
        assert_eq!(pace.most_visitors(), before, "a small one proves nothing about large ones");
        pace.failed(start, 0.5, None, before, None);
        assert_eq!(pace.most_visitors(), 1);
        pace.accepted(1);
        assert!(pace.is_wary());
        pace.rest(start);
        assert!(!pace.is_wary(), "everybody had a turn");
    }

    #[test]
    fn bodies_stay_small_after_one_was_too_large() {
        let mut pace = Pace::new(Duration::from_millis(100), MEGABYTE, Instant::now());
        pace.too_large(900_000);
        assert_eq!(pace.most_body(), 450_000);
        pace.too_large(600_000);
        assert_eq!(pace.most_body(), 300_000);
        pace.too_large(10);
        assert_eq!(pace.most_body(), SMALLEST_BODY);
    }
}
