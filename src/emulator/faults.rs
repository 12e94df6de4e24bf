//! What may go wrong, and when.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::RequestKind;

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
    /// The right answer, late: what follows is sent after a while; see [`Fault::late`].
    #[non_exhaustive]
    Late {
        /// How long the platform takes.
        delay: Duration,
    },
    /// The right answer, one byte at a time; see [`Fault::slow_bytes`].
    #[non_exhaustive]
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
    /// This status with a short text as body; see [`Fault::status`] and [`Fault::status_with`].
    #[non_exhaustive]
    Status {
        /// The status code.
        status: u16,
        /// Headers beside the usual ones, such as `Retry-After`.
        headers: Vec<(String, String)>,
    },
    /// Status 200 with `Content-Encoding: gzip` and a body that is no gzip.
    WrongGzip,
    /// Status 200 with a chunked JSON document of this many bytes; see [`Fault::huge_body`].
    #[non_exhaustive]
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
    /// The right answer, after this time. The client's timeout decides whether it comes too late.
    ///
    /// ```
    /// use std::time::Duration;
    /// use kameleoon::emulator::Fault;
    /// let slow_platform = Fault::late(Duration::from_secs(2));
    /// ```
    pub fn late(delay: Duration) -> Self {
        Self::Late { delay }
    }

    /// The right answer, one byte at a time, with this time between two bytes.
    pub fn slow_bytes(interval: Duration) -> Self {
        Self::SlowBytes { interval }
    }

    /// Status 200 with a chunked JSON document of this many bytes.
    pub fn huge_body(bytes: u64) -> Self {
        Self::HugeBody { bytes }
    }

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
