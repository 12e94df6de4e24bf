//! What happens inside a client, for those who want to know.

mod dispatcher;
mod evaluation_event;
mod evaluations;
mod handlers;
mod queue;
mod shared;
mod subscription;

use std::time::Duration;

use crate::error::{RequestFailure, RequestKind};

pub(crate) use dispatcher::Events;
pub use evaluation_event::EvaluationEvent;
pub(crate) use evaluations::Evaluations;
pub use subscription::Subscription;

/// What brought a data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataFileOrigin {
    /// The last-good copy on disk.
    Copy,
    /// A fetch at the start, at the end of the refresh interval, or on request.
    Polling,
    /// A fetch that an event of the stream asked for.
    Streaming,
}

/// Something that happened inside a client.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ClientEvent {
    /// A data file is in use from now on.
    #[non_exhaustive]
    DataFileUpdated {
        /// What brought it.
        origin: DataFileOrigin,
        /// When it was last changed on the platform, in milliseconds since the epoch.
        date_modified: i64,
        /// Whether it took the place of another one.
        replaced: bool,
    },
    /// A request to the platform ended.
    #[non_exhaustive]
    Request {
        /// What it was for.
        kind: RequestKind,
        /// The status of the answer, or why there was none that could be used.
        outcome: Result<u16, RequestFailure>,
        /// How long it took.
        duration: Duration,
    },
}
