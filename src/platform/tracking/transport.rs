//! How a tracking request gets to the platform.

use std::time::Duration;

use crate::error::RequestFailure;

/// Why a request was not accepted.
#[derive(Debug, Clone)]
pub(crate) struct Rejected {
    pub(crate) failure: RequestFailure,
    /// How long the platform asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
}

/// Delivers the body of a tracking request. Runs on the tracking thread.
pub(crate) trait Transport: Send {
    /// Returns when the platform has accepted the lines, or not, or the time is over.
    fn deliver(&mut self, lines: &str, timeout: Duration) -> Result<(), Rejected>;
}
