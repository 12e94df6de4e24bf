//! How an answer, right or faulty, looks on the wire.

use std::borrow::Cow;
use std::time::Duration;

use super::faults::Fault;
use super::reply::{Framing, Reply, chunk};

const HTML: &str = "<!DOCTYPE html><html><body><h1>Welcome to the airport network</h1></body></html>";
const WRONG_SHAPE: &str = r#"["this is JSON",{"of":"another shape"},42]"#;
const NOT_GZIP: &str = "these bytes were never compressed";
const HALF_EVENT: &str = "event: configuration-update-event\ndata: {\"ts\": 17";
/// What a length promises beyond what is sent.
const MISSING: usize = 64;

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

    /// The answer to a `HEAD`: its body would be taken for the start of the next answer.
    pub(super) fn leave_out_body(&mut self) {
        if let Some(end) = self.bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            self.bytes.truncate(end + 4);
            self.document = None;
        }
    }

    /// Turns a fault into bytes; `reply` makes the answer that would be right, with a body.
    pub(super) fn faulty(fault: Fault, target: &str, reply: impl FnOnce() -> Reply) -> Self {
        match fault {
            // What is late was waited for already.
            Fault::Pass | Fault::Late { .. } => Self::plain(&reply()),
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

/// The head of an event stream.
pub(super) fn stream_reply() -> Reply {
    Reply::new(200, "text/event-stream", "").header("Cache-Control", "no-cache")
}
