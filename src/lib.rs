//! Feature flags and A/B tests of the Kameleoon platform for Rust programs that are not async.

mod error;

pub use error::{KameleoonError, RequestFailure, RequestKind, Result};
