//! The lengths of time of the configuration: key, unit, default and bounds of each.

use std::time::Duration;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

/// What one length of time may be. The upper bounds are far past any use; they keep sums of
/// points in time from overflowing.
#[derive(Debug)]
pub(crate) struct Span {
    /// The key with its unit, as in the file.
    key: &'static str,
    /// The unit of the key, in milliseconds.
    unit: u64,
    default: u64,
    least: u64,
    most: u64,
    /// Whether a value below `least` is raised to it; if not, it is replaced by the default.
    raised: bool,
}

const fn span(key: &'static str, unit: u64, default: u64, most: u64) -> Span {
    Span { key, unit, default: default * unit, least: 1, most, raised: false }
}

pub(crate) const REFRESH_INTERVAL: Span = span("refresh_interval_minute", MINUTE, 60, 366 * DAY);
pub(crate) const SESSION_DURATION: Span = span("session_duration_minute", MINUTE, 30, 3_660 * DAY);
pub(crate) const DEFAULT_TIMEOUT: Span = span("default_timeout_millisecond", 1, 10_000, DAY);
pub(crate) const TRACKING_INTERVAL: Span =
    Span { least: 100, raised: true, ..span("tracking_interval_millisecond", 1, 1_000, 1_000) };
pub(crate) const TRACKING_RETRY_DELAY: Span = span("tracking_retry_delay_millisecond", 1, 5_000, DAY);
pub(crate) const CLOSE_TIMEOUT: Span = Span { least: 0, ..span("close_timeout_millisecond", 1, 2_000, DAY) };
pub(crate) const STREAM_IDLE_TIMEOUT: Span = span("stream_idle_timeout_millisecond", 1, 120_000, DAY);
pub(crate) const STREAM_RETRY_DELAY: Span = span("stream_retry_delay_millisecond", 1, 3_000, DAY);
pub(crate) const DATA_FILE_FRESH_FOR: Span =
    Span { least: 0, ..span("data_file_fresh_for_minute", MINUTE, 0, 366 * DAY) };
/// The default is as good as no bound.
pub(crate) const DATA_FILE_MAX_AGE: Span =
    span("data_file_max_age_minute", MINUTE, 3_660 * 24 * 60, 3_660 * DAY);
pub(crate) const TRACKING_SPOOL_MAX_AGE: Span =
    span("tracking_spool_max_age_minute", MINUTE, 24 * 60, 366 * DAY);
pub(crate) const UPDATE_SPREAD: Span = Span { least: 0, ..span("update_spread_millisecond", 1, 2_000, DAY) };

impl Span {
    /// A value, none where it is as good as no bound.
    pub(crate) fn bound(&self, value: Duration) -> Option<Duration> {
        (value < self.default()).then_some(value)
    }

    pub(crate) const fn default(&self) -> Duration {
        Duration::from_millis(self.default)
    }

    /// The value for a number in the unit of the key, and what was corrected, if anything.
    pub(crate) fn of_number(&self, number: i64) -> (Duration, Option<String>) {
        match u64::try_from(number) {
            Ok(number) => {
                self.settle(Duration::from_millis(number.saturating_mul(self.unit)), || number.to_string())
            }
            Err(_) if self.raised => (Duration::from_millis(self.least), Some(self.note(number, self.least))),
            Err(_) => (self.default(), Some(self.note(number, self.default))),
        }
    }

    /// The value for a length of time of any unit, and what was corrected, if anything.
    pub(crate) fn of_duration(&self, duration: Duration) -> (Duration, Option<String>) {
        self.settle(duration, || format!("{duration:?}"))
    }

    fn settle(&self, value: Duration, given: impl FnOnce() -> String) -> (Duration, Option<String>) {
        let (least, most) = (Duration::from_millis(self.least), Duration::from_millis(self.most));
        // The default replaces only zero: fractions of a unit are meant as they are.
        let settled = if value.is_zero() && self.least > 0 && !self.raised {
            self.default
        } else if self.raised && value < least {
            self.least
        } else if value > most {
            self.most
        } else {
            return (value, None);
        };
        (Duration::from_millis(settled), Some(self.note(given(), settled)))
    }

    fn note(&self, given: impl std::fmt::Display, settled: u64) -> String {
        let (least, most) = (self.least.div_ceil(self.unit), self.most / self.unit);
        let settled = settled / self.unit;
        format!(
            "configuration key `{}`: {given} is outside of {least} to {most}; {settled} is used",
            self.key
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_corrected_or_replaced() {
        for (span, number, millis, corrected) in [
            (&REFRESH_INTERVAL, 1, 60_000, false),
            (&REFRESH_INTERVAL, 0, 3_600_000, true),
            (&REFRESH_INTERVAL, -5, 3_600_000, true),
            (&REFRESH_INTERVAL, i64::MAX, 366 * DAY, true),
            (&SESSION_DURATION, 0, 1_800_000, true),
            (&SESSION_DURATION, 45, 2_700_000, false),
            (&DEFAULT_TIMEOUT, i64::MIN, 10_000, true),
            (&DEFAULT_TIMEOUT, 1, 1, false),
            (&TRACKING_INTERVAL, -1, 100, true),
            (&TRACKING_INTERVAL, 0, 100, true),
            (&TRACKING_INTERVAL, 99, 100, true),
            (&TRACKING_INTERVAL, 100, 100, false),
            (&TRACKING_INTERVAL, 1_000, 1_000, false),
            (&TRACKING_INTERVAL, 1_001, 1_000, true),
            (&CLOSE_TIMEOUT, 0, 0, false),
            (&CLOSE_TIMEOUT, -1, 2_000, true),
            (&STREAM_RETRY_DELAY, 0, 3_000, true),
        ] {
            let (value, note) = span.of_number(number);
            assert_eq!(value, Duration::from_millis(millis), "{}: {number}", span.key);
            assert_eq!(note.is_some(), corrected, "{}: {number}", span.key);
            if let Some(note) = note {
                assert!(note.contains(span.key) && note.contains(&number.to_string()), "{note}");
            }
        }
    }

    #[test]
    fn finer_units_are_meant_as_they_are() {
        let fine = Duration::from_micros(10);
        assert_eq!(REFRESH_INTERVAL.of_duration(fine), (fine, None));
        assert_eq!(TRACKING_INTERVAL.of_duration(fine).0, Duration::from_millis(100));
        assert_eq!(DEFAULT_TIMEOUT.of_duration(Duration::ZERO).0, Duration::from_secs(10));
        assert_eq!(SESSION_DURATION.of_duration(Duration::MAX).0, Duration::from_millis(3_660 * DAY));
    }

    #[test]
    fn the_note_says_what_is_allowed_and_what_is_used() {
        assert_eq!(
            TRACKING_INTERVAL.of_number(50).1.as_deref(),
            Some(
                "configuration key `tracking_interval_millisecond`: 50 is outside of 100 to 1000; 100 is used"
            )
        );
    }
}
