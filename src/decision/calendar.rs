//! Days of a local calendar.

use tz::TimeZone;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// The calendar of a time zone.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    zone: TimeZone,
}

impl Calendar {
    pub(crate) const fn new(zone: TimeZone) -> Self {
        Self { zone }
    }

    /// The number of the local day that a time falls on; `time` in milliseconds since the epoch.
    pub(crate) fn day(&self, time: i64) -> i64 {
        let local = self.zone.find_local_time_type(time.div_euclid(1000));
        let offset = local.map_or(0, tz::LocalTimeType::ut_offset);
        time.saturating_add(i64::from(offset) * 1000).div_euclid(MILLIS_PER_DAY)
    }
}
