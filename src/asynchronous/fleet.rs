//! Reading what other servers know of a visitor, as a future.

use std::time::Duration;

use super::answer::{Outcome, question};
use crate::client::KameleoonClient;
use crate::error::{KameleoonError, Result};

impl KameleoonClient {
    /// [`load_visitor`](Self::load_visitor) as a future. What was asked for is taken over when the
    /// future is dropped, too.
    ///
    /// # Errors
    /// Those of [`load_visitor`](Self::load_visitor).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use std::time::Duration;
    ///
    /// if let Err(error) = client.load_visitor_async("visitor", Duration::from_millis(20)).await {
    ///     eprintln!("going on with what is known here: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn load_visitor_async(&self, visitor_code: &str, timeout: Duration) -> Result<bool> {
        if self.store_stats().is_none() {
            // Without a store there is nothing to wait for, nor a timer to set.
            return self.start_load(visitor_code, timeout, Box::new(|_| ()));
        }
        self.note_async_use();
        let (answer, question) = question(timeout);
        if !self.start_load(visitor_code, timeout, Box::new(move |result| answer.give(result)))? {
            return Ok(false);
        }
        match question.wait().await {
            Outcome::Told(result) => result,
            Outcome::Late => Err(self.gave_up_load(timeout)),
            Outcome::Dropped => Err(KameleoonError::Closed),
        }
    }
}
