//! How a client is, for probes and pages of metrics.

use std::time::Duration;

use super::KameleoonClient;
use crate::error::KameleoonError;
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
    /// How long ago the data file in use was known to be the newest, where that is known.
    pub data_file_age: Option<Duration>,
    /// What brought the data file in use.
    pub data_file_origin: Option<DataFileOrigin>,
    /// Why the last fetch that failed did so; stays after a success.
    pub last_error: Option<KameleoonError>,
    /// Visitors in memory.
    pub visitors: usize,
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
        ] {
            metric(&mut text, name, "gauge", help, &labels, u8::from(is));
        }
        if let Some(age) = self.data_file_age {
            let help = "How long ago the data file in use was known to be the newest.";
            metric(&mut text, "data_file_age_seconds", "gauge", help, &labels, age.as_secs_f64());
        }
        metric(&mut text, "visitors", "gauge", "Visitors in memory.", &labels, self.visitors);
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
        let runtime = self.runtime.as_ref();
        let site_code = runtime.map(|runtime| runtime.platform.endpoints.site_code().to_owned());
        Health {
            site_code: site_code.unwrap_or_default(),
            is_ready: self.is_ready(),
            is_failing: self.is_failing(),
            is_closed: self.is_closed(),
            data_file_age: self.data_file_age(),
            data_file_origin: self.data_file_origin(),
            last_error: self.last_error(),
            visitors: self.visitor_count(),
            tracking: self.tracking_stats(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::client::KameleoonClient;

    #[test]
    fn a_page_of_metrics_has_each_of_them_once_with_the_site() {
        let client = KameleoonClient::offline("{}").unwrap();
        client.visitor("anna").unwrap();
        let mut health = client.health();
        assert!(health.is_ready && !health.is_failing && !health.is_closed);
        health.site_code = "a\"b".to_owned();
        let page = health.prometheus();
        for line in [
            r#"kameleoon_ready{site="a\"b"} 1"#,
            r#"kameleoon_visitors{site="a\"b"} 1"#,
            r#"kameleoon_tracking_given_up_total{site="a\"b"} 0"#,
            "# TYPE kameleoon_tracking_pending gauge",
        ] {
            assert_eq!(page.lines().filter(|known| *known == line).count(), 1, "{line} in {page}");
        }
    }
}
