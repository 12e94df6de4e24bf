//! Open event streams.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use super::reply::chunk;

/// A client that does not read its stream for this long loses it; the caller of a push waits no longer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// One open event stream. Both its own thread (heartbeats) and callers (events) write to it.
pub(super) struct EventStream {
    socket: Arc<TcpStream>,
    writing: Mutex<()>,
    /// A stalled stream is open, but nothing is ever sent on it.
    stalled: bool,
}

impl EventStream {
    pub(super) fn new(socket: Arc<TcpStream>, stalled: bool) -> Self {
        // If the time cannot be set, a write may wait for longer; nothing else changes.
        let _ = socket.set_write_timeout(Some(WRITE_TIMEOUT));
        Self { socket, writing: Mutex::new(()), stalled }
    }

    /// Keeps others from writing, so that the head comes before any event.
    pub(super) fn reserve(&self) -> MutexGuard<'_, ()> {
        self.writing.lock()
    }

    /// Sends `text`; `false` when the stream cannot take it, which also ends the stream.
    pub(super) fn send(&self, text: &str) -> bool {
        if self.stalled {
            return false;
        }
        let _writing = self.writing.lock();
        let sent = (&*self.socket).write_all(&chunk(text.as_bytes())).is_ok();
        if !sent {
            // What was cut off in the middle of a chunk cannot be continued.
            self.close();
        }
        sent
    }

    pub(super) fn close(&self) {
        // An error means that the connection is gone already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}
