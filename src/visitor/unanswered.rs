//! What may have arrived though nobody said so.

use std::sync::Arc;

use super::entry::{Body, Visitor};
use super::store::VisitorStore;

impl VisitorStore {
    /// Notes of the pieces with these nonces, whichever person they belong to now, that a request with
    /// them was sent and had no answer.
    pub(crate) fn note_unanswered(&self, visitor: &Arc<Visitor>, nonces: &[u64]) {
        let mut person = visitor.person();
        let mut count = person.note_unanswered(nonces);
        while count < nonces.len() {
            let Some(next) = person.became() else { break };
            count += next.note_unanswered(nonces);
            person = next;
        }
    }
}

impl Visitor {
    fn note_unanswered(&self, nonces: &[u64]) -> usize {
        match self.lock().as_deref_mut() {
            Some(Body::Person { more: Some(more), .. }) => more.outbox.note_unanswered(nonces),
            _ => 0,
        }
    }
}
