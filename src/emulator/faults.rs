//! What may go wrong, and how it looks on the wire.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::http::{Framing, Reply};
use crate::RequestKind;

const HTML: &str = "<!DOCTYPE html><html><body><h1>Welcome to the airport network</h1></body></html>";
const WRONG_SHAPE: &str = r#"["this is JSON",{"of":"another shape"},42]"#;
const NOT_GZIP: &str = "these bytes were never compressed";
const HALF_EVENT: &str = "event: configuration-update-event\ndata: {\"ts\": 17";
/// What a length promises beyond what is sent.
const MISSING: usize = 64;

/// One way in which an answer goes wrong.
///
/// A fault is given to a route with [`Emulator::fail`](super::Emulator::fail) and works on every
/// route. The request itself is always read to its end and recorded.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// No fault: this request is answered as usual. Puts room between two faults of a queue.
    Pass,
    /// The connection is closed without an answer.
    CloseWithoutAnswer,
    /// No answer comes; the connection stays open until the client gives up.
    NeverAnswer,
    /// The right answer, one byte at a time.
    SlowBytes {
        /// The time between two bytes.
        interval: Duration,
    },
    /// The connection ends in the middle of the headers.
    CutInHeaders,
    /// The connection ends before the body has the length that the headers say.
    CutInBody,
    /// A chunked body whose connection ends within a chunk.
    CutInChunk,
    /// `Content-Length` is half of the body that is sent; the connection stays open.
    LengthTooShort,
    /// `Content-Length` is more than the body that is sent; the rest never comes.
    LengthTooLong,
    /// Status 200 with a page of HTML, as captive portals and broken proxies answer.
    Html,
    /// Status 200 with an empty body.
    EmptyBody,
    /// Status 200 with valid JSON that is not what the route answers.
    WrongShape,
    /// Status 200 with this text as `application/json`.
    Json(String),
    /// Status 301 to the very same address. It is a loop while the fault lasts: see [`Times::Always`].
    RedirectLoop,
    /// This status with a short text as body; shorter to write with [`Fault::status`].
    Status {
        /// The status code.
        status: u16,
        /// Headers beside the usual ones, such as `Retry-After`.
        headers: Vec<(String, String)>,
    },
    /// Status 200 with `Content-Encoding: gzip` and a body that is no gzip.
    WrongGzip,
    /// Status 200 with a chunked JSON document of this many bytes.
    HugeBody {
        /// The size of the document.
        bytes: u64,
    },
    /// An event stream that ends, in good order, at once.
    StreamEnds,
    /// An event stream that stays open without a byte: no event, no heartbeat.
    StreamStalls,
    /// An event stream that breaks off in the middle of an event.
    StreamCutsEvent,
}

impl Fault {
    /// An answer with this status and no further header.
    pub fn status(status: u16) -> Self {
        Self::Status { status, headers: Vec::new() }
    }

    /// An answer with this status and these headers.
    ///
    /// ```
    /// use kameleoon::emulator::Fault;
    /// let busy = Fault::status_with(429, [("Retry-After", "2")]);
    /// ```
    pub fn status_with<N, V>(status: u16, headers: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let headers = headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self::Status { status, headers }
    }
}

/// How many requests a fault meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Times {
    /// The next one.
    Once,
    /// This many, one after the other.
    Count(usize),
    /// Every one, until [`Emulator::clear_faults`](super::Emulator::clear_faults).
    Always,
}

/// The faults that wait, route by route.
#[derive(Default)]
pub(super) struct FaultQueues {
    queues: HashMap<RequestKind, VecDeque<(Fault, Times)>>,
}

impl FaultQueues {
    pub(super) fn push(&mut self, kind: RequestKind, fault: Fault, times: Times) {
        self.queues.entry(kind).or_default().push_back((fault, times));
    }

    pub(super) fn clear(&mut self) {
        self.queues.clear();
    }

    /// The fault of the next request, if it is to have one.
    pub(super) fn next(&mut self, kind: RequestKind) -> Option<Fault> {
        let queue = self.queues.get_mut(&kind)?;
        loop {
            match queue.front_mut()? {
                (fault, Times::Always) => return Some(fault.clone()),
                (_, Times::Count(0)) => {
                    queue.pop_front();
                }
                (fault, Times::Count(left)) => {
                    *left -= 1;
                    return Some(fault.clone());
                }
                (_, Times::Once) => return queue.pop_front().map(|(fault, _)| fault),
            }
        }
    }
}

/// What becomes of the connection after the bytes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The next request may follow.
    KeepAlive,
    /// It is closed.
    Close,
    /// It stays open in silence.
    Hold,
    /// It stays open in silence, and counts as an open stream.
    HoldStream,
}

/// An answer as it goes on the wire.
pub(super) struct Script {
    /// The status that the client gets to read; none when the head does not arrive whole.
    pub(super) status: Option<u16>,
    pub(super) bytes: Vec<u8>,
    /// The time between two bytes; none when they are sent at once.
    pub(super) pace: Option<Duration>,
    /// Size of a chunked document that follows `bytes`.
    pub(super) document: Option<u64>,
    pub(super) end: End,
}

