//! Waiting for the tracking data to be sent, as a future.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time;

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
        let (sender, receiver) = oneshot::channel();
        self.start_flush(Box::new(move |report| {
            // The one who waits may have given up.
            let _ = sender.send(report);
        }));
        match time::timeout(timeout, receiver).await {
            Ok(Ok(report)) => report,
            _ => self.late_report(before),
        }
    }
}
