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
    /// The [store](crate::KameleoonClientConfig::data_file_store) that servers share.
    Store,
}

impl DataFileOrigin {
    /// A short name that stays the same: a label of metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Polling => "polling",
            Self::Streaming => "streaming",
            Self::Store => "store",
        }
    }
}

/// Something that happened inside a client.
#[doc(alias = "EventHandler")]
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
    /// The stream of updates is open.
    StreamOpened,
    /// The stream of updates ended against the client's will; it is opened again.
    #[non_exhaustive]
    StreamLost {
        /// Why.
        reason: String,
        /// How long it was open.
        lasted: Duration,
    },
    /// The client ended the stream of updates, since the data file asks for none any more.
    #[non_exhaustive]
    StreamClosed {
        /// How long it was open.
        lasted: Duration,
    },
    /// A request with tracking lines ended; [`Request`](Self::Request) is told of it, too.
    #[non_exhaustive]
    TrackingSent {
        /// How many lines it had, one for each piece of data.
        lines: usize,
        /// Of how many visitors.
        visitors: usize,
        /// How long its body was.
        bytes: usize,
        /// The status of an answer that accepts them, or why they were not accepted.
        outcome: Result<u16, RequestFailure>,
        /// How long it took, with the wait for an access token.
        duration: Duration,
        /// Whether the lines came from the spool.
        is_from_spool: bool,
    },
    /// Visitors had to go before their time, because the store was full. Told every few seconds at
    /// most, for all since the last time.
    #[non_exhaustive]
    VisitorsEvicted {
        /// How many.
        visitors: u64,
    },
    /// Data were lost that had been accepted for sending. Told every few seconds at most, for all since
    /// the last time.
    #[non_exhaustive]
    DataLost {
        /// Pieces that were given up: a bound was reached, or the client was closed.
        given_up: u64,
        /// Pieces that the platform refused each time they were sent alone.
        refused: u64,
    },
    /// Tracking lines were written to the spool.
    #[non_exhaustive]
    SpoolWritten {
        /// How many.
        lines: u64,
    },
    /// The platform accepted tracking lines from the spool.
    #[non_exhaustive]
    SpoolDrained {
        /// How many.
        lines: u64,
    },
    /// Tracking lines went from the spool without being sent: too old, beyond the bound, damaged,
    /// refused, or of a visitor who refused consent.
    #[non_exhaustive]
    SpoolDropped {
        /// How many.
        lines: u64,
    },
}
