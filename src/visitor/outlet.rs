//! Where whoever writes to the store hears of changes.

use std::sync::Arc;

use crossbeam_channel::Sender;

use super::entry::Visitor;

/// A person of whom the store has not been told everything.
#[derive(Debug)]
pub(crate) struct Notice {
    pub(crate) person: Arc<Visitor>,
    /// The store has to be told at once.
    pub(crate) is_urgent: bool,
}

/// Where changes are told.
#[derive(Debug, Clone)]
pub(crate) struct Outlet {
    pub(crate) notices: Sender<Notice>,
    /// Tells this client from all others that share the store.
    pub(crate) process: u64,
}
