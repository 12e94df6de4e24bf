//! Requests to the platform that failed: what they were for, why, and what to look at.

use std::fmt;

/// What a request to the platform was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestKind {
    /// The data file.
    Configuration,
    /// An access token.
    Token,
    /// A batch of tracking lines.
    Tracking,
    /// A visitor's data from earlier visits.
    VisitorData,
    /// A value of the data map (remote data, warehouse audiences).
    DataMap,
    /// The stream of configuration events.
    Stream,
}

impl RequestKind {
    /// A short name that stays the same: a label of metrics, a word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Token => "token",
            Self::Tracking => "tracking",
            Self::VisitorData => "visitor_data",
            Self::DataMap => "data_map",
            Self::Stream => "stream",
        }
    }
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a request to the platform brought nothing usable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestFailure {
    /// The server answered with a status that is not a success; 407 is the proxy's.
    Status(u16),
    /// The request took longer than it may. The text says what it was at and after how long: `still
    /// waiting for the answer after 10.0 s`. The time is that of the whole request,
    /// [`default_timeout`](crate::KameleoonClientConfig::default_timeout) or the `timeout` of the call, and
    /// less while a client is being closed.
    Timeout(String),
    /// The connection could not be made, was refused or broke; the text says how.
    Connection(String),
    /// TLS could not be set up or the certificate was refused.
    Tls(String),
    /// The answer came, but its body is not what it has to be.
    Body(String),
    /// The client was closed while the request was running.
    Closed,
}

impl RequestFailure {
    /// A short name of the kind of failure that stays the same: a label of metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Timeout(_) => "timeout",
            Self::Connection(_) => "connection",
            Self::Tls(_) => "tls",
            Self::Body(_) => "body",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for RequestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::Timeout(phase) => write!(f, "timeout: {phase}"),
            Self::Connection(text) => write!(f, "connection: {text}"),
            Self::Tls(text) => write!(f, "TLS: {text}"),
            Self::Body(text) => write!(f, "unusable body: {text}"),
            Self::Closed => f.write_str("the client is closed"),
        }
    }
}

impl std::error::Error for RequestFailure {}

/// How failures of TLS are told that are the certificate's.
pub(crate) const BAD_CERTIFICATE: &str = "the server's certificate is refused: ";
pub(crate) const UNKNOWN_ISSUER: &str =
    "the server's certificate is refused: no authority that is trusted here has issued it";
pub(crate) const NO_TLS: &str = "what the server answers is no TLS";
/// How failures begin that the proxy has before it is asked for anything.
pub(crate) const PROXY_UNREACHABLE: &str = "the proxy cannot be reached";

/// A failure with what to look at, where that has a usual cause.
pub(crate) struct Advised<'a>(pub(crate) RequestKind, pub(crate) &'a RequestFailure);

impl fmt::Display for Advised<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(kind, failure) = *self;
        write!(f, "{failure}")?;
        fix(kind, failure).map_or(Ok(()), |fix| write!(f, "; {fix}"))
    }
}

fn fix(kind: RequestKind, failure: &RequestFailure) -> Option<&'static str> {
    Some(match (kind, failure) {
        (RequestKind::Configuration, RequestFailure::Status(403 | 404)) => {
            "check the site code, and `environment` if it is set"
        }
        (RequestKind::Stream, RequestFailure::Status(403 | 404)) => "check the site code",
        (RequestKind::Token, RequestFailure::Status(400 | 401 | 403)) => {
            "the platform does not know the credentials: check `client_id` and `client_secret`"
        }
        (RequestKind::DataMap, RequestFailure::Status(404)) => "nothing is stored under this key",
        (
            RequestKind::DataMap | RequestKind::VisitorData | RequestKind::Tracking,
            RequestFailure::Status(401 | 403),
        ) => "check `client_id` and `client_secret`, and what they are allowed to do",
        (_, RequestFailure::Status(407)) => "the proxy wants credentials: check `proxy`",
        (_, RequestFailure::Tls(text)) if text.contains(UNKNOWN_ISSUER) => {
            "a proxy may be in between, or the authority is one of your own: see `tls_roots`"
        }
        (_, RequestFailure::Tls(text)) if text.contains(BAD_CERTIFICATE) => {
            "renewing or changing it is the server's part, unless the address, or the clock of this machine, is wrong"
        }
        (_, RequestFailure::Tls(text)) if text.contains(NO_TLS) => {
            "if the server speaks plain HTTP, its URL has to begin with `http:`"
        }
        (_, RequestFailure::Tls(_)) => "a firewall or proxy in between may have a part in it",
        (_, RequestFailure::Connection(text)) if text.contains(PROXY_UNREACHABLE) => {
            "check the address in `proxy`, and the network"
        }
        (_, RequestFailure::Connection(_)) => {
            "check the address, the network and a firewall or proxy in between"
        }
        (_, RequestFailure::Timeout(_)) => {
            "check the network and what is in between; `default_timeout_millisecond`, or a call's own `timeout`, \
             gives requests more time"
        }
        _ => return None,
    })
}
