//! Feature flags and A/B tests of the Kameleoon platform for Rust programs that are not async.

mod config;
mod error;
mod logging;

pub use config::{DEFAULT_CONFIG_PATH, KameleoonClientConfig, SameSite, TlsProvider, TlsRoots};
pub use error::{KameleoonError, RequestFailure, RequestKind, Result};
pub use logging::{KameleoonLogger, LogLevel, Logger};
