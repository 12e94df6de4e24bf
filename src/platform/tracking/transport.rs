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

/// How a request was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    Taken,
    /// With the platform's answer to bots, which counts as delivered.
    Forbidden,
}

impl Rejected {
    /// Whether the request was refused for what is in it: 400, 413, 414, 422 and 431. Everything else
    /// is a platform that cannot be reached or is in trouble.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.failure, RequestFailure::Status(400 | 413 | 414 | 422 | 431))
    }

    pub(super) fn is_too_large(&self) -> bool {
        matches!(self.failure, RequestFailure::Status(413))
    }

    /// Whether the platform may have taken the lines without our hearing of it.
    pub(super) fn is_unanswered(&self) -> bool {
        !matches!(self.failure, RequestFailure::Status(_))
    }

    pub(super) fn is_redirect(&self) -> bool {
        matches!(self.failure, RequestFailure::Status(300..=399))
    }
}

/// Delivers the body of a tracking request. Runs on the tracking thread.
pub(crate) trait Transport: Send {
    /// Returns when the platform has accepted the lines, or not, or the time is over.
    fn deliver(&mut self, lines: &str, timeout: Duration) -> Result<Accepted, Rejected>;
}
