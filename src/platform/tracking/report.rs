//! What a flush or a close has to say.

/// What a flush that waits, or a close, achieved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[must_use = "it says what could not be sent"]
pub struct FlushReport {
    /// Pieces of data that the platform accepted during the call.
    pub delivered: u64,
    /// Pieces that still wait to be sent; they are kept and tried again, unless the client was
    /// closed.
    pub pending: u64,
    /// Pieces that are kept back, for want of consent or of a data file. They keep nobody waiting.
    pub withheld: u64,
    /// Pieces that are lost: those that were left when the client was closed.
    pub given_up: u64,
    /// Pieces that the platform refused for what is in them, and that a close therefore gives up.
    pub refused: u64,
    /// Of those given up, the pieces that were part of a request without an answer: the platform
    /// may have them.
    pub unanswered: u64,
    /// Whether the time was over before everything was sent.
    pub timed_out: bool,
}

impl FlushReport {
    /// Whether nothing is left to be sent and nothing was lost.
    pub fn is_complete(&self) -> bool {
        self.pending == 0 && self.given_up == 0 && self.refused == 0 && !self.timed_out
    }
}
