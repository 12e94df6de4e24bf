//! When an older data file takes the place of a newer one.

use std::time::{Duration, Instant};

/// So many answers in a row, over so long, are the platform's will and no accident.
const ANSWERS: u32 = 3;
const SPAN: Duration = Duration::from_secs(60);

/// How often, and since when, the platform has answered with nothing but data files that are older
/// than the one in use: another edge or a cache answers so now and then, a rollback always.
#[derive(Debug, Default)]
pub(super) struct Rollback {
    since: Option<Instant>,
    answers: u32,
}

impl Rollback {
    /// Whether one data file is older than another. Only dates above 0 tell.
    pub(super) fn is_older(date: i64, in_use: i64) -> bool {
        date > 0 && in_use > 0 && date < in_use
    }

    /// The platform answered with an older data file. Returns whether it insists.
    pub(super) fn insists(&mut self, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        self.answers = self.answers.saturating_add(1);
        self.answers >= ANSWERS && now.saturating_duration_since(since) >= SPAN
    }

    /// The platform answered with anything else.
    pub(super) fn is_over(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_above_zero_tell_which_is_older() {
        for (date, in_use, older) in
            [(1, 2, true), (2, 2, false), (3, 2, false), (0, 2, false), (-1, 2, false), (1, 0, false)]
        {
            assert_eq!(Rollback::is_older(date, in_use), older, "{date} {in_use}");
        }
    }

    #[test]
    fn three_answers_over_a_minute_insist() {
        let start = Instant::now();
        let insists = |seconds: &[u64]| {
            let mut rollback = Rollback::default();
            seconds
                .iter()
                .map(|second| rollback.insists(start + Duration::from_secs(*second)))
                .collect::<Vec<_>>()
        };
        assert_eq!(insists(&[0, 60]), [false, false]);
        assert_eq!(insists(&[0, 30, 60]), [false, false, true]);
        assert_eq!(insists(&[0, 1, 2, 3, 59, 61]), [false, false, false, false, false, true]);
        let mut rollback = Rollback::default();
        rollback.insists(start);
        rollback.insists(start + SPAN);
        rollback.is_over();
        assert!(!rollback.insists(start + 2 * SPAN), "a newer answer between them begins it anew");
    }
}
