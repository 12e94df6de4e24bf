//! Waiting for the tracking data to be sent, as a future.

use std::time::Duration;

use super::answer::{Outcome, question};
use crate::client::KameleoonClient;
use crate::platform::tracking::FlushReport;

impl KameleoonClient {
    /// [`flush_and_wait`](Self::flush_and_wait) as a future: sends everything that is not sent yet,
    /// now, and waits for it, `timeout` at most.
    ///
    /// Once begun, the sending goes on when the future is dropped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use std::time::Duration;
    ///
    /// client.track_conversion("visitor", 83023)?;
    /// let report = client.flush_and_wait_async(Duration::from_secs(2)).await;
    /// assert!(report.is_complete());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn flush_and_wait_async(&self, timeout: Duration) -> FlushReport {
        self.note_async_use();
        let before = self.tracking_stats();
        let (answer, question) = question(timeout);
        // A future that is dropped must not go on hurrying, nor keep data from the spool.
        let is_wanted = answer.watch();
        self.start_flush(timeout, Box::new(move |report| answer.give(report)), is_wanted);
        match question.wait().await {
            Outcome::Told(report) => report,
            _ => self.late_report(before),
        }
    }
}
