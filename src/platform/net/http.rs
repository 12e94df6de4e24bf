//! One request at a time, with a budget and a bound, and a way to stop them all.

use super::agent;
use super::endpoints::Endpoints;
use super::failure::{body_failure, failure, is_end};
use super::gzip;
use super::limit;
use super::request_log::RequestLog;
use super::retry::parse_retry_after;
use super::stage::Stage;
use crate::config::Settings;
use crate::error::{RequestFailure, RequestKind, Result};
use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use ureq::http;

/// For how long a body is waited for of which nothing is needed but its end.
const UNREAD_BODY: Duration = Duration::from_secs(1);

/// The methods that the platform's interface knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

/// What is asked of a server.
#[derive(Clone)]
pub(crate) struct Request<'a> {
    /// What it is for, where that is told.
    pub(crate) kind: Option<RequestKind>,
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) headers: Vec<(&'static str, Cow<'a, str>)>,
    /// Sent with `Post` only.
    pub(crate) body: &'a [u8],
    /// The budget of the whole call: name, connection, redirects, and the last byte of the body.
    pub(crate) timeout: Duration,
    /// How many bytes of body are taken, after decompression; more is a failure.
    pub(crate) max_body: usize,
    /// Whether the status alone is the answer: a body that cannot be read is left out.
    pub(crate) is_status_enough: bool,
}

impl<'a> Request<'a> {
    pub(crate) fn get(url: &'a str, timeout: Duration, max_body: usize) -> Self {
        Self {
            kind: None,
            method: Method::Get,
            url,
            headers: Vec::new(),
            body: &[],
            timeout,
            max_body,
            is_status_enough: false,
        }
    }

    pub(crate) fn post(url: &'a str, body: &'a [u8], timeout: Duration, max_body: usize) -> Self {
        Self {
            kind: None,
            method: Method::Post,
            url,
            headers: Vec::new(),
            body,
            timeout,
            max_body,
            is_status_enough: false,
        }
    }

    pub(crate) fn of_kind(mut self, kind: RequestKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The status alone is the answer.
    pub(crate) fn status_is_enough(mut self) -> Self {
        self.is_status_enough = true;
        self
    }

    /// Whether it tells the server nothing, so that it may arrive twice.
    fn only_asks(&self) -> bool {
        self.method == Method::Get || self.kind == Some(RequestKind::Token)
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What a server answered, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) last_modified: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Sends requests. Clones share their connections and are shut down together.
#[derive(Clone)]
pub(crate) struct HttpClient {
    pub(super) agent: ureq::Agent,
    closed: Arc<AtomicBool>,
}

impl fmt::Debug for HttpClient {
    /// Without the agent, whose settings hold a proxy's password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("closed", &self.closed).finish_non_exhaustive()
    }
}

impl HttpClient {
    /// # Errors
    /// `ConfigInvalid` for what the configuration says about TLS and the proxy, and when an
    /// endpoint is https in a build without TLS.
    pub(crate) fn new(settings: &Settings, endpoints: &Endpoints) -> Result<Self> {
        let agent = agent::build(settings, endpoints.need_tls())?;
        Ok(Self { agent, closed: Arc::new(AtomicBool::new(false)) })
    }

