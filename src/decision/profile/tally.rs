//! What adding to a profile did to the number of pieces that are still to be sent.

/// How many pieces that have to be sent came and went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) accepted: u64,
    /// Pieces that were not sent yet and that a later one of their kind took the place of.
    pub(crate) replaced: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, accepted: bool, replaced: bool) {
        self.accepted += u64::from(accepted);
        self.replaced += u64::from(replaced);
    }
}
