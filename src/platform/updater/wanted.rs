//! The update that the stream announced and that is not in force yet.

/// What a good answer of the platform left in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// A data file of `date` took the place of one of `former`; 0 stands for no date.
    Taken { date: i64, former: i64 },
    /// The data file in use, of `date`, is the newest.
    Unchanged { date: i64 },
}

/// The newest update that was announced, until an answer brings it.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    is_open: bool,
    ts: Option<i64>,
}

impl Wanted {
    /// An event announced a data file, with its time or without.
    pub(super) fn announce(&mut self, ts: Option<i64>) {
        self.is_open = true;
        self.ts = self.ts.max(ts);
    }

    /// Whether an update is announced that is not in force.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// The time to ask for.
    pub(super) fn ts(&self) -> Option<i64> {
        self.ts
    }

    /// Takes a good answer into account: it brings the update when the data file in use is not
    /// dated, or dated late enough, or was just replaced by a newer one.
    pub(super) fn answered(&mut self, answer: Answer) {
        let brings = |ts: i64| match answer {
            Answer::Taken { date, former } => date <= 0 || date >= ts || date > former.max(0),
            Answer::Unchanged { date } => date <= 0 || date >= ts,
        };
        if self.ts.is_none_or(brings) {
            self.settle();
        }
    }

    /// Nothing is wanted any more.
    pub(super) fn settle(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_wanted_until_an_answer_brings_it() {
        use Answer::{Taken, Unchanged};
        for (ts, answer, brings) in [
            (Some(20), Taken { date: 20, former: 10 }, true),
            (Some(20), Taken { date: 21, former: 10 }, true),
            (Some(20), Taken { date: 15, former: 10 }, true),
            (Some(20), Taken { date: 15, former: 0 }, true),
            (Some(20), Taken { date: 0, former: 10 }, true),
            (Some(20), Taken { date: 10, former: 10 }, false),
            (Some(20), Unchanged { date: 10 }, false),
            (Some(20), Unchanged { date: 20 }, true),
            (Some(20), Unchanged { date: 30 }, true),
            (Some(20), Unchanged { date: 0 }, true),
            (None, Unchanged { date: 10 }, true),
        ] {
            let mut wanted = Wanted::default();
            wanted.announce(ts);
            wanted.answered(answer);
            assert_eq!(!wanted.is_open(), brings, "{ts:?} {answer:?}");
        }
    }

    #[test]
    fn the_newest_time_is_kept() {
        let mut wanted = Wanted::default();
        for ts in [Some(5), Some(9), None, Some(7)] {
            wanted.announce(ts);
        }
        assert_eq!(wanted.ts(), Some(9));
        wanted.answered(Answer::Unchanged { date: 8 });
        assert_eq!(wanted.ts(), Some(9));
        wanted.answered(Answer::Unchanged { date: 9 });
        assert_eq!((wanted.ts(), wanted.is_open()), (None, false));
    }
}
