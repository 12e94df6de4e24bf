//! The file that tells all processes of a folder that the platform is to be left alone.
//!
//! No lock, and no process depends on another: whoever cannot read it, or finds it in doubt, goes on
//! as if it were not there.

use twox_hash::XxHash3_64;

/// What the file begins with.
const MARK: &str = "kameleoon not before 1\t";
/// No marker stops anybody for longer, whatever it says and whatever the clock does.
const LONGEST: i64 = 300_000;
/// A marker whose time is over for so long is nobody's any more.
const FORGOTTEN: i64 = 300_000;
/// Clocks of machines that share a folder may differ by so much.
const SKEW: i64 = 5_000;

/// When the platform may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marker {
    /// Milliseconds since the epoch.
    pub(super) written: i64,
    until: i64,
    /// How many tries have failed since something was accepted.
    pub(crate) failures: u32,
}

/// What a marker means now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outage {
    /// Nobody tries for so many milliseconds.
    Rest(i64),
    /// The next one may try.
    Try,
}

impl Marker {
    /// A marker for the time from `now` on.
    pub(crate) fn new(now: i64, milliseconds: i64, failures: u32) -> Self {
        Self { written: now, until: now.saturating_add(milliseconds.clamp(0, LONGEST)), failures }
    }

    /// What it means at a time. None when it means nothing: it was written in the future (the clock
    /// was set back since), or long ago.
    pub(super) fn meaning(self, now: i64) -> Option<Outage> {
        let left = self.until.saturating_sub(now);
        if self.written.saturating_sub(now) > SKEW || !(-FORGOTTEN..=LONGEST).contains(&left) {
            return None;
        }
        Some(if left > 0 { Outage::Rest(left) } else { Outage::Try })
    }

    /// The bytes of the file.
    pub(super) fn write(self, owner: &str) -> String {
        let rest = format!("{owner}\t{}\t{}\t{}\n", self.written, self.until, self.failures);
        format!("{MARK}{:016x}\n{rest}", XxHash3_64::oneshot(rest.as_bytes()))
    }

    /// What a file of this owner says, if it is one and whole.
    pub(super) fn read(bytes: &[u8], owner: &str) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_prefix(MARK)?;
        let (checksum, rest) = text.split_once('\n')?;
        if checksum != format!("{:016x}", XxHash3_64::oneshot(rest.as_bytes())) {
            return None;
        }
        let mut fields = rest.strip_suffix('\n')?.split('\t');
        if fields.next()? != owner {
            return None;
        }
        let mut number = || fields.next()?.parse::<i64>().ok();
        let (written, until) = (number()?, number()?);
        let failures = u32::try_from(number()?).ok()?;
        // The checksum protects from accidents, this from whoever writes it by hand.
        let length = until.checked_sub(written)?;
        (0..=LONGEST).contains(&length).then_some(Self { written, until, failures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;
    const DAY: i64 = 24 * 60 * 60 * 1000;

    #[test]
    fn a_marker_stops_everybody_until_its_time_is_over() {
        let marker = Marker::new(NOW, 60_000, 3);
        let read = Marker::read(marker.write("owner").as_bytes(), "owner");
        assert_eq!(read, Some(marker));
        for (now, meaning) in [
            (NOW, Some(Outage::Rest(60_000))),
            (NOW + 59_999, Some(Outage::Rest(1))),
            (NOW + 60_000, Some(Outage::Try)),
            (NOW - 1_000, Some(Outage::Rest(61_000))),
            (NOW + DAY, None),
            (NOW - DAY, None),
        ] {
            assert_eq!(marker.meaning(now), meaning, "{}", now - NOW);
        }
    }

    #[test]
    fn whatever_it_says_it_stops_nobody_for_longer_than_five_minutes() {
        for milliseconds in [0, 1, LONGEST, LONGEST + 1, DAY, i64::MAX, -1, i64::MIN] {
            for clock in [-DAY, -SKEW, -1, 0, 1, LONGEST, DAY] {
                let marker = Marker::new(NOW, milliseconds, 0);
                match marker.meaning(NOW + clock) {
                    Some(Outage::Rest(left)) => assert!(left <= LONGEST, "{milliseconds} {clock}: {left}"),
                    Some(Outage::Try) | None => {}
                }
            }
        }
        // By hand, with a fitting checksum.
        for (written, until) in [(NOW, NOW + DAY), (NOW, i64::MAX), (i64::MIN, i64::MAX), (NOW + 1, NOW)] {
            let text = Marker { written, until, failures: 0 }.write("owner");
            assert_eq!(Marker::read(text.as_bytes(), "owner"), None, "{written} {until}");
        }
    }

    #[test]
    fn a_marker_that_is_damaged_or_of_somebody_else_means_nothing() {
        let bytes = Marker::new(NOW, 60_000, 3).write("owner").into_bytes();
        assert_eq!(Marker::read(&bytes, "other"), None);
        for place in 0..bytes.len() {
            for flip in [1, 0x20, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[place] ^= flip;
                assert_eq!(Marker::read(&damaged, "owner"), None, "byte {place} ^ {flip}");
            }
            assert_eq!(Marker::read(&bytes[..place], "owner"), None, "cut at {place}");
        }
    }
}
