//! The faults, and what a request makes of each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kameleoon::emulator::{Emulator, Fault, Times};
use kameleoon::{KameleoonError, RequestFailure, RequestKind};

/// One way in which the platform fails.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// None: connections are refused.
    fault: Option<Fault>,
    /// What a request for JSON makes of it.
    pub(crate) outcome: Outcome,
    /// What becomes of tracking lines.
    pub(crate) lines: Lines,
}

/// What a request for JSON makes of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Status(u16),
    Timeout,
    Connection,
    /// The body cannot be read to its end.
    Body,
    /// The body is whole, and not what it has to be.
    Content,
}

/// What becomes of tracking lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// The platform does not take them, and the client knows.
    Refused,
    /// The platform takes them, and the client knows.
    Taken,
    /// The emulator has taken them, but the client cannot know.
    Unknown,
}

const HUGE: u64 = 200 * 1024 * 1024;

pub(crate) fn cases() -> Vec<Case> {
    use Lines::{Refused, Taken, Unknown};
    use Outcome::{Body, Connection, Content, Status, Timeout};
    let case = |name, fault, outcome, lines| Case { name, fault: Some(fault), outcome, lines };
    let status = |name, status| case(name, Fault::status(status), Status(status), Refused);
    let slow = Fault::slow_bytes(Duration::from_millis(100));
    vec![
        Case { name: "refused", fault: None, outcome: Connection, lines: Refused },
        case("closed without an answer", Fault::CloseWithoutAnswer, Connection, Refused),
        case("never answers", Fault::NeverAnswer, Timeout, Refused),
        case("byte by byte", slow, Timeout, Unknown),
        case("cut in the headers", Fault::CutInHeaders, Connection, Refused),
        case("cut in the body", Fault::CutInBody, Body, Taken),
        case("cut in a chunk", Fault::CutInChunk, Body, Taken),
        case("length too short", Fault::LengthTooShort, Content, Taken),
        case("length too long", Fault::LengthTooLong, Timeout, Taken),
        case("HTML with 200", Fault::Html, Content, Taken),
        case("empty body", Fault::EmptyBody, Content, Taken),
        case("JSON of another shape", Fault::WrongShape, Content, Taken),
        case("301 loop", Fault::RedirectLoop, Connection, Refused),
        status("304", 304),
        status("400", 400),
        status("401", 401),
        Case { lines: Taken, ..status("403", 403) },
        status("404", 404),
        status("413", 413),
        status("414", 414),
        status("422", 422),
        status("429", 429),
        case("429 with Retry-After", Fault::status_with(429, [("Retry-After", "1")]), Status(429), Refused),
        status("431", 431),
        status("500", 500),
        status("503", 503),
        case("wrong gzip", Fault::WrongGzip, Body, Taken),
        case("200 MB", Fault::huge_body(HUGE), Body, Taken),
        case("stream that ends", Fault::StreamEnds, Content, Taken),
        case("stream that stalls", Fault::StreamStalls, Timeout, Taken),
        case("stream that breaks off", Fault::StreamCutsEvent, Body, Taken),
    ]
}

impl Case {
    /// Begins the fault, for good, for requests of these kinds.
    pub(crate) fn begin(&self, platform: &Emulator, kinds: &[RequestKind]) {
        match &self.fault {
            None => platform.pause(),
            Some(fault) => {
                kinds.iter().for_each(|kind| platform.fail(*kind, fault.clone(), Times::Always));
            }
        }
    }

    /// Ends the fault.
    pub(crate) fn end(&self, platform: &Emulator) {
        platform.clear_faults();
        platform.resume().unwrap();
    }

    /// What tracking requests are answered with that bring a certain visitor's lines: for faults that
    /// an answer alone tells.
    pub(crate) fn status_alone(&self) -> Option<u16> {
        match (self.outcome, self.lines) {
            (Outcome::Status(status), Lines::Refused) => Some(status),
            _ => None,
        }
    }

    /// Whether the platform cannot be reached at all.
    pub(crate) fn is_refused(&self) -> bool {
        self.fault.is_none()
    }

    /// Checks an error against what the fault makes of a request.
    pub(crate) fn check_error(&self, error: &KameleoonError) {
        let outcome = match error {
            KameleoonError::Request { failure, .. } => match failure {
                RequestFailure::Status(status) => Outcome::Status(*status),
                RequestFailure::Timeout(_) => Outcome::Timeout,
                RequestFailure::Connection(_) => Outcome::Connection,
                RequestFailure::Body(text) if text.contains("JSON") => Outcome::Content,
                RequestFailure::Body(_) => Outcome::Body,
                other => panic!("{}: {other:?}", self.name),
            },
            KameleoonError::DataFileInvalid { .. } => Outcome::Content,
            other => panic!("{}: {other:?}", self.name),
        };
        // So many bytes may take longer than a request may.
        let is_huge_timeout =
            matches!(self.fault, Some(Fault::HugeBody { .. })) && outcome == Outcome::Timeout;
        // Where the system is slow to hand over what came before it, an end is a reset.
        let is_reset = matches!(self.fault, Some(Fault::StreamEnds)) && outcome == Outcome::Connection;
        assert!(outcome == self.outcome || is_huge_timeout || is_reset, "{}: {error:?}", self.name);
    }
}

/// How many cases run at a time. Most of them wait most of the time.
const AT_ONCE: usize = 9;

/// Runs a test for every case, and says which ones failed.
pub(crate) fn for_each(test: impl Fn(&Case) + Sync) {
    let cases = cases();
    assert_eq!(cases.len(), 31, "a case has gone");
    let next = AtomicUsize::new(0);
    let failed = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if catch_unwind(AssertUnwindSafe(|| test(case))).is_err() {
                        failed.lock().unwrap().push(case.name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "failed: {failed:?}");
}
