//! What the name of a file of the spool says, so that most questions need no look into it.

use std::cmp::Ordering;

/// A claim that is older may be claimed again: whoever made it was killed.
const CLAIM: i64 = 10 * 60 * 1000;
const END: &str = ".lines";

/// The name of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// Milliseconds since the epoch.
    pub(super) created: i64,
    /// How many lines it has: what is lost when it cannot be read.
    pub(super) count: u64,
    pub(super) random: u64,
    /// When somebody began to send it.
    pub(super) claimed: Option<i64>,
}

impl Name {
    /// The name as it stands in the folder; `owner` tells the files of one site and environment.
    pub(super) fn write(&self, owner: u64) -> String {
        let Self { created, count, random, claimed } = self;
        let name = format!("{owner:016x}-{created:014}-{count}-{random:016x}{END}");
        match claimed {
            Some(claimed) => format!("{name}.{claimed:014}"),
            None => name,
        }
    }

    /// None for a file that is not the spool's, or another owner's.
    pub(super) fn read(name: &str, owner: u64) -> Option<Self> {
        let (name_part, claim) = name.split_once(END)?;
        let claimed = match claim {
            "" => None,
            claim => Some(claim.strip_prefix('.')?.parse().ok()?),
        };
        let mut parts = name_part.split('-');
        parts.next()?;
        let created = parts.next()?.parse().ok()?;
        let count = parts.next()?.parse().ok()?;
        let random = u64::from_str_radix(parts.next()?, 16).ok()?;
        let read = Self { created, count, random, claimed };
        // What is written otherwise is not ours.
        (read.write(owner) == name).then_some(read)
    }

    /// Whether nobody sends it. A claim from far ahead was made before the clock was set back.
    pub(super) fn is_free(&self, now: i64) -> bool {
        self.claimed.is_none_or(|claimed| now.saturating_sub(claimed).saturating_abs() > CLAIM)
    }

    /// Whether it is older than this many milliseconds. The clock may have been set back since; what
    /// is from further ahead than it may grow old is of no use either.
    pub(super) fn is_older(&self, age: i64, now: i64) -> bool {
        const AHEAD: i64 = 7 * 24 * 60 * 60 * 1000;
        let passed = now.saturating_sub(self.created);
        passed > age || passed < -AHEAD.max(age)
    }

    /// Oldest first.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (self.created, self.random).cmp(&(other.created, other.random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_written_and_others_are_nobodys() {
        let name = Name { created: 1_700_000_000_000, count: 3, random: 5, claimed: None };
        let claimed = Name { claimed: Some(1_700_000_000_001), ..name.clone() };
        for name in [&name, &claimed] {
            assert_eq!(Name::read(&name.write(1), 1).as_ref(), Some(name));
            assert_eq!(Name::read(&name.write(1), 2), None);
        }
        let text = name.write(1);
        for foreign in ["", "x", ".lines", "a-b-c-d.lines", &format!("{text}.x"), &format!("{text}.new")] {
            assert_eq!(Name::read(foreign, 1), None, "{foreign}");
        }
        for place in 0..text.len() {
            assert_eq!(Name::read(&text[..place], 1), None, "{place}");
        }
    }

    #[test]
    fn claims_and_files_grow_old_whatever_the_clock_does() {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        let name = |claimed| Name { created: 10 * DAY, count: 1, random: 1, claimed };
        for (claimed, now, is_free) in [
            (None, 10 * DAY, true),
            (Some(10 * DAY), 10 * DAY + 1, false),
            (Some(10 * DAY), 10 * DAY + CLAIM + 1, true),
            (Some(10 * DAY), 9 * DAY, true),
        ] {
            assert_eq!(name(claimed).is_free(now), is_free, "{claimed:?} {now}");
        }
        for (now, is_older) in
            [(10 * DAY, false), (9 * DAY, false), (11 * DAY, false), (11 * DAY + 1, true), (DAY, true)]
        {
            assert_eq!(name(None).is_older(DAY, now), is_older, "{now}");
        }
    }
}
