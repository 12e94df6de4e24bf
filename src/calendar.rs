//! Days of the local calendar.

use std::sync::LazyLock;

use tz::TimeZone;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// The system's time zone, read once; without one the calendar is that of UTC.
static LOCAL: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::local().unwrap_or_else(|_| TimeZone::utc()));

/// The number of the local day that a time falls on; `time` in milliseconds since the epoch.
pub(crate) fn local_day(time: i64) -> i64 {
    let offset = LOCAL.find_local_time_type(time.div_euclid(1000)).map_or(0, tz::LocalTimeType::ut_offset);
    time.saturating_add(i64::from(offset) * 1000).div_euclid(MILLIS_PER_DAY)
}