    /// Cancels every running request, streams included, and refuses further ones. A look-up of a
    /// name or a TCP connection that is being made runs to its own timeout.
    pub(crate) fn shutdown(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.agent.clone().shutdown();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Sends one request and reads the whole answer. A status that is no success is an answer.
    ///
    /// A `Get` follows up to five redirects, but never from https to http. A `Post` follows none:
    /// the library would repeat it as a `Get`, and the answer to that would say nothing about the
    /// data that was to be delivered. `Authorization` is never sent on.
    pub(crate) fn send(&self, request: &Request<'_>) -> std::result::Result<Response, RequestFailure> {
        Stage::begin();
        if request.timeout.is_zero() {
            return Err(RequestFailure::Timeout("no time was left for the request".to_owned()));
        }
        let (method, sent) = match request.method {
            Method::Get => ("GET", 0),
            Method::Post => ("POST", request.body.len()),
        };
        let log = RequestLog { kind: request.kind, method, url: request.url, sent };
        let send = || limit::within(request.timeout, || self.send_one(request));
        log.run(send, |response| (response.status, Some(response.body.len())))
    }

    fn send_one(&self, request: &Request<'_>) -> std::result::Result<Response, RequestFailure> {
        self.guarded(|| {
            let send = || match request.method {
                Method::Get => self.run(request, http::Method::GET, ()),
                Method::Post => self.run(request, http::Method::POST, request.body),
            };
            let answer = if request.only_asks() { ask(send) } else { send() };
            let mut response = answer.map_err(failure)?;
            Stage::Body.enter();
            let ends_with_connection = response.body().content_length().is_none()
                && !response.headers().contains_key(http::header::TRANSFER_ENCODING);
            let body = read_body(response.body_mut(), request.max_body);
            let is_gzip = header(&response, http::header::CONTENT_ENCODING).is_some_and(|encoding| {
                matches!(encoding.trim().to_ascii_lowercase().as_str(), "gzip" | "x-gzip")
            });
            let body = match body {
                Ok(body) if is_gzip && !body.is_empty() => decoded(&body, request.max_body),
                body => body,
            };
            let body = match body {
                Err(_) if request.is_status_enough => Vec::new(),
                body => body?,
            };
            if ends_with_connection && !request.is_status_enough && self.is_closed() {
                // It may be the shutdown that ended it.
                return Err(RequestFailure::Closed);
            }
            let header = |name| header(&response, name);
            Ok(Response {
                status: response.status().as_u16(),
                last_modified: header(http::header::LAST_MODIFIED),
                content_type: header(http::header::CONTENT_TYPE),
                retry_after: retry_after(&response),
                body,
            })
        })
    }

    fn run(
        &self,
        request: &Request<'_>,
        method: http::Method,
        body: impl ureq::AsSendBody,
    ) -> std::result::Result<http::Response<ureq::Body>, ureq::Error> {
        let follow = method == http::Method::GET;
        let mut builder = http::Request::builder().method(method).uri(request.url);
        builder = builder.header(http::header::ACCEPT_ENCODING, "gzip");
        for (name, value) in &request.headers {
            builder = builder.header(*name, value.as_ref());
        }
        let http_request = builder.body(body)?;
        let mut config = self
            .agent
            .configure_request(http_request)
            .timeout_global(Some(request.timeout))
            .https_only(request.url.starts_with("https:"));
        if !follow {
            config = config.max_redirects(0);
        }
        if request.is_status_enough {
            // A body that never comes must not keep an answer that is there from counting.
            config = config.timeout_recv_body(Some(UNREAD_BODY));
        }
        // Nothing of one visitor's request may be in another's.
        self.agent.cookie_jar_lock().clear();
        let answer = self.agent.run(config.build());
        self.agent.cookie_jar_lock().clear();
        answer
    }

    /// Runs `call`; a failure after a shutdown is that shutdown, and a panic of the library (it has
    /// some for want of threads) is a failure.
    pub(super) fn guarded<T>(
        &self,
        call: impl FnOnce() -> std::result::Result<T, RequestFailure>,
    ) -> std::result::Result<T, RequestFailure> {
        if self.is_closed() {
            return Err(RequestFailure::Closed);
        }
        let outcome = catch_unwind(AssertUnwindSafe(call))
            .unwrap_or_else(|_| Err(RequestFailure::Connection("the HTTP library panicked".to_owned())));
        outcome.map_err(|failure| if self.is_closed() { RequestFailure::Closed } else { failure })
    }
}

/// A server may end a connection that waits for its next request just when that comes. What only asks
/// can ask again, over another one; each try that fails so takes one of those that are kept.
pub(super) fn ask<T>(
    send: impl Fn() -> std::result::Result<T, ureq::Error>,
) -> std::result::Result<T, ureq::Error> {
    loop {
        match send() {
            Err(error) if is_end(&error) && Stage::is_on_kept_connection() => Stage::begin_again(),
            answer => return answer,
        }
    }
}

/// The library has a method of this name when some crate of the program switches its feature
/// `cookies` on, and each agent then has a jar. A method of its own goes before one of a trait, so
/// what is called here empties the jar where there is one.
#[allow(dead_code, reason = "not called where the library has the method")]
trait WithoutJar {
    fn cookie_jar_lock(&self) -> NoJar {
        NoJar
    }
}

impl WithoutJar for ureq::Agent {}

#[allow(dead_code, reason = "not made where the library has a jar")]
struct NoJar;

#[allow(dead_code, reason = "not called where the library has a jar")]
impl NoJar {
    fn clear(&mut self) {}
}

pub(super) fn header(response: &http::Response<ureq::Body>, name: http::HeaderName) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

pub(super) fn retry_after(response: &http::Response<ureq::Body>) -> Option<Duration> {
    parse_retry_after(&header(response, http::header::RETRY_AFTER)?, SystemTime::now())
}

/// What the library says when something that is no gzip follows a gzip text, whose checksum was right.
const NO_FURTHER_MEMBER: &str = "invalid gzip header";

fn read_body(body: &mut ureq::Body, max: usize) -> std::result::Result<Vec<u8>, RequestFailure> {
    let too_large = || RequestFailure::Body(format!("larger than the {max} bytes that are taken"));
    let announced = body.content_length().unwrap_or(0);
    if announced > max as u64 {
        return Err(too_large());
    }
    // The announcement is the server's word: room is made for it only up to a point.
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or(0).min(1024 * 1024));
    let mut reader = body.as_reader().take((max as u64).saturating_add(1));
    match reader.read_to_end(&mut bytes) {
        Ok(_) => {}
        // Where another crate has the library unpack: padding behind a text that is whole.
        Err(error) if !bytes.is_empty() && error.to_string().contains(NO_FURTHER_MEMBER) => {}
        Err(error) => return Err(body_failure(error.into())),
    }
    if bytes.len() > max { Err(too_large()) } else { Ok(bytes) }
}

fn decoded(body: &[u8], max: usize) -> std::result::Result<Vec<u8>, RequestFailure> {
    let too_large = || RequestFailure::Body(format!("larger than the {max} bytes that are taken"));
    gzip::decoded(body, max).map_err(RequestFailure::Body)?.ok_or_else(too_large)
}
