//! A stream that is being opened.

use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};

use crate::error::{RequestFailure, RequestKind};
use crate::logging::Speaker;
use crate::platform::access::Platform;
use crate::platform::net::{EventStream, Refused};

/// The stream, or why there is none.
pub(super) type Opened = Result<EventStream, Refused>;

/// A stream that is being opened on a thread of its own: a server may take its time to answer, and
/// the data file is polled meanwhile, and fetched for whoever asks for it. The thread ends with the
/// attempt, which a shutdown of the client cancels.
pub(super) struct Opening(Receiver<Opened>);

impl Opening {
    pub(super) fn start(platform: &Arc<Platform>) -> Self {
        let (sender, opened) = bounded(1);
        let (platform, to_tell) = (Arc::clone(platform), sender.clone());
        let started = std::thread::Builder::new().name("kameleoon-stream".to_owned());
        let started = started.spawn(Speaker::carry(move || {
            // Nobody waits any more when the client was closed.
            let _ = sender.send(open(&platform));
        }));
        if let Err(error) = started {
            let failure = RequestFailure::Connection(format!("no thread could be started: {error}"));
            let _ = to_tell.send(Err(failure.into()));
        }
        Self(opened)
    }

    /// Where the outcome comes; none comes when the attempt panicked.
    pub(super) fn opened(&self) -> &Receiver<Opened> {
        &self.0
    }
}

fn open(platform: &Platform) -> Opened {
    let mut retry_after = None;
    let open = || {
        let url = platform.endpoints.stream_url();
        let opened = platform.stream_http.open_stream(&url, platform.default_timeout);
        opened.map_err(|refused| {
            retry_after = refused.retry_after;
            refused.failure
        })
    };
    let opened = platform.events.observe(RequestKind::Stream, open, |_| 200);
    opened.map_err(|failure| Refused { failure, retry_after })
}
