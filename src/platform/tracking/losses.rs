//! What was lost since it was last told, as events.

use std::sync::atomic::Ordering;

use super::counters::Counters;
use crate::platform::events::ClientEvent;
use crate::visitor::Ledger;

/// The counts of losses as they were when they were last told.
#[derive(Debug, Default)]
pub(super) struct Losses {
    given_up: u64,
    refused: u64,
    evicted: u64,
    spool_dropped: u64,
}

impl Losses {
    /// What was lost since the last call.
    pub(super) fn since(&mut self, ledger: &Ledger, counters: &Counters) -> Vec<ClientEvent> {
        let counts = ledger.read();
        let now = Self {
            given_up: counts.given_up,
            refused: counts.refused,
            evicted: counts.visitors_evicted,
            spool_dropped: counters.spool_dropped.load(Ordering::Acquire),
        };
        let before = std::mem::replace(self, now);
        let (given_up, refused) =
            (self.given_up.saturating_sub(before.given_up), self.refused.saturating_sub(before.refused));
        let evicted = self.evicted.saturating_sub(before.evicted);
        let dropped = self.spool_dropped.saturating_sub(before.spool_dropped);
        let mut events = Vec::new();
        if evicted > 0 {
            events.push(ClientEvent::VisitorsEvicted { visitors: evicted });
        }
        if given_up > 0 || refused > 0 {
            events.push(ClientEvent::DataLost { given_up, refused });
        }
        if dropped > 0 {
            events.push(ClientEvent::SpoolDropped { lines: dropped });
        }
        events
    }
}
