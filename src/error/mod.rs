//! What can go wrong.

mod kameleoon_error;
mod request;

pub use kameleoon_error::{KameleoonError, Result};
pub(crate) use request::{BAD_CERTIFICATE, UNKNOWN_ISSUER};
pub use request::{RequestFailure, RequestKind};
