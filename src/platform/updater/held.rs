//! The data file in use: what brought it, and how old it is.

use std::time::{Duration, Instant, SystemTime};

use crate::platform::events::DataFileOrigin;

/// What brought the data file in use, and when the platform last said that it is the newest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) origin: DataFileOrigin,
    /// None: nobody knows.
    confirmed: Option<Confirmed>,
}

#[derive(Debug, Clone, Copy)]
struct Confirmed {
    /// How old it was then, and when that was.
    age: Duration,
    since: Instant,
    /// The clock on the wall goes on while the machine sleeps.
    at: SystemTime,
}

impl Held {
    /// One that is so old by now, if that is known.
    pub(super) fn aged(origin: DataFileOrigin, age: Option<Duration>) -> Self {
        let (since, now) = (Instant::now(), SystemTime::now());
        let confirmed = age.map(|age| Confirmed { age, since, at: now.checked_sub(age).unwrap_or(now) });
        Self { origin, confirmed }
    }

    /// The platform says that it is the newest, in the answer to a request made at that moment.
    pub(super) fn confirm(&mut self, (since, at): (Instant, SystemTime)) {
        self.confirmed = Some(Confirmed { age: Duration::ZERO, since, at });
    }

    /// The platform said to another server, so long ago, that it is the newest.
    pub(super) fn confirm_before(&mut self, age: Duration) {
        if self.age().is_none_or(|known| age < known) {
            self.confirmed = Self::aged(self.origin, Some(age)).confirmed;
        }
    }

    /// How long ago the platform last said so, as far as is known.
    pub(super) fn age(&self) -> Option<Duration> {
        let confirmed = self.confirmed?;
        let by_wall = SystemTime::now().duration_since(confirmed.at).unwrap_or_default();
        Some(by_wall.max(confirmed.age.saturating_add(confirmed.since.elapsed())))
    }

    /// Whether it is younger than a bound, or was confirmed by a request made since `start`.
    pub(super) fn is_younger(&self, bound: Duration, start: Instant) -> bool {
        self.age().is_some_and(|age| age < bound)
            || self.confirmed.is_some_and(|confirmed| confirmed.age.is_zero() && confirmed.since >= start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_counts_from_the_request_that_confirmed_it() {
        let hour = Duration::from_secs(3_600);
        let start = Instant::now();
        let mut held = Held::aged(DataFileOrigin::Copy, Some(hour));
        assert!(held.age().is_some_and(|age| age >= hour && age < 2 * hour));
        assert!(!held.is_younger(hour, start) && held.is_younger(2 * hour, start));
        held.confirm_before(2 * hour);
        assert!(held.age().is_some_and(|age| age < 2 * hour), "it is younger");
        held.confirm_before(hour / 2);
        assert!(held.age().is_some_and(|age| age >= hour / 2 && age < hour));
        held.confirm((Instant::now(), SystemTime::now()));
        assert!(held.age().is_some_and(|age| age < hour));
        assert!(held.is_younger(Duration::ZERO, start), "confirmed since");
        assert!(!held.is_younger(Duration::ZERO, Instant::now() + hour), "but not since later");
        assert_eq!(Held::aged(DataFileOrigin::Copy, None).age(), None);
        assert!(!Held::aged(DataFileOrigin::Copy, None).is_younger(Duration::MAX, start));
    }
}
