//! What can go wrong.

mod kameleoon_error;
mod request;

pub use kameleoon_error::{KameleoonError, Result};
pub(crate) use request::{Advised, BAD_CERTIFICATE, NO_TLS, PROXY_UNREACHABLE, UNKNOWN_ISSUER};
pub use request::{RequestFailure, RequestKind};
