//! What few persons have beside what conditions read.

use std::sync::Arc;

use super::book::PageBook;
use super::ledger::Ledger;
use super::outbox::Outbox;
use super::shared::Shared;
use super::unnamed::Unnamed;

/// What is known of a person and no condition reads.
#[derive(Debug)]
pub(crate) struct More {
    pub(crate) outbox: Outbox,
    pub(super) book: PageBook,
    /// Audiences in the order in which they first came.
    pub(super) segments: Vec<i64>,
    /// Custom data by name, not to be sent, that a data file has to tell the index of.
    pub(super) unnamed: Unnamed,
    /// Of the line that tells the mapping identifier again; 0 when the next one draws it.
    pub(super) mapping_nonce: u64,
    /// The platform was told of the number of visits.
    pub(super) visits_sent: bool,
    /// The visitor codes that name the person beside its first.
    pub(super) names: Vec<Box<str>>,
    /// Only with a store that other servers read too.
    pub(super) shared: Option<Box<Shared>>,
}

impl More {
    pub(super) fn new(ledger: &Arc<Ledger>) -> Self {
        Self {
            outbox: Outbox::new(ledger),
            book: PageBook::default(),
            segments: Vec::new(),
            unnamed: Unnamed::default(),
            mapping_nonce: 0,
            visits_sent: false,
            names: Vec::new(),
            shared: None,
        }
    }

    /// Whether there is nothing in it that anybody could miss.
    pub(super) fn is_empty(&self) -> bool {
        self.outbox.is_empty()
            && self.book.is_empty()
            && self.segments.is_empty()
            && self.unnamed.is_empty()
            && self.mapping_nonce == 0
            && !self.visits_sent
            && self.names.is_empty()
            && self.shared.is_none()
    }

    /// Whether there is anything that is ever sent and that conditions do not read.
    pub(crate) fn has_sendable(&self) -> bool {
        !self.segments.is_empty() || !self.outbox.is_empty()
    }

    /// Keeps what waits within so many bytes of either kind. Whether something that conditions are to
    /// read had to go.
    pub(super) fn keep_within(&mut self, read: usize, unsent: usize) -> bool {
        self.outbox.keep_within(unsent);
        self.unnamed.keep_within(read)
    }

    pub(super) fn weight(&self) -> usize {
        size_of::<Self>()
            + self.outbox.bytes()
            + self.book.weight()
            + 8 * self.segments.len()
            + self.unnamed.weight()
            + self.names.iter().map(|name| 16 + name.len()).sum::<usize>()
            + self.shared.as_deref().map_or(0, Shared::weight)
    }
}
