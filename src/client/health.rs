//! How a client is, for probes and pages of metrics.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::KameleoonClient;
use crate::error::KameleoonError;
use crate::fleet::DataFileStoreStats;
use crate::platform::events::DataFileOrigin;
use crate::platform::tracking::{TrackingStats, metric};

/// How a client is: from [`KameleoonClient::health`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[must_use = "it says how the client is"]
pub struct Health {
    /// The site; empty for a client without a network.
    pub site_code: String,
    /// Whether a data file is in use, so that flags are evaluated: what a readiness probe asks.
    pub is_ready: bool,
    /// Whether the last fetch of the data file failed: what is in use may be out of date.
    pub is_failing: bool,
    /// Whether the client is closed: it evaluates, but sends and fetches nothing any more.
    pub is_closed: bool,
    /// Whether the data file asks for the stream of updates; without, it is polled.
    pub wants_stream: bool,
    /// Whether that stream is open.
    pub is_streaming: bool,
    /// How long ago the data file in use was known to be the newest, where that is known.
    pub data_file_age: Option<Duration>,
    /// What brought the data file in use.
    pub data_file_origin: Option<DataFileOrigin>,
    /// When it was last changed on the platform, in milliseconds since the epoch.
    pub date_modified: Option<i64>,
    /// When the platform last answered a fetch well.
    pub last_success: Option<SystemTime>,
    /// Why the last fetch that failed did so; stays after a success.
    pub last_error: Option<KameleoonError>,
    /// When that was.
    pub last_error_at: Option<SystemTime>,
    /// Visitors in memory.
    pub visitors: usize,
    /// What became of a data file that servers share, with a store.
    pub data_file_store: Option<DataFileStoreStats>,
    /// What became of the data to be sent.
    pub tracking: TrackingStats,
}

impl Health {
    /// All of it in Prometheus' text form, with the site as the label `site`.
    pub fn prometheus(&self) -> String {
        let site = self.site_code.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels = format!("{{site=\"{site}\"}}");
        let mut text = String::new();
        for (name, help, is) in [
            ("ready", "Whether a data file is in use.", self.is_ready),
            ("failing", "Whether the last fetch of the data file failed.", self.is_failing),
            ("closed", "Whether the client is closed.", self.is_closed),
            ("stream_wanted", "Whether the data file asks for the stream of updates.", self.wants_stream),
            ("streaming", "Whether the stream of updates is open.", self.is_streaming),
        ] {
            metric(&mut text, name, "gauge", help, &labels, u8::from(is));
        }
        if let Some(age) = self.data_file_age {
            let help = "How long ago the data file in use was known to be the newest.";
            metric(&mut text, "data_file_age_seconds", "gauge", help, &labels, age.as_secs_f64());
        }
        let seconds = |at: SystemTime| Some(at.duration_since(UNIX_EPOCH).ok()?.as_secs_f64());
        for (name, help, at) in [
            (
                "last_success",
                "When the platform last answered a fetch well.",
                self.last_success.and_then(seconds),
            ),
            (
                "last_error",
                "When a fetch of the data file last failed.",
                self.last_error_at.and_then(seconds),
            ),
            (
                "data_file_modified",
                "When the data file in use was last changed on the platform.",
                self.date_modified.map(|at| at as f64 / 1_000.0),
            ),
        ] {
            if let Some(at) = at {
                metric(&mut text, &format!("{name}_timestamp_seconds"), "gauge", help, &labels, at);
            }
        }
        metric(&mut text, "visitors", "gauge", "Visitors in memory.", &labels, self.visitors);
        if let Some(store) = &self.data_file_store {
            for (name, help, count) in [
                ("looks", "How often the store of the data file was looked at.", store.looks),
                ("taken", "Data files that were taken from the store.", store.taken),
                ("refused", "Data files in the store that could not be used.", store.refused),
                ("saved", "Data files that were written to the store.", store.saved),
                ("leases", "How often this client asked the platform for all.", store.leases),
                ("waits", "How often another client had the lease.", store.waits),
                ("failed", "Calls of the store of the data file that failed.", store.failed),
            ] {
                let name = format!("data_file_store_{name}_total");
                metric(&mut text, &name, "counter", help, &labels, count);
            }
            let help = "Whether the store of the data file is left alone since it does not answer.";
            metric(&mut text, "data_file_store_away", "gauge", help, &labels, u8::from(store.is_away));
        }
        self.tracking.write_prometheus(&mut text, &labels);
        text
    }
}

impl KameleoonClient {
    /// How the client is: for readiness probes and pages of metrics. Waits for nothing.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// let health = client.health();
    /// let status = if health.is_ready { 200 } else { 503 };
    /// assert_eq!(status, 200);
    /// println!("{}", health.prometheus());
    /// # Ok(())
    /// # }
    /// ```
    pub fn health(&self) -> Health {
        self.core.now();
        let runtime = self.runtime.as_ref();
        let file = self.core.file.load();
        let site_code = runtime.map(|runtime| runtime.platform.endpoints.site_code().to_owned());
        Health {
            site_code: site_code.unwrap_or_default(),
            is_ready: self.is_ready(),
            is_failing: self.is_failing(),
            is_closed: self.is_closed(),
            wants_stream: runtime.is_some()
                && file.as_ref().is_some_and(|file| file.settings.real_time_update),
            is_streaming: runtime.is_some_and(|runtime| runtime.readiness.is_streaming()),
            data_file_age: self.data_file_age(),
            data_file_origin: self.data_file_origin(),
            date_modified: file.as_ref().map(|file| file.date_modified),
            last_success: self.last_success(),
            last_error: self.last_error(),
            last_error_at: runtime.and_then(|runtime| runtime.readiness.last_error_at()),
            visitors: self.visitor_count(),
            data_file_store: self.data_file_store_stats(),
            tracking: self.tracking_stats(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_metrics_has_each_of_them_once_with_the_site() {
        let client = KameleoonClient::offline("{}").unwrap();
        client.visitor("anna").unwrap();
        let mut health = client.health();
        assert!(health.is_ready && !health.is_failing && !health.is_closed);
        health.site_code = "a\"b".to_owned();
        assert!(!health.prometheus().contains("data_file_store"), "there is none");
        let store = DataFileStoreStats { failed: 3, is_away: true, ..DataFileStoreStats::default() };
        health.data_file_store = Some(store);
        let page = health.prometheus();
        for line in [
            r#"kameleoon_ready{site="a\"b"} 1"#,
            r#"kameleoon_visitors{site="a\"b"} 1"#,
            r#"kameleoon_data_file_store_failed_total{site="a\"b"} 3"#,
            r#"kameleoon_data_file_store_away{site="a\"b"} 1"#,
            r#"kameleoon_tracking_given_up_total{site="a\"b"} 0"#,
            "# TYPE kameleoon_tracking_pending gauge",
        ] {
            assert_eq!(page.lines().filter(|known| *known == line).count(), 1, "{line} in {page}");
        }
    }
}
