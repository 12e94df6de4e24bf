//! The counts in the text form that Prometheus reads.

use std::fmt::Write as _;

use super::TrackingStats;

impl TrackingStats {
    /// The counts in Prometheus' text form, as a page of metrics shows them. `Health::prometheus` has
    /// them with the site as a label, and more.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// let page = client.tracking_stats().prometheus();
    /// assert!(page.contains("kameleoon_tracking_accepted_total 0\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn prometheus(&self) -> String {
        let mut text = String::new();
        self.write_prometheus(&mut text, "");
        text
    }

    pub(crate) fn write_prometheus(&self, text: &mut String, labels: &str) {
        let counters = [
            ("accepted", "Pieces of data taken to be sent.", self.accepted),
            ("sent", "Pieces of data that the platform has.", self.sent),
            ("replaced", "Pieces that a later one of their kind took the place of.", self.replaced),
            ("given_up", "Pieces of data that were lost.", self.given_up),
            ("refused", "Pieces of data that the platform refused.", self.refused),
            ("unconsented", "Pieces whose visitor did not consent.", self.unconsented),
            ("spooled", "Pieces kept on disk for a later client.", self.spooled),
            ("recovered", "Lines from disk that the platform accepted.", self.recovered),
            ("spool_dropped", "Lines that went from disk without being sent.", self.spool_dropped),
            ("retried", "Pieces that were part of a failed request.", self.retried),
            ("requests_accepted", "Tracking requests that were accepted.", self.requests_accepted),
            ("requests_forbidden", "Accepted requests answered with 403.", self.requests_forbidden),
            ("requests_failed", "Tracking requests that failed.", self.requests_failed),
            ("visitors_evicted", "Visitors who had to go before their time.", self.visitors_evicted),
            ("profiles_cut", "Visitors not known in full to conditions.", self.profiles_cut),
        ];
        for (name, help, value) in counters {
            metric(text, &format!("tracking_{name}_total"), "counter", help, labels, value);
        }
        let gauges = [
            ("pending", "Pieces of data that wait to be sent.", self.pending),
            ("withheld", "Pieces kept back for want of consent or of a data file.", self.withheld),
        ];
        for (name, help, value) in gauges {
            metric(text, &format!("tracking_{name}"), "gauge", help, labels, value);
        }
    }
}

/// One metric of one value; `labels` are in their braces, or nothing.
pub(crate) fn metric(
    text: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    labels: &str,
    value: impl std::fmt::Display,
) {
    let _ = writeln!(
        text,
        "# HELP kameleoon_{name} {help}\n# TYPE kameleoon_{name} {kind}\nkameleoon_{name}{labels} {value}"
    );
}
