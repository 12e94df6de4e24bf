//! How a tracking request gets to the platform.

use std::time::Duration;

use crate::error::RequestFailure;

/// Why a request was not accepted.
#[derive(Debug, Clone)]
pub(crate) struct Rejected {
    pub(crate) failure: RequestFailure,
    /// How long the platform asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
    /// All of it was sent, and no answer came: the platform may have taken the lines.
    pub(crate) may_have_arrived: bool,
}

/// The platform's answer to a bot's user agent: the lines count as delivered.
const BOT: u16 = 403;

/// That a request was accepted, with this status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) status: u16,
}

impl Accepted {
    /// What a status means for the lines that it answers; none when they were not accepted.
    pub(crate) fn of(status: u16) -> Option<Self> {
        ((200..300).contains(&status) || status == BOT).then_some(Self { status })
    }

    pub(super) fn is_forbidden(self) -> bool {
        self.status == BOT
    }
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

    /// Whether there was no answer at all, so that nobody can be reached.
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
