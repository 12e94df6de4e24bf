//! What the HTTP library reports, in the crate's words and without addresses: they hold visitor codes.

use std::io::ErrorKind;

use super::stage::Stage;
use super::tls_words::{Fault, fault_of};
use crate::error::{PROXY_UNREACHABLE, RequestFailure};
use ureq::Error;

fn unsendable() -> RequestFailure {
    RequestFailure::Connection("the address or a header has characters that cannot be sent".to_owned())
}

/// A failure after the headers: what is not a timeout left a body that cannot be used.
pub(super) fn body_failure(error: Error) -> RequestFailure {
    match error {
        Error::Io(error) => RequestFailure::Body(format!("it could not be read to its end: {error}")),
        Error::Protocol(error) => RequestFailure::Body(format!("it breaks the protocol: {error}")),
        other => failure(other),
    }
}

/// Whether the other side ended the connection, as far as can be seen.
pub(super) fn is_end(error: &Error) -> bool {
    match error {
        Error::Io(error) => matches!(
            error.kind(),
            ErrorKind::UnexpectedEof
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
        ),
        _ => false,
    }
}

/// Why this thread's request failed.
pub(super) fn failure(error: Error) -> RequestFailure {
    match error {
        Error::StatusCode(status) => RequestFailure::Status(status),
        Error::Timeout(_) => timeout(),
        // Plain sockets do not find fault with data; TLS does, and says what.
        Error::Io(error) if error.kind() == ErrorKind::InvalidData => tls(&error.to_string()),
        Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => ended(),
        Error::Io(error) => connection(error.to_string()),
        Error::BadUri(_) | Error::Http(_) => unsendable(),
        Error::RequireHttpsOnly(_) => connection("redirected from https to http".to_owned()),
        error @ (Error::Tls(_) | Error::TlsRequired) => tls(&error.to_string()),
        #[cfg(feature = "rustls")]
        error @ Error::Rustls(_) => tls(&error.to_string()),
        #[cfg(feature = "native-tls")]
        error @ (Error::NativeTls(_) | Error::Der(_)) => tls(&error.to_string()),
        Error::ConnectProxyFailed(text) => refused_by_proxy(&text),
        Error::LargeResponseHeader(_, most) => {
            connection(format!("the answer's head is larger than the {most} bytes that are taken"))
        }
        // It repeats the address that it was redirected to, which may be ours once more.
        other if other.to_string().contains("location header is malformed") => {
            connection("redirected to what is no address".to_owned())
        }
        // Its name is there only where another crate has the library unpack.
        other if other.to_string().contains("decompression failed") => {
            RequestFailure::Body(other.to_string())
        }
        other => connection(other.to_string()),
    }
}

/// Which of its bounds was over, the library says, but not what it was at: mostly it is that of the whole
/// request.
fn timeout() -> RequestFailure {
    let (stage, lasted) = Stage::of_last();
    RequestFailure::Timeout(format!("still {stage} after {:.1} s", lasted.as_secs_f64()))
}

fn ended() -> RequestFailure {
    let (stage, _) = Stage::of_last();
    RequestFailure::Connection(format!("the other side ended it while {stage}"))
}

fn connection(text: String) -> RequestFailure {
    RequestFailure::Connection(with_proxy(text))
}

fn tls(text: &str) -> RequestFailure {
    match fault_of(text) {
        Fault::Ended => ended(),
        Fault::Told(text) => RequestFailure::Tls(with_proxy(text)),
    }
}

/// The address that is told with a failure is that of the server, which has no part in this one.
fn with_proxy(text: String) -> String {
    match Stage::of_last().0 {
        Stage::Proxy => format!("{PROXY_UNREACHABLE}: {text}"),
        _ => text,
    }
}

/// A proxy that gave no connection to the server: `proxy server responded 407/407`.
fn refused_by_proxy(text: &str) -> RequestFailure {
    const CREDENTIALS: u16 = 407;
    let status = text.rsplit(' ').next().and_then(|pair| pair.split('/').next()?.parse().ok());
    match status {
        Some(CREDENTIALS) => RequestFailure::Status(CREDENTIALS),
        Some(status) => RequestFailure::Connection(format!(
            "the proxy answered with status {status} in place of a connection"
        )),
        None => RequestFailure::Connection("the proxy ended the connection without an answer".to_owned()),
    }
}
