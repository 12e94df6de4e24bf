//! How far the request of a thread has come: the HTTP library does not say it when one fails.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

thread_local! {
    /// Of the request that this thread made last. A request is made by one thread from its beginning to
    /// its end.
    static LAST: Cell<Option<(Stage, Instant)>> = const { Cell::new(None) };
}

/// What a request was at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Name,
    Connection,
    /// The connection to the proxy.
    Proxy,
    /// What comes between the proxy and the server: the proxy's leave, and TLS.
    Tunnel,
    Sending,
    /// All of it was sent.
    Answer,
    Body,
}

impl Stage {
    /// A request begins.
    pub(super) fn begin() {
        LAST.set(Some((Self::Name, Instant::now())));
    }

    /// The thread's request is at this now.
    pub(super) fn enter(self) {
        LAST.set(LAST.get().map(|(_, began)| (self, began)));
    }

    /// The same, unless it is further.
    pub(super) fn reach(self) {
        LAST.set(LAST.get().map(|(stage, began)| (stage.max(self), began)));
    }

    /// What the thread's request is at, or was when it ended, and for how long it has lasted.
    pub(super) fn of_last() -> (Self, Duration) {
        LAST.get().map_or((Self::Name, Duration::ZERO), |(stage, began)| (stage, began.elapsed()))
    }
}

/// Whether all of the request that this thread made last was sent, so that it may have arrived though
/// nothing came back. Of one whose last byte could not be sent the other side has no whole body.
pub(crate) fn may_have_arrived() -> bool {
    Stage::of_last().0 >= Stage::Answer
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "looking up the host's name",
            Self::Connection => "connecting",
            Self::Proxy => "connecting to the proxy",
            Self::Tunnel => "connecting through the proxy",
            Self::Sending => "sending the request",
            Self::Answer => "waiting for the answer",
            Self::Body => "reading the answer",
        })
    }
}
