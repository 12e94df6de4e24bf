//! What time it is, and in which time zone.

use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tz::TimeZone;

use crate::atomic64::AtomicI64;
use crate::decision::calendar::Calendar;
use crate::logging::{log_info, log_warning};

/// The time, from the system or moved by hand.
#[derive(Debug, Clone, Default)]
pub(crate) enum Clock {
    #[default]
    System,
    #[allow(dead_code, reason = "tests and the testing feature move it")]
    Manual(Arc<Hands>),
}

/// A clock that is moved by hand.
#[derive(Debug, Default)]
pub(crate) struct Hands {
    /// Milliseconds since the epoch.
    pub(crate) wall: AtomicI64,
    /// Milliseconds that have passed, whatever the wall clock was set to.
    pub(crate) passed: AtomicI64,
}

impl Clock {
    /// The time of day, in milliseconds since the epoch: for what is sent, or compared with the
    /// platform's times.
    pub(crate) fn now(&self) -> i64 {
        match self {
            Self::System => system_millis(),
            Self::Manual(hands) => hands.wall.load(Ordering::Relaxed),
        }
    }

    /// [`now`](Self::now), as the standard library has it.
    pub(crate) fn time(&self) -> SystemTime {
        match self {
            Self::System => SystemTime::now(),
            Self::Manual(_) => UNIX_EPOCH + Duration::from_millis(self.now().unsigned_abs()),
        }
    }

    /// Milliseconds since some moment, never fewer than before: for what expires.
    pub(crate) fn passed(&self) -> i64 {
        static START: OnceLock<Instant> = OnceLock::new();
        match self {
            Self::System => {
                let since = START.get_or_init(Instant::now).elapsed();
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            }
            Self::Manual(hands) => hands.passed.load(Ordering::Relaxed),
        }
    }
}

/// What the system's clock showed at its last tick, some milliseconds ago at most. That is as good
/// here as the moment itself, and takes a quarter of the time to read, which every call would notice.
#[cfg(target_os = "linux")]
fn system_millis() -> i64 {
    use nix::time::{ClockId, clock_gettime};

    #[allow(clippy::useless_conversion, reason = "these are shorter on some machines")]
    match clock_gettime(ClockId::CLOCK_REALTIME_COARSE) {
        Ok(time) => (i64::from(time.tv_sec()) * 1000 + i64::from(time.tv_nsec()) / 1_000_000).max(0),
        Err(_) => exact_millis(),
    }
}

#[cfg(not(target_os = "linux"))]
use exact_millis as system_millis;

/// Before the epoch there is no time.
fn exact_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() as i64 * 1000 + i64::from(since.subsec_millis()))
}

/// The calendar of the process, in the time zone that it has when its first client is made.
pub(crate) fn calendar() -> &'static Calendar {
    static LOCAL: LazyLock<Calendar> =
        LazyLock::new(|| Calendar::new(zone(std::env::var("TZ").ok().as_deref())));
    &LOCAL
}

/// The zone that the variable `TZ` names, as containers set it, else the system's. Without one the
/// calendar is that of UTC, also where `TZ` means nothing, as the system's own calls have it.
fn zone(name: Option<&str>) -> TimeZone {
    let found = name.map_or_else(TimeZone::local, TimeZone::from_posix_tz);
    found.unwrap_or_else(|error| {
        match name {
            Some(name) => log_warning!(
                "the time zone `{name}` of the variable `TZ` cannot be used ({error}): local days begin at midnight \
                 UTC; install the system's time zone data (`tzdata`), or correct `TZ`"
            ),
            None => log_info!("the system names no time zone ({error}): local days begin at midnight UTC"),
        }
        TimeZone::utc()
    })
}

#[cfg(test)]
mod tests {
    use super::{Calendar, zone};

    #[test]
    fn the_day_is_that_of_the_zone_that_is_named() {
        const HOUR: i64 = 3_600_000;
        for (name, hour, day) in [
            ("UTC0", 23, 0),
            ("UTC0", 24, 1),
            // In a name of this form what is west counts positive.
            ("EAST-2", 21, 0),
            ("EAST-2", 22, 1),
            ("WEST5", 4, -1),
            ("WEST5", 5, 0),
            ("", 23, 0),
            ("no such zone", 24, 1),
        ] {
            assert_eq!(Calendar::new(zone(Some(name))).day(hour * HOUR), day, "{name:?}, hour {hour}");
        }
    }
}
