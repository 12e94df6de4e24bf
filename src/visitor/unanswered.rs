//! What may have arrived though nobody said so.

use std::sync::Arc;

use super::entry::{Body, Visitor};
use super::outbox::Outcome;
use super::store::VisitorStore;
use crate::decision::datafile::DataFile;

impl VisitorStore {
    /// Notes of the pieces with these nonces, whichever person they belong to now, that a request with
    /// them was sent and had no answer.
    pub(crate) fn note_unanswered(&self, visitor: &Arc<Visitor>, nonces: &[u64]) {
        let mut count = 0;
        for person in visitor.persons() {
            count += person.note_unanswered(nonces);
            if count >= nonces.len() {
                break;
            }
        }
    }

    /// Ends the pieces with these nonces that belong to somebody who left the store while they were on
    /// their way, when there is no further request: nobody else would. Returns how many of those given up
    /// the platform may have.
    pub(crate) fn give_up_gone(
        &self,
        visitor: &Arc<Visitor>,
        nonces: &[u64],
        file: Option<&DataFile>,
    ) -> u64 {
        let mut unanswered = 0;
        for person in visitor.persons().filter(|person| person.is_gone()) {
            if !person.is_forgotten() {
                unanswered += person.unanswered();
            }
            person.finish(self.ledger(), nonces, Outcome::Unsent, file);
        }
        unanswered
    }
}

impl Visitor {
    fn unanswered(&self) -> u64 {
        match self.lock().as_deref() {
            Some(Body::Person { more: Some(more), .. }) => more.outbox.unanswered(),
            _ => 0,
        }
    }

    fn note_unanswered(&self, nonces: &[u64]) -> usize {
        match self.lock().as_deref_mut() {
            Some(Body::Person { more: Some(more), .. }) => more.outbox.note_unanswered(nonces),
            _ => 0,
        }
    }
}
