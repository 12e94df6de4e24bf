//! Waiting for the first data file.

use std::time::Duration;

use super::KameleoonClient;
use crate::error::Result;

impl KameleoonClient {
    /// Waits until a data file is in use, for this long at most.
    ///
    /// A fetch that fails is no end: the client tries again by itself, soon and then less often, and
    /// this call waits for those tries for as long as its time lasts. Called again, it waits again.
    /// [`is_ready`](Self::is_ready) and [`last_error`](Self::last_error) tell how things stand
    /// without waiting.
    ///
    /// # Errors
    /// When the time is over, the cause of the last failure:
    /// [`Request`](crate::KameleoonError::Request) or
    /// [`DataFileInvalid`](crate::KameleoonError::DataFileInvalid), or
    /// [`InitializationTimeout`](crate::KameleoonError::InitializationTimeout) when no fetch has ended yet.
    /// [`Closed`](crate::KameleoonError::Closed), at once, when the client is closed.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use std::time::Duration;
    ///
    /// if let Err(error) = client.wait_init(Duration::from_secs(5)) {
    ///     eprintln!("flags have their defaults for now: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "initialize")]
    #[doc(alias = "initialize_with_timeout")]
    pub fn wait_init(&self, timeout: Duration) -> Result<()> {
        let Some(runtime) = &self.runtime else { return Ok(()) };
        runtime.tracker.check_process();
        // In a forked process nobody fetches anything.
        let timeout = if runtime.is_of_this_process() { timeout } else { Duration::ZERO };
        runtime.readiness.wait(timeout)
    }

    /// Whether a data file is in use.
    pub fn is_ready(&self) -> bool {
        self.core.file.load().is_some()
    }
}
