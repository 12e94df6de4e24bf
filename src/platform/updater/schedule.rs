//! When to fetch the data file, and when to open the stream. No clock and no randomness of its
//! own: both are handed in.

use std::time::{Duration, Instant};

use crate::platform::net::Backoff;

/// After a failed fetch the next try comes this soon at first, and no later than this.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// An update that an answer does not have yet is asked for again this soon at first, so often.
const ASK_AGAIN: Duration = Duration::from_secs(1);
const ASK_AGAIN_TIMES: u32 = 5;
/// What events ask for is fetched once in this time at most.
const BETWEEN_EVENTS: Duration = Duration::from_secs(1);
/// What the age of a data file in the store leaves of the interval at least.
const SOONEST_POLL: Duration = Duration::from_secs(1);
/// The longest pause before a stream is opened again.
const LONGEST_STREAM_PAUSE: Duration = Duration::from_secs(120);
/// A stream that was up for so long starts its pauses anew.
const STEADY_STREAM: Duration = Duration::from_secs(60);
/// Polls are spread over this part of the interval, so that the servers of a site do not all come
/// at once.
const JITTER: f64 = 0.1;

/// How a fetch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With what was asked for.
    Good,
    /// Well, but without the update that was announced.
    Unanswered,
    /// Without a fetch: the store has what was asked for, so old.
    Known { age: Duration },
    /// Without a fetch: another server makes it. The store is looked at again after this.
    Waiting(Duration),
    /// Badly, or with an older data file. The platform may have asked to be left alone.
    Failed { retry_after: Option<Duration> },
}

/// The lengths of time of the configuration.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pauses {
    /// Between two polls.
    pub(super) interval: Duration,
    /// The first before a stream is opened again.
    pub(super) stream_retry: Duration,
    /// What the first fetch after an event waits at most.
    pub(super) spread: Duration,
}

/// When to fetch, and when to open the stream.
pub(super) struct Schedule {
    pauses: Pauses,
    retry: Backoff,
    ask_again: Backoff,
    asked_again: u32,
    stream_retry: Backoff,
    /// Fetches are due even while the stream is up: the last one failed, or did not bring what was
    /// announced.
    is_behind: bool,
    is_failing: bool,
    next_poll: Instant,
    next_stream: Instant,
    /// When what an event announced is fetched.
    next_event: Option<Instant>,
    last_event: Option<Instant>,
}

impl Schedule {
    pub(super) fn new(pauses: Pauses, now: Instant) -> Self {
        let Pauses { interval, stream_retry, .. } = pauses;
        Self {
            pauses,
            retry: Backoff::new(RETRY.0.min(interval), RETRY.1.min(interval)),
            ask_again: Backoff::new(ASK_AGAIN, interval.max(ASK_AGAIN)),
            asked_again: 0,
            stream_retry: Backoff::new(stream_retry, LONGEST_STREAM_PAUSE.max(stream_retry)),
            is_behind: false,
            is_failing: false,
            next_poll: now,
            next_stream: now,
            next_event: None,
            last_event: None,
        }
    }

    /// When the next fetch is due; none while a stream is up and nothing is behind.
    pub(super) fn next_fetch(&self, is_streaming: bool) -> Option<Instant> {
        let poll = (self.is_behind || !is_streaming).then_some(self.next_poll);
        match (poll, self.next_event) {
            (Some(poll), Some(event)) => Some(poll.min(event)),
            (poll, event) => poll.or(event),
        }
    }

    pub(super) fn next_stream(&self) -> Instant {
        self.next_stream
    }

    /// Whether the last fetch failed, so that the next one waits for its pause, events or not.
    pub(super) fn is_failing(&self) -> bool {
        self.is_failing
    }

    /// Until then there is nothing to fetch and no stream to open.
    pub(super) fn rest(&mut self, until: Instant) {
        self.next_poll = until;
        self.next_stream = until;
    }

