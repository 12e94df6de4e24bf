//! Days of the local calendar, and dates as HTTP headers write them.

use std::sync::LazyLock;

use tz::{TimeZone, UtcDateTime};

const MILLIS_PER_DAY: i64 = 86_400_000;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The time zone of the process, read once.
static LOCAL: LazyLock<TimeZone> = LazyLock::new(|| zone(std::env::var("TZ").ok().as_deref()));

/// The zone that the variable `TZ` names, as containers set it, else the system's. Without one the
/// calendar is that of UTC, also where `TZ` means nothing, as the system's own calls have it.
fn zone(name: Option<&str>) -> TimeZone {
    let found = name.map_or_else(TimeZone::local, TimeZone::from_posix_tz);
    found.unwrap_or_else(|_| TimeZone::utc())
}

/// The number of the local day that a time falls on; `time` in milliseconds since the epoch.
pub(crate) fn local_day(time: i64) -> i64 {
    day_in(&LOCAL, time)
}

fn day_in(zone: &TimeZone, time: i64) -> i64 {
    let offset = zone.find_local_time_type(time.div_euclid(1000)).map_or(0, tz::LocalTimeType::ut_offset);
    time.saturating_add(i64::from(offset) * 1000).div_euclid(MILLIS_PER_DAY)
}

/// Writes seconds since the epoch as `Sun, 06 Nov 1994 08:49:37 GMT`. A time that no calendar
/// reaches is written as the epoch.
pub(crate) fn http_date(seconds: i64) -> String {
    let date = UtcDateTime::from_timespec(seconds, 0).unwrap_or(UtcDateTime::UNIX_EPOCH);
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        DAYS[usize::from(date.week_day()) % 7],
        date.month_day(),
        MONTHS[(usize::from(date.month()) + 11) % 12],
        date.year(),
        date.hour(),
        date.minute(),
        date.second(),
    )
}

#[cfg(test)]
mod tests {
    use super::{day_in, http_date, zone};

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
            assert_eq!(day_in(&zone(Some(name)), hour * HOUR), day, "{name:?}, hour {hour}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (i64::MAX, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] {
            assert_eq!(http_date(seconds), text);
        }
    }
}
