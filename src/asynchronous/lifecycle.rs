//! From creation to close, as futures.

use std::time::Duration;

use tokio::sync::oneshot;

use super::answer::{Outcome, question};
use crate::client::KameleoonClient;
use crate::error::{KameleoonError, Result};
use crate::platform::tracking::FlushReport;

impl KameleoonClient {
    /// [`wait_init`](Self::wait_init) as a future.
    ///
    /// The time is real time, whatever the runtime's timer says, and the runtime needs none. Dropping
    /// the future harms nothing.
    ///
    /// # Errors
    /// Those of [`wait_init`](Self::wait_init).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use std::time::Duration;
    ///
    /// if let Err(error) = client.wait_init_async(Duration::from_secs(5)).await {
    ///     eprintln!("flags have their defaults for now: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn wait_init_async(&self, timeout: Duration) -> Result<()> {
        self.note_async_use();
        let (answer, question) = question(timeout);
        let waiting = self.when_ready(Box::new(move |outcome| answer.give(outcome)));
        let outcome = question.wait().await;
        drop(waiting);
        match outcome {
            Outcome::Told(outcome) => outcome,
            Outcome::Dropped => Err(KameleoonError::Closed),
            Outcome::Late => self.outcome_after(timeout),
        }
    }

    /// [`refresh_data_file`](Self::refresh_data_file) as a future.
    ///
    /// # Errors
    /// Those of [`refresh_data_file`](Self::refresh_data_file).
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn refresh_data_file_async(&self, timeout: Duration) -> Result<()> {
        self.note_async_use();
        let (answer, question) = question(timeout);
        self.start_refresh(Box::new(move |outcome| answer.give(outcome)))?;
        match question.wait().await {
            Outcome::Told(outcome) => outcome,
            Outcome::Dropped => Err(KameleoonError::Closed),
            Outcome::Late => Err(self.late_refresh(timeout)),
        }
    }

    /// [`close`](Self::close) as a future: sends what is left, within `timeout`, and ends the
    /// threads, without blocking the executor.
    ///
    /// Once begun, the close goes on when the future is dropped. Await it before the program ends: the
    /// factory keeps a handle of its own, so dropping yours closes nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use std::time::Duration;
    ///
    /// let report = client.close_async(Duration::from_secs(2)).await;
    /// if !report.is_complete() {
    ///     eprintln!("not everything could be sent: {report:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn close_async(&self, timeout: Duration) -> FlushReport {
        self.note_async_use();
        let (sender, receiver) = oneshot::channel();
        self.close_detached(timeout, move |report| {
            // The one who waits may have given up.
            let _ = sender.send(report);
        });
        // The close keeps its time by itself. Without a thread to run on it tells nobody.
        receiver.await.unwrap_or(FlushReport { timed_out: true, ..FlushReport::default() })
    }
}
