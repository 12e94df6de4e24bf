//! A stream that is being opened.

use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::error::{RequestFailure, RequestKind};
use crate::logging::Speaker;
use crate::platform::access::Platform;
use crate::platform::net::{EventStream, Refused};
use crate::reply::Reply;

/// The stream, or why there is none.
pub(super) type Opened = Result<EventStream, Refused>;

/// A stream that is being opened on a thread of its own: a server may take its time to answer, and
/// the data file is polled meanwhile, and fetched for whoever asks for it. The thread ends with the
/// attempt, which a shutdown of the client cancels.
pub(super) struct Opening(Reply<Opened>);

impl Opening {
    pub(super) fn start(platform: &Arc<Platform>) -> Result<Self, Refused> {
        let (answer, opened) = Reply::new();
        let platform = Arc::clone(platform);
        let builder = std::thread::Builder::new().name("kameleoon-stream".to_owned());
        match builder.spawn(Speaker::carry(move || answer(open(&platform)))) {
            Ok(_) => Ok(Self(opened)),
            Err(error) => Err(failed(format!("no thread could be started: {error}"))),
        }
    }

    /// Where it is told that there is an outcome.
    pub(super) fn ended(&self) -> &Receiver<()> {
        self.0.told()
    }

    pub(super) fn outcome(&self) -> Opened {
        self.0.take().unwrap_or_else(|| Err(failed("opening it panicked".to_owned())))
    }
}

fn failed(why: String) -> Refused {
    RequestFailure::Connection(why).into()
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
