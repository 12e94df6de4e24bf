//! How far the request of a thread has come: the HTTP library does not say it when one fails.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

thread_local! {
    /// Of the request that this thread made last. A request is made by one thread from its beginning to
    /// its end.
    static LAST: Cell<Option<Progress>> = const { Cell::new(None) };
}

#[derive(Debug, Clone, Copy)]
struct Progress {
    stage: Stage,
    began: Instant,
    /// Whether a connection was made for it; if not, it went over one that was there.
    has_connected: bool,
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
        LAST.set(Some(Progress { stage: Self::Name, began: Instant::now(), has_connected: false }));
    }

    /// The thread's request begins once more, within the same time.
    pub(super) fn begin_again() {
        LAST.set(LAST.get().map(|last| Progress { stage: Self::Name, has_connected: false, ..last }));
    }

    /// The thread's request is at this now.
    pub(super) fn enter(self) {
        let connects = matches!(self, Self::Connection | Self::Proxy);
        LAST.set(LAST.get().map(|last| Progress {
            stage: self,
            has_connected: last.has_connected || connects,
            ..last
        }));
    }

    /// The same, unless it is further.
    pub(super) fn reach(self) {
        LAST.set(LAST.get().map(|last| Progress { stage: last.stage.max(self), ..last }));
    }

    /// What the thread's request is at, or was when it ended, and for how long it has lasted.
    pub(super) fn of_last() -> (Self, Duration) {
        LAST.get().map_or((Self::Name, Duration::ZERO), |last| (last.stage, last.began.elapsed()))
    }

    /// Whether the thread's request went over a connection that an earlier one had left.
    pub(super) fn is_on_kept_connection() -> bool {
        LAST.get().is_some_and(|last| last.stage >= Self::Sending && !last.has_connected)
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
