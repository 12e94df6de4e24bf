//! What scenarios leave open: the time of day, and who the SDK is.

use std::time::{SystemTime, UNIX_EPOCH};

use tz::TimeZone;

use crate::json::Json;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Two moments of which scenarios speak, in milliseconds since the epoch.
#[derive(Clone, Copy)]
pub(crate) struct Moments {
    now: i64,
    today: i64,
}

impl Moments {
    /// This moment, and the beginning of its day in the local calendar.
    pub(crate) fn of_now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let named = std::env::var("TZ").ok();
        let zone = named.as_deref().map_or_else(TimeZone::local, TimeZone::from_posix_tz);
        let zone = zone.unwrap_or_else(|_| TimeZone::utc());
        let offset = |time: i64| {
            let local = zone.find_local_time_type(time.div_euclid(1000));
            local.map_or(0, |local| i64::from(local.ut_offset()) * 1000)
        };
        let day = (now + offset(now)).div_euclid(MILLIS_PER_DAY) * MILLIS_PER_DAY;
        // The clocks may have changed since.
        let today = day - offset(day - offset(now));
        Self { now, today }
    }

    /// The value with numbers in place of the moments in it.
    pub(crate) fn fill(self, value: &Json) -> Json {
        match value {
            Json::Object(fields) => self.moment(fields).unwrap_or_else(|| {
                let filled = fields.iter().map(|(key, value)| (key.clone(), self.fill(value)));
                Json::Object(filled.collect())
            }),
            Json::List(items) => Json::List(items.iter().map(|item| self.fill(item)).collect()),
            Json::Plain(_) => value.clone(),
        }
    }

    fn moment(self, fields: &[(String, Json)]) -> Option<Json> {
        let [(key, Json::Plain(offset))] = fields else { return None };
        let start = match key.as_str() {
            "now_offset_ms" => self.now,
            "today_offset_ms" => self.today,
            _ => return None,
        };
        Some(Json::Plain((start + offset.as_i64()?).into()))
    }
}

/// The text of a data file, in which this SDK's name and version take their places.
pub(crate) fn data_file(value: &Json) -> String {
    value.to_string().replace("$SDK_NAME", "RUST").replace("$SDK_VERSION", env!("CARGO_PKG_VERSION"))
}
