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
    /// Of those given up, the pieces that the platform may have: each was part of a request, the last one
    /// or one before it, that was sent to its end and had no answer. Of a request that hung or broke
    /// before its end the platform has nothing.
    pub unanswered: u64,
    /// Pieces that lie in the [spool](crate::KameleoonClientConfig::tracking_spool) since the client was
    /// closed: this program's next run, or another's, sends them.
    pub spooled: u64,
    /// Whether the time was over before everything was sent.
    pub timed_out: bool,
}

impl FlushReport {
    /// Whether nothing is left to be sent and nothing was lost. What lies in the spool is left to be
    /// sent.
    pub fn is_complete(&self) -> bool {
        self.pending == 0 && self.spooled == 0 && self.given_up == 0 && self.refused == 0 && !self.timed_out
    }

    /// What two clients have to say together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            delivered: self.delivered + other.delivered,
            pending: self.pending + other.pending,
            withheld: self.withheld + other.withheld,
            given_up: self.given_up + other.given_up,
            refused: self.refused + other.refused,
            unanswered: self.unanswered + other.unanswered,
            spooled: self.spooled + other.spooled,
            timed_out: self.timed_out || other.timed_out,
        }
    }

    /// Whether nothing was lost: what is not sent waits in memory or in the spool.
    pub fn is_kept(&self) -> bool {
        self.given_up == 0 && self.refused == 0
    }
}

/// What sending the spool achieved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[must_use = "it says what still waits to be sent"]
pub struct SpoolReport {
    /// Lines that the platform accepted during the call.
    pub recovered: u64,
    /// Lines that were lost during the call: too old, damaged, or refused by the platform.
    pub dropped: u64,
    /// Lines that wait on disk, those that another process is sending among them.
    pub waiting: u64,
    /// Whether the time was over first.
    pub timed_out: bool,
}
