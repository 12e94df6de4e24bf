//! What several servers share.

use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use super::KameleoonClient;
use super::core::check_code;
use crate::error::{KameleoonError, Result};
use crate::fleet::{DataFileStoreStats, StoreStats};
use crate::platform::sharing::{Loaded, Sharing};
use crate::reply::Reply;

impl KameleoonClient {
    /// Reads what other servers know of a visitor from the
    /// [visitor store](crate::KameleoonClientConfig::visitor_data_store), and waits for it, for this
    /// long at most. Once for a request, before the first question about its visitor: evaluation
    /// itself never waits for a store.
    ///
    /// What was read counts as sent, and what is newer here stays. Returns whether the store knew the
    /// visitor. Without a store it returns `false` at once.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid);
    /// [`Store`](KameleoonError::Store) when the store does not answer in time, or, at once, when it
    /// has not answered of late: go on with what is known here. What comes too late is taken over all
    /// the same. [`Closed`](KameleoonError::Closed).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags": [{"featureKey": "banner",
    /// #     "environmentEnabled": true, "defaultVariationKey": "on", "variations": [{"key": "on"}]}]}"#)?;
    /// use std::time::Duration;
    ///
    /// if let Err(error) = client.load_visitor("visitor", Duration::from_millis(20)) {
    ///     eprintln!("going on with what is known here: {error}");
    /// }
    /// let variation = client.get_variation("visitor", "banner")?;
    /// # let _ = variation;
    /// # Ok(())
    /// # }
    /// ```
    pub fn load_visitor(&self, visitor_code: &str, timeout: Duration) -> Result<bool> {
        let (answer, reply) = Reply::new();
        if !self.start_load(visitor_code, timeout, Box::new(answer))? {
            return Ok(false);
        }
        match reply.wait(timeout) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => Err(self.gave_up_load(timeout)),
            Err(RecvTimeoutError::Disconnected) => Err(KameleoonError::Closed),
        }
    }

    /// Begins to read a visitor's data. Returns whether there is a store.
    ///
    /// # Errors
    /// Those of `load_visitor`.
    pub(crate) fn start_load(&self, visitor_code: &str, timeout: Duration, done: Loaded) -> Result<bool> {
        check_code(visitor_code)?;
        let Some(sharing) = self.sharing()? else { return Ok(false) };
        sharing.load(visitor_code, timeout, done)?;
        Ok(true)
    }

    pub(crate) fn gave_up_load(&self, timeout: Duration) -> KameleoonError {
        match self.sharing() {
            Ok(Some(sharing)) => sharing.gave_up(timeout),
            _ => KameleoonError::Closed,
        }
    }

    /// A visitor was forgotten here: the store is told, of all names.
    pub(super) fn forget_in_store(&self, names: &[Box<str>]) {
        // Whoever cannot reach the store from here was told so before.
        if let Ok(Some(sharing)) = self.sharing() {
            sharing.forget(names);
        }
    }

    /// What was read from the [visitor store](crate::KameleoonClientConfig::visitor_data_store) and
    /// written to it. None without one.
    pub fn store_stats(&self) -> Option<StoreStats> {
        self.runtime.as_ref()?.sharing.as_ref().map(Sharing::stats)
    }

    /// What was read from the [data file store](crate::KameleoonClientConfig::data_file_store) and
    /// written to it. None without one, and without a network.
    pub fn data_file_store_stats(&self) -> Option<DataFileStoreStats> {
        Some(self.runtime.as_ref()?.data_file_store.as_ref()?.0.read())
    }

    /// The store, if there is one and its threads run.
    ///
    /// # Errors
    /// `Closed`, or the store cannot be reached from this process.
    fn sharing(&self) -> Result<Option<&Sharing>> {
        let Some(runtime) = &self.runtime else { return Ok(None) };
        let Some(sharing) = &runtime.sharing else { return Ok(None) };
        if runtime.is_closed() {
            return Err(KameleoonError::Closed);
        }
        if !runtime.is_of_this_process() {
            runtime.tracker.check_process();
            return Err(KameleoonError::store(
                "its threads are in the process that this one was forked from",
            ));
        }
        Ok(Some(sharing))
    }
}
