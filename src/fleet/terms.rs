//! How long a call of a store may take, and how long it keeps things.

use std::time::Duration;

/// What a client asks of a store's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreTerms {
    timeout: Duration,
    keep_for: Duration,
}

impl StoreTerms {
    /// Terms with these lengths of time.
    pub const fn new(timeout: Duration, keep_for: Duration) -> Self {
        Self { timeout, keep_for }
    }

    /// How long the call may take. A store that takes longer holds up nobody but its own thread.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How long what is read or written is kept from now on: for visitors the configured session
    /// duration, for a data file 30 days, for a lease until it runs out.
    pub fn keep_for(&self) -> Duration {
        self.keep_for
    }
}