impl Script {
    pub(super) fn plain(reply: &Reply) -> Self {
        Self::new(Some(reply.status), reply.bytes(), End::KeepAlive)
    }

    fn new(status: Option<u16>, bytes: Vec<u8>, end: End) -> Self {
        Self { status, bytes, pace: None, document: None, end }
    }

    /// Turns a fault into bytes; `reply` makes the answer that would be right, with a body.
    pub(super) fn faulty(fault: Fault, target: &str, reply: impl FnOnce() -> Reply) -> Self {
        match fault {
            Fault::Pass => Self::plain(&reply()),
            Fault::CloseWithoutAnswer => Self::new(None, Vec::new(), End::Close),
            Fault::NeverAnswer => Self::new(None, Vec::new(), End::Hold),
            Fault::SlowBytes { interval } => Self { pace: Some(interval), ..Self::plain(&reply()) },
            Fault::CutInHeaders => {
                let mut bytes = reply().bytes();
                bytes.truncate(bytes.windows(2).position(|pair| pair == b"\r\n").map_or(8, |end| end + 6));
                Self::new(None, bytes, End::Close)
            }
            Fault::CutInBody => Self::cut(&reply(), |length| Framing::Length(length.max(MISSING))),
            Fault::CutInChunk => Self::cut(&reply(), |_| Framing::Chunked),
            Fault::LengthTooShort => {
                let mut reply = reply();
                if reply.body.is_empty() {
                    reply.body = "more".into();
                }
                let mut bytes = reply.head(Framing::Length(reply.body.len() / 2));
                bytes.extend_from_slice(reply.body.as_bytes());
                Self::new(Some(reply.status), bytes, End::KeepAlive)
            }
            Fault::LengthTooLong => {
                let reply = reply();
                let mut bytes = reply.head(Framing::Length(reply.body.len() + MISSING));
                bytes.extend_from_slice(reply.body.as_bytes());
                Self::new(Some(reply.status), bytes, End::Hold)
            }
            Fault::Html => Self::plain(&Reply::new(200, "text/html; charset=utf-8", HTML)),
            Fault::EmptyBody => Self::plain(&Reply::json("")),
            Fault::WrongShape => Self::plain(&Reply::json(WRONG_SHAPE)),
            Fault::Json(text) => Self::plain(&Reply::json(text)),
            Fault::RedirectLoop => Self::plain(&Reply::text(301, "").header("Location", target)),
            Fault::Status { status, headers } => {
                let mut reply = Reply::text(status, "error");
                reply.headers.extend(headers.into_iter().map(|(name, value)| (Cow::Owned(name), value)));
                Self::plain(&reply)
            }
            Fault::WrongGzip => Self::plain(&Reply::json(NOT_GZIP).header("Content-Encoding", "gzip")),
            Fault::HugeBody { bytes } => {
                let head = Reply::json("").head(Framing::Chunked);
                Self { document: Some(bytes), ..Self::new(Some(200), head, End::KeepAlive) }
            }
            Fault::StreamEnds => Self::stream(b"0\r\n\r\n", End::Close),
            Fault::StreamStalls => Self::stream(b"", End::HoldStream),
            Fault::StreamCutsEvent => Self::stream(&chunk(HALF_EVENT.as_bytes()), End::Close),
        }
    }

    /// Half of the body under a framing that promises more.
    fn cut(reply: &Reply, framing: impl FnOnce(usize) -> Framing) -> Self {
        let body = reply.body.as_bytes();
        let framing = framing(body.len());
        let mut bytes = reply.head(framing);
        if matches!(framing, Framing::Chunked) {
            bytes.extend_from_slice(format!("{:x}\r\n", body.len().max(MISSING)).as_bytes());
        }
        bytes.extend_from_slice(&body[..body.len() / 2]);
        Self::new(Some(reply.status), bytes, End::Close)
    }

    fn stream(after_head: &[u8], end: End) -> Self {
        let mut bytes = stream_reply().head(Framing::Chunked);
        bytes.extend_from_slice(after_head);
        Self::new(Some(200), bytes, end)
    }
}

/// One piece of a chunked body.
pub(super) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// The head of an event stream.
pub(super) fn stream_reply() -> Reply {
    Reply::new(200, "text/event-stream", "").header("Cache-Control", "no-cache")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_served_in_order_and_an_endless_fault_stays() {
        let mut queues = FaultQueues::default();
        queues.push(RequestKind::Token, Fault::status(500), Times::Count(2));
        queues.push(RequestKind::Token, Fault::Pass, Times::Once);
        queues.push(RequestKind::Token, Fault::Html, Times::Count(0));
        queues.push(RequestKind::Token, Fault::EmptyBody, Times::Always);
        let served: Vec<_> = (0..5).map(|_| queues.next(RequestKind::Token)).collect();
        assert_eq!(
            served,
            [Fault::status(500), Fault::status(500), Fault::Pass, Fault::EmptyBody, Fault::EmptyBody]
                .map(Some)
        );
        assert_eq!(queues.next(RequestKind::Tracking), None);
        queues.clear();
        assert_eq!(queues.next(RequestKind::Token), None);
    }
}
