//! Telling the platform: conversions, flushes, counts.

use std::time::Duration;

use super::core::check_code;
use super::{FlushOptions, KameleoonClient};
use crate::data::Conversion;
use crate::error::Result;
use crate::platform::tracking::{Done, FlushReport, IsWanted, TrackingStats, always};
use crate::reply::Reply;

impl KameleoonClient {
    /// Tracks a conversion of a goal; it goes out with the visitor's next tracking request.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// client.track_conversion("visitor", 83023)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn track_conversion(&self, visitor_code: &str, goal_id: i64) -> Result<()> {
        self.track_conversion_with(visitor_code, Conversion::new(goal_id))
    }

    /// [`track_conversion`](Self::track_conversion) with revenue, sign and metadata.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use kameleoon::Conversion;
    ///
    /// client.track_conversion_with("visitor", Conversion::new(83023).with_revenue(59.90))?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "track_conversion_with_opts")]
    pub fn track_conversion_with(&self, visitor_code: &str, conversion: Conversion) -> Result<()> {
        self.mark_unique(visitor_code, conversion.unique)?;
        self.core.add_data(visitor_code, vec![conversion.into()], true)?;
        self.flush(visitor_code)
    }

    /// Sends a visitor's data with the next tracking request. Does not wait.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use kameleoon::{Browser, BrowserType};
    ///
    /// client.add_data("visitor", Browser::new(BrowserType::Chrome))?;
    /// client.flush("visitor")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush(&self, visitor_code: &str) -> Result<()> {
        check_code(visitor_code)?;
        if self.core.tracker.is_some() {
            self.core.list(&self.core.visitors.get_or_insert(visitor_code, self.core.clock.now()));
        }
        Ok(())
    }

    /// [`flush`](Self::flush) with options: with `instant(true)` it is
    /// [`flush_instant`](Self::flush_instant).
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    pub fn flush_with(&self, visitor_code: &str, options: FlushOptions) -> Result<()> {
        self.mark_unique(visitor_code, options.unique)?;
        match options.instant {
            true => self.flush_instant(visitor_code),
            false => self.flush(visitor_code),
        }
    }

    /// Sends a visitor's data now, without waiting for the end of the tracking interval. The
    /// request is made by the tracking thread; the call does not wait for it, and what is added
    /// right after it may go out with it.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    pub fn flush_instant(&self, visitor_code: &str) -> Result<()> {
        check_code(visitor_code)?;
        if let Some(tracker) = &self.core.tracker {
            let visitor = self.core.visitors.get_or_insert(visitor_code, self.core.clock.now());
            tracker.flush_visitor(&visitor);
        }
        Ok(())
    }

    /// Sends the data of all visitors with the next tracking request: of everybody who has
    /// anything that can be sent. Does not wait.
    pub fn flush_all(&self) {
        if let Some(tracker) = &self.core.tracker {
            tracker.list_all();
        }
    }

    /// Sends the data of all visitors now, as [`flush_all`](Self::flush_all) chooses them. Does not
    /// wait.
    pub fn flush_all_instant(&self) {
        if let Some(tracker) = &self.core.tracker {
            tracker.flush_all();
        }
    }

    /// Sends everything that is not sent yet, now, and waits for it, `timeout` at most.
    ///
    /// What cannot be delivered is kept and tried again later; the report says how much that is.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use std::time::Duration;
    ///
    /// let report = client.flush_and_wait(Duration::from_secs(2));
    /// assert!(report.is_complete());
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush_and_wait(&self, timeout: Duration) -> FlushReport {
        let before = self.tracking_stats();
        if self.core.tracker.as_ref().is_some_and(|tracker| tracker.is_own_thread()) {
            // Called from what the tracking thread calls, a logger for one: it cannot wait for itself.
            return self.late_report(before);
        }
        let (answer, reply) = Reply::new();
        self.start_flush(timeout, Box::new(answer), always());
        reply.wait(timeout).unwrap_or_else(|_| self.late_report(before))
    }

    /// Begins to send everything that is not sent yet. The call is dropped when the client is closed
    /// meanwhile.
    pub(crate) fn start_flush(&self, timeout: Duration, done: Done, is_wanted: IsWanted) {
        match &self.core.tracker {
            Some(tracker) => tracker.drain(timeout, done, is_wanted),
            None => done(FlushReport::default()),
        }
    }

    /// The report of a flush that took too long.
    pub(crate) fn late_report(&self, before: TrackingStats) -> FlushReport {
        let now = self.tracking_stats();
        FlushReport {
            delivered: now.sent.saturating_sub(before.sent),
            pending: now.pending,
            withheld: now.withheld,
            timed_out: true,
            ..FlushReport::default()
        }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn end_tracking_interval(&self, done: Done) {
        match &self.core.tracker {
            Some(tracker) => tracker.end_interval(done),
            None => done(FlushReport::default()),
        }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn reach_flushes(&self, done: Done) {
        match &self.core.tracker {
            Some(tracker) => tracker.reach(done),
            None => done(FlushReport::default()),
        }
    }

    /// What became of the data that the client accepted for sending.
    pub fn tracking_stats(&self) -> TrackingStats {
        self.core.tracker.as_ref().map(|tracker| tracker.stats()).unwrap_or_default()
    }

    /// The number of visitor codes that the client keeps in memory.
    pub fn visitor_count(&self) -> usize {
        self.core.visitors.len()
    }
}