    /// An event announced a data file. The first of several is followed after a part of the spread;
    /// those after it wait for their second. A platform that refused is left alone.
    pub(super) fn announced(&mut self, now: Instant, random: f64) {
        if self.is_failing || self.next_event.is_some() {
            return;
        }
        let spread = self.pauses.spread.mul_f64(random.clamp(0.0, 1.0));
        self.next_event = Some(match self.last_event.map(|last| last + BETWEEN_EVENTS) {
            Some(earliest) if earliest > now => earliest,
            _ => now + spread,
        });
    }

    /// A stream was opened, and what is in use has to be confirmed by somebody since. All wait for as
    /// long, so that the one who fetches first does it for all whose streams were opened until then.
    pub(super) fn check(&mut self, now: Instant) {
        if !self.is_failing && self.next_event.is_none() {
            self.next_event = Some(now + self.pauses.spread);
        }
    }

    /// A fetch begins; `for_event`: it asks for what was announced.
    pub(super) fn begins(&mut self, now: Instant, for_event: bool) {
        self.next_event = None;
        if for_event {
            self.last_event = Some(now);
        }
    }

    pub(super) fn fetched(&mut self, now: Instant, random: f64, ending: Ending) {
        self.next_event = None;
        self.is_behind = !matches!(ending, Ending::Good | Ending::Known { .. });
        self.is_failing = matches!(ending, Ending::Failed { .. });
        let poll = self.pauses.interval.mul_f64(1.0 - JITTER / 2.0 + JITTER * random);
        let pause = match ending {
            Ending::Failed { retry_after } => self.retry.next_delay(random, retry_after),
            Ending::Unanswered if self.asked_again < ASK_AGAIN_TIMES => {
                self.retry.reset();
                self.asked_again += 1;
                self.ask_again.next_delay(random, None).min(poll.max(ASK_AGAIN))
            }
            Ending::Unanswered => {
                self.retry.reset();
                poll
            }
            Ending::Waiting(pause) => pause,
            Ending::Good | Ending::Known { .. } => {
                self.retry.reset();
                self.ask_again.reset();
                self.asked_again = 0;
                match ending {
                    // So that nobody's data file is older than the interval.
                    Ending::Known { age } => poll.saturating_sub(age).max(SOONEST_POLL.min(poll)),
                    _ => poll,
                }
            }
        };
        self.next_poll = now + pause;
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
    const SPREAD: Duration = Duration::from_secs(2);
    const FAILED: Ending = Ending::Failed { retry_after: None };

    fn schedule(start: Instant) -> Schedule {
        let pauses = Pauses { interval: HOUR, stream_retry: STREAM_DELAY, spread: SPREAD };
        Schedule::new(pauses, start)
    }

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn polls_are_spread_around_the_interval() {
        let start = Instant::now();
        let mut schedule = schedule(start);
        assert_eq!(schedule.next_fetch(false), Some(start), "the first one is at once");
        for (random, minutes) in [(0.0, 57), (0.5, 60), (0.999, 62)] {
            schedule.fetched(start, random, Ending::Good);
            assert_eq!((schedule.next_fetch(false).unwrap() - start).as_secs() / 60, minutes);
            assert_eq!(schedule.next_fetch(true), None, "a stream is up");
        }
    }

    #[test]
    fn a_failed_fetch_is_tried_again_soon_and_less_and_less_often() {
        let start = Instant::now();
        let mut schedule = schedule(start);
        let mut pauses = Vec::new();
        for _ in 0..12 {
            schedule.fetched(start, 0.0, FAILED);
            pauses.push(schedule.next_fetch(true).unwrap() - start);
        }
        assert!(pauses.is_sorted(), "{pauses:?}");
        assert!(pauses[0] <= seconds(2.0) && pauses[11] <= seconds(90.0), "{pauses:?}");
        schedule.fetched(start, 0.5, Ending::Good);
        assert_eq!(schedule.next_fetch(false).unwrap() - start, HOUR);
        schedule.fetched(start, 0.5, Ending::Failed { retry_after: Some(seconds(30.0)) });
        assert_eq!(schedule.next_fetch(false).unwrap() - start, seconds(30.0), "as the platform asked");
    }

    #[test]
    fn events_are_followed_within_the_spread_and_then_once_a_second() {
        let start = Instant::now();
        let mut schedule = schedule(start);
        schedule.fetched(start, 0.5, Ending::Good);
        let first = start + seconds(5.0);
        schedule.announced(first, 0.25);
        schedule.announced(first + seconds(0.1), 0.0);
        assert_eq!(schedule.next_fetch(true), Some(first + seconds(0.5)), "one fetch for both");
        // 100 events a second for ten seconds, each fetch taking no time.
        let mut fetches = Vec::new();
        for step in 0..1_000 {
            let now = first + seconds(f64::from(step) / 100.0);
            schedule.announced(now, 0.25);
            if schedule.next_fetch(true).is_some_and(|due| now >= due) {
                fetches.push(now);
                schedule.begins(now, true);
                schedule.fetched(now, 0.5, Ending::Good);
            }
        }
        assert_eq!(fetches.len(), 10, "{fetches:?}");
        assert!(fetches.windows(2).all(|pair| pair[1] - pair[0] >= BETWEEN_EVENTS), "{fetches:?}");
    }

    #[test]
    fn what_the_store_knows_is_as_old_as_it_says_and_what_it_does_not_is_looked_for_again() {
        let start = Instant::now();
        let mut schedule = schedule(start);
        schedule.fetched(start, 0.5, Ending::Known { age: HOUR / 3 });
        assert_eq!(schedule.next_fetch(false), Some(start + HOUR * 2 / 3));
        assert_eq!(schedule.next_fetch(true), None, "nothing is behind");
        schedule.fetched(start, 0.5, Ending::Known { age: HOUR * 2 });
        assert_eq!(schedule.next_fetch(false), Some(start + SOONEST_POLL));
        schedule.fetched(start, 0.5, Ending::Waiting(seconds(2.0)));
        assert_eq!((schedule.next_fetch(true), schedule.is_failing()), (Some(start + seconds(2.0)), false));
        schedule.fetched(start, 0.5, Ending::Good);
        schedule.check(start);
        assert_eq!(schedule.next_fetch(true), Some(start + SPREAD), "all at the same time after a stream");
    }

    #[test]
    fn a_platform_that_refuses_is_left_alone_by_events_too() {
        let start = Instant::now();
        let mut schedule = schedule(start);
        schedule.announced(start, 0.0);
        schedule.begins(start, true);
        schedule.fetched(start, 0.0, Ending::Failed { retry_after: Some(seconds(60.0)) });
        for second in 0..59 {
            schedule.announced(start + seconds(f64::from(second)), 0.0);
        }
        assert_eq!(schedule.next_fetch(true), Some(start + seconds(60.0)));
    }

    #[test]
    fn an_update_that_is_not_there_yet_is_asked_for_five_times_and_then_at_the_pace_of_polling() {
        let start = Instant::now();
        let mut schedule = schedule(start);
        let mut pause = || {
            schedule.fetched(start, 0.0, Ending::Unanswered);
            (schedule.next_fetch(true).unwrap() - start).as_secs()
        };
        let pauses: Vec<_> = (0..7).map(|_| pause()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 57 * 60, 57 * 60]);
        schedule.fetched(start, 0.0, Ending::Good);
        assert_eq!(schedule.next_fetch(true), None);
    }

    #[test]
    fn a_stream_is_opened_again_after_a_pause_that_grows() {
        let start = Instant::now();
        let mut schedule = schedule(start);
        let mut pause = |up| {
            schedule.stream_lost(start, up, 0.0, None);
            schedule.next_stream() - start
        };
        let (first, second) = (pause(Duration::ZERO), pause(Duration::ZERO));
        assert!(first >= STREAM_DELAY && second > first, "{first:?} {second:?}");
        assert!(pause(Duration::from_secs(120)) < second, "after a steady one it starts anew");
    }
}
