//! How long to wait after a failure. Time and chance are handed in.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A server may ask for more patience than this; it does not get it.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// Delays that double from a first one up to a bound, each stretched by up to a half at random, so
/// that many clients that failed together do not come back together.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    doublings: u32,
}

impl Backoff {
    /// Delays of `first` to `most`, before the stretch. A first delay of zero counts as one
    /// millisecond: there is no hot loop.
    pub(crate) fn new(first: Duration, most: Duration) -> Self {
        let first = first.max(Duration::from_millis(1));
        Self { first, most: most.max(first), doublings: 0 }
    }

    /// The delay before the next try. `random` is from 0 up to 1; `retry_after` is what the server
    /// asked for, which is kept to when it is more.
    pub(crate) fn next_delay(&mut self, random: f64, retry_after: Option<Duration>) -> Duration {
        let delay = self.delay();
        if delay < self.most {
            self.doublings += 1;
        }
        // In thousandths: nothing here can overflow, whatever `random` is.
        let thousandths = (random.clamp(0.0, 1.0) * 1_000.0) as u32;
        let stretched = delay.saturating_add((delay / 2_000).saturating_mul(thousandths));
        stretched.max(retry_after.unwrap_or_default().min(MAX_RETRY_AFTER))
    }

    /// Goes on where somebody else is who failed so many times, unless this is further already.
    pub(crate) fn resume(&mut self, failures: u32) {
        while self.doublings < failures && self.delay() < self.most {
            self.doublings += 1;
        }
    }

    fn delay(&self) -> Duration {
        let factor = 2_u32.checked_pow(self.doublings).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.most)
    }

    /// How many times the delay was doubled.
    pub(crate) fn doublings(&self) -> u32 {
        self.doublings
    }

    /// Starts again at the first delay: something succeeded.
    pub(crate) fn reset(&mut self) {
        self.doublings = 0;
    }
}

/// What a `Retry-After` header asks for, at most [`MAX_RETRY_AFTER`]: a number of seconds or an
/// HTTP date. Zero seconds and a date in the past ask for nothing, as if there were no header.
pub(crate) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let asked = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let then = UNIX_EPOCH.checked_add(Duration::from_secs(parse_date(value)?))?;
        then.duration_since(now).ok()?
    };
    (!asked.is_zero()).then(|| asked.min(MAX_RETRY_AFTER))
}

/// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`. The two older forms that
/// HTTP knows are no longer sent by anybody.
fn parse_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: u64 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let year: u64 = words.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut clock = words.next()?.splitn(3, ':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if hour > 23 || minute > 59 || second > 60 || words.next()? != "GMT" || words.next().is_some() {
        return None;
    }
    // Days from the 1st of March of year 0, so that the leap day ends a year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468)?;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn delays_double_up_to_the_bound_and_start_again() {
        let mut backoff = Backoff::new(seconds(3), seconds(60));
        let next = |backoff: &mut Backoff| backoff.next_delay(0.0, None).as_secs();
        let delays: Vec<_> = (0..8).map(|_| next(&mut backoff)).collect();
        assert_eq!(delays, [3, 6, 12, 24, 48, 60, 60, 60]);
        backoff.reset();
        assert_eq!(next(&mut backoff), 3);
        backoff.resume(3);
        assert_eq!((next(&mut backoff), next(&mut backoff)), (24, 48));
        backoff.resume(1);
        backoff.resume(u32::MAX);
        assert_eq!(next(&mut backoff), 60);
    }

    #[test]
    fn chance_stretches_a_delay_by_up_to_a_half() {
        for (random, millis) in [(0.0, 3_000), (0.5, 3_750), (1.0, 4_500), (7.0, 4_500), (f64::NAN, 3_000)] {
            let mut backoff = Backoff::new(seconds(3), seconds(60));
            assert_eq!(backoff.next_delay(random, None), Duration::from_millis(millis), "{random}");
        }
    }

    #[test]
    fn the_server_may_ask_for_more_but_not_for_less_or_for_ever() {
        for (asked, expected) in [(1, 3), (10, 10), (300, 300), (100_000, 300)] {
            let mut backoff = Backoff::new(seconds(3), seconds(60));
            assert_eq!(backoff.next_delay(0.0, Some(seconds(asked))), seconds(expected), "{asked}");
        }
    }

    #[test]
    fn no_first_delay_makes_a_hot_loop_and_no_number_of_tries_overflows() {
        let mut backoff = Backoff::new(Duration::ZERO, Duration::ZERO);
        assert!(backoff.next_delay(0.0, None) > Duration::ZERO);
        let mut backoff = Backoff::new(seconds(1), Duration::MAX);
        for _ in 0..1_000 {
            assert!(backoff.next_delay(1.0, None) >= seconds(1));
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now = UNIX_EPOCH + seconds(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
        for (text, expected) in [
            ("0", None),
            ("000", None),
            (" 120 ", Some(120)),
            ("99999999999999999999999", Some(300)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:50:00 GMT", Some(23)),
            ("Sat, 05 Nov 1994 08:50:00 GMT", None),
            ("Thu, 01 Jan 2099 00:00:00 GMT", Some(300)),
            ("-5", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 06 Nov 1994 25:49:37 GMT", None),
            ("Sun, 00 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1900 08:49:37 GMT", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
        ] {
            assert_eq!(parse_retry_after(text, now), expected.map(seconds), "{text:?}");
        }
    }

    #[test]
    fn dates_are_counted_over_leap_years() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Tue, 14 Nov 2023 22:13:20 GMT", 1_700_000_000),
            ("Fri, 31 Dec 2100 23:59:59 GMT", 4_133_980_799),
        ] {
            assert_eq!(parse_date(text), Some(expected), "{text}");
        }
    }
}
