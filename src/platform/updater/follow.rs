//! When what other servers put in the store will do, and when it has to be fetched. No clock: the
//! time is handed in.

use std::time::{Duration, Instant};

use super::rollback::Rollback;

/// While another server fetches, the store is looked at this often, and for so long.
const PACE: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(30);
/// Without a data file to go on with: this soon at first, then after twice as long each time.
const FIRST_PACE: Duration = Duration::from_millis(50);
const FIRST_PATIENCE: Duration = Duration::from_secs(2);

/// What a data file has to be to need no fetch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    /// The platform said so at that moment or later.
    pub(super) since: Option<Instant>,
    /// The update that was announced.
    pub(super) ts: Option<i64>,
}

impl Want {
    /// Whether a data file of `date` is that, which the platform called the newest at `confirmed`.
    /// `former`: the date of the one that was in use when it was looked for.
    pub(super) fn is_met(self, date: i64, former: Option<i64>, confirmed: Option<Instant>) -> bool {
        let is_young = confirmed.is_some_and(|confirmed| self.since.is_some_and(|since| confirmed >= since));
        match self.ts {
            None => is_young,
            // As with what the platform answers, a date may be earlier than what was announced.
            Some(ts) => date >= ts || is_young && (date <= 0 || former.is_none_or(|former| date > former)),
        }
    }
}

/// How long somebody has waited for another server.
#[derive(Debug, Default)]
pub(super) struct Patience {
    since: Option<Instant>,
    looks: u32,
}

impl Patience {
    /// Another server has the lease. Returns when to look again; none when it took too long.
    /// `has_file`: there is a data file to go on with.
    pub(super) fn denied(&mut self, now: Instant, has_file: bool) -> Option<Duration> {
        let since = *self.since.get_or_insert(now);
        let (pause, most) = match has_file {
            true => (PACE, PATIENCE),
            false => (FIRST_PACE.saturating_mul(1 << self.looks.min(8)), FIRST_PATIENCE),
        };
        let left = most.saturating_sub(now.saturating_duration_since(since));
        if left.is_zero() {
            return None;
        }
        self.looks = self.looks.saturating_add(1);
        Some(pause.min(left))
    }

    /// There is nothing to wait for any more.
    pub(super) fn is_over(&mut self) {
        *self = Self::default();
    }
}

/// What is known of a data file, here or in the store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) date: i64,
    /// The date up to which others are older than this one, by the platform's word: its own, or that
    /// of the one it took the place of when the platform insisted.
    pub(super) stands_over: i64,
    /// When the platform said last that it is the newest.
    pub(super) confirmed: Option<Instant>,
}

impl Mark {
    /// One that stands over those that are older by their dates.
    pub(super) fn of(date: i64, confirmed: Option<Instant>) -> Self {
        Self { date, stands_over: date, confirmed }
    }
}

/// What to do about a data file in the store that is not the one in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// It takes the place of the one in use.
    Take,
    /// The one in use is put in its place.
    Offer,
    Leave,
}

/// Of two data files the one stands that was modified last. Where that says nothing, or the platform
/// insisted on an older one, the one stands that the platform called the newest last.
pub(super) fn which(ours: Mark, theirs: Mark) -> Which {
    if Rollback::is_older(ours.stands_over, theirs.date) {
        return Which::Take;
    }
    let is_theirs_older = Rollback::is_older(theirs.date, ours.date);
    match ours.confirmed.cmp(&theirs.confirmed) {
        // The platform may be about to insist on it; then it says so to us, too.
        std::cmp::Ordering::Less if is_theirs_older => Which::Leave,
        std::cmp::Ordering::Less => Which::Take,
        std::cmp::Ordering::Equal => Which::Leave,
        std::cmp::Ordering::Greater => Which::Offer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, milliseconds: u64) -> Instant {
        start + Duration::from_millis(milliseconds)
    }

    #[test]
    fn an_update_is_there_by_its_date_and_everything_else_by_when_it_was_confirmed() {
        let start = Instant::now();
        let want = |ts| Want { since: Some(after(start, 100)), ts };
        for (ts, date, former, confirmed, met) in [
            (None, 5, Some(5), Some(100), true),
            (None, 5, Some(5), Some(99), false),
            (None, 5, None, None, false),
            (Some(5), 5, Some(4), None, true),
            (Some(5), 6, Some(6), None, true),
            (Some(5), 4, Some(4), Some(200), false),
            (Some(5), 4, Some(3), Some(99), false),
            (Some(5), 4, Some(3), Some(100), true),
            (Some(5), 4, None, Some(100), true),
            (Some(5), 0, Some(0), Some(100), true),
            (Some(5), 0, Some(0), Some(99), false),
        ] {
            let confirmed = confirmed.map(|milliseconds| after(start, milliseconds));
            assert_eq!(
                want(ts).is_met(date, former, confirmed),
                met,
                "{ts:?} {date} {former:?} {confirmed:?}"
            );
        }
        assert!(!Want { since: None, ts: None }.is_met(5, None, Some(start)));
    }

    #[test]
    fn somebody_with_a_data_file_waits_for_half_a_minute_and_somebody_without_for_two_seconds() {
        let start = Instant::now();
        for (has_file, looks, most) in [(true, 15, 30_000), (false, 6, 2_000)] {
            let mut patience = Patience::default();
            let (mut now, mut count) = (start, 0);
            while let Some(pause) = patience.denied(now, has_file) {
                (now, count) = (now + pause, count + 1);
            }
            assert_eq!((count, now), (looks, after(start, most)), "{has_file}");
            patience.is_over();
            assert!(patience.denied(now, has_file).is_some(), "the next wait begins anew");
        }
    }

    #[test]
    fn an_older_data_file_never_wins_but_by_the_platforms_will() {
        let start = Instant::now();
        let mark = |date, confirmed: Option<u64>| {
            Mark::of(date, confirmed.map(|milliseconds| after(start, milliseconds)))
        };
        for (ours, theirs, expected) in [
            (mark(1, Some(9)), mark(2, Some(1)), Which::Take),
            (mark(1, None), mark(2, None), Which::Take),
            (mark(2, Some(9)), mark(1, Some(1)), Which::Offer),
            (mark(2, Some(1)), mark(1, Some(9)), Which::Leave),
            (mark(2, None), mark(1, None), Which::Leave),
            (mark(0, Some(1)), mark(0, Some(2)), Which::Take),
            (mark(0, Some(2)), mark(0, Some(1)), Which::Offer),
            (mark(0, None), mark(0, Some(1)), Which::Take),
        ] {
            assert_eq!(which(ours, theirs), expected, "{ours:?} {theirs:?}");
        }
        // After a rollback from 3 to 1.
        let rolled = |confirmed| Mark { stands_over: 3, ..mark(1, Some(confirmed)) };
        assert_eq!(which(rolled(5), mark(3, Some(4))), Which::Offer, "what was rolled back stays away");
        assert_eq!(which(rolled(5), mark(3, Some(6))), Which::Take, "unless the platform has it again");
        assert_eq!(which(rolled(5), mark(4, Some(1))), Which::Take, "a newer one");
    }
}
