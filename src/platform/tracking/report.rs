//! What a flush or a close has to say.

/// What a flush that waits, or a close, achieved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FlushReport {
    /// Pieces of data that the platform accepted during the call.
    pub delivered: u64,
    /// Pieces that still wait to be sent; they are kept and tried again, unless the client was
    /// closed.
    pub pending: u64,
    /// Pieces that are lost: those that were left when the client was closed.
    pub given_up: u64,
    /// Whether the time was over before everything was tried.
    pub timed_out: bool,
}

impl FlushReport {
    /// Whether nothing is left to be sent and nothing was lost.
    pub fn is_complete(&self) -> bool {
        self.pending == 0 && self.given_up == 0 && !self.timed_out
    }
}
