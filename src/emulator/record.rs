//! What arrived.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::connection::find;
use super::line::{LineDigest, TrackingLine, decode_pairs, split_lines, value_of};
use crate::RequestKind;

/// One request that arrived, and what it was answered.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// What it was for, judged by its path; `None` for a path that the platform does not have.
    pub kind: Option<RequestKind>,
    /// The method, such as `GET`.
    pub method: String,
    /// The path as it was sent.
    pub path: String,
    /// What followed the `?`, as it was sent.
    pub query: String,
    /// The headers in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body, decoded from its transfer encoding; empty when bodies are not kept.
    pub body: Vec<u8>,
    /// The length of the body, known even when it is not kept.
    pub body_length: usize,
    /// The status of the answer, whether or not the client read it to its end; `None` when a fault
    /// left the client without a status.
    pub status: Option<u16>,
    /// When the request had arrived in full.
    pub received_at: Instant,
}

impl Request {
    /// The query, decoded, in the order of arrival.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        decode_pairs(&self.query)
    }

    /// The decoded value of the first query parameter of that name.
    pub fn query_value(&self, name: &str) -> Option<String> {
        value_of(&self.query_pairs(), name).map(str::to_owned)
    }

    /// The value of the first header of that name, in whatever case it was written.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as text.
    pub fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The tracking lines of the body, whether they were accepted or not.
    pub fn tracking_lines(&self) -> Vec<TrackingLine> {
        split_lines(&self.body_text()).map(TrackingLine::new).collect()
    }

    /// Whether a tracking client may take its lines as delivered: a status 2xx or 403.
    pub fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status) || status == 403)
    }
}

impl fmt::Debug for Request {
    /// Leaves out what could be a credential: the body, and the value of `Authorization`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| match name.eq_ignore_ascii_case("authorization") {
                true => (name.as_str(), "***"),
                false => (name.as_str(), value.as_str()),
            })
            .collect();
        f.debug_struct("Request")
            .field("kind", &self.kind)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &headers)
            .field("body_length", &self.body_length)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Request {
    /// One line: status, method and target, size of the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("---")?,
        }
        write!(f, " {} {}", self.method, self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        match self.body_length {
            0 => Ok(()),
            length => write!(f, " ({length} bytes)"),
        }
    }
}

/// What all tracking requests together brought; kept even when bodies are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackingTotals {
    /// Tracking requests that were accepted (2xx or 403).
    pub accepted_requests: usize,
    /// Tracking requests that were not.
    pub failed_requests: usize,
    /// Lines in accepted requests.
    pub lines: usize,
    /// Bytes in the bodies of accepted requests.
    pub bytes: usize,
    /// Different nonces in accepted lines.
    pub nonces: usize,
    /// Accepted lines whose nonce had been accepted before.
    pub repeated_nonces: usize,
    /// Different visitor codes or mapping values in accepted lines.
    pub visitors: usize,
}

/// Everything that arrived since the start, or since
/// [`Emulator::clear_requests`](super::Emulator::clear_requests).
///
/// The newest requests are kept whole, as many as
/// [`EmulatorBuilder::keep_requests`](super::EmulatorBuilder::keep_requests) says; counts and
/// totals go on beyond that.
#[derive(Debug)]
pub struct Log {
    requests: VecDeque<Arc<Request>>,
    keep: usize,
    counts: HashMap<RequestKind, usize>,
    totals: TrackingTotals,
    nonces: HashSet<u64>,
    visitors: HashSet<u64>,
    open_streams: usize,
}

impl Log {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            requests: VecDeque::new(),
            keep,
            counts: HashMap::new(),
            totals: TrackingTotals::default(),
            nonces: HashSet::new(),
            visitors: HashSet::new(),
            open_streams: 0,
        }
    }

    /// The requests that are kept, oldest first.
    pub fn requests(&self) -> impl DoubleEndedIterator<Item = &Request> + ExactSizeIterator {
        self.requests.iter().map(AsRef::as_ref)
    }

    /// How many requests of that kind arrived.
    pub fn count(&self, kind: RequestKind) -> usize {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// The accepted tracking lines of the requests that are kept, oldest first.
    pub fn tracking_lines(&self) -> Vec<TrackingLine> {
        accepted_lines(self.requests())
    }

    /// What all tracking requests together brought.
    pub fn tracking_totals(&self) -> TrackingTotals {
        self.totals
    }

    /// How many event streams are open at this moment.
    pub fn open_streams(&self) -> usize {
        self.open_streams
    }

    pub(super) fn shared_requests(&self) -> Vec<Arc<Request>> {
        self.requests.iter().cloned().collect()
    }

    pub(super) fn set_open_streams(&mut self, open: usize) {
        self.open_streams = open;
    }

    pub(super) fn clear(&mut self) {
        *self = Self { open_streams: self.open_streams, ..Self::new(self.keep) };
    }

    pub(super) fn add(&mut self, request: Arc<Request>, lines: &[LineDigest]) {
        if let Some(kind) = request.kind {
            *self.counts.entry(kind).or_default() += 1;
        }
        if request.kind == Some(RequestKind::Tracking) {
            self.add_tracking(&request, lines);
        }
        if self.keep == 0 {
            return;
        }
        if self.requests.len() == self.keep {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    fn add_tracking(&mut self, request: &Request, lines: &[LineDigest]) {
        if !request.is_accepted() {
            self.totals.failed_requests += 1;
            return;
        }
        self.totals.accepted_requests += 1;
        self.totals.lines += lines.len();
        self.totals.bytes += request.body_length;
        for line in lines {
            if let Some(nonce) = line.nonce {
                if !self.nonces.insert(nonce) {
                    self.totals.repeated_nonces += 1;
                }
            }
            self.visitors.extend(line.visitor);
        }
        self.totals.nonces = self.nonces.len();
        self.totals.visitors = self.visitors.len();
    }
}

/// The accepted tracking lines among these requests.
pub(super) fn accepted_lines<'a>(requests: impl Iterator<Item = &'a Request>) -> Vec<TrackingLine> {
    requests
        .filter(|request| request.kind == Some(RequestKind::Tracking) && request.is_accepted())
        .flat_map(Request::tracking_lines)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_credentials_nor_bodies() {
        let request = Request {
            kind: Some(RequestKind::Token),
            method: "POST".into(),
            path: "/oauth/token".into(),
            query: String::new(),
            headers: vec![("authorization".into(), "Basic c2VjcmV0".into())],
            body: b"client_secret=hidden".to_vec(),
            body_length: 20,
            status: Some(200),
            received_at: Instant::now(),
        };
        let text = format!("{request:?} {request}");
        assert!(!text.contains("c2VjcmV0") && !text.contains("hidden"), "{text}");
        assert!(text.contains("200 POST /oauth/token (20 bytes)"), "{text}");
    }
}
