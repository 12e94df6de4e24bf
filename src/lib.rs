//! Feature flags and A/B tests of the Kameleoon platform for Rust programs that are not async.

mod error;
mod logging;

pub use error::{KameleoonError, RequestFailure, RequestKind, Result};
pub use logging::{KameleoonLogger, LogLevel, Logger};
