//! What servers share, in the configuration.

use std::sync::Arc;

use super::KameleoonClientConfig;
use crate::fleet::{Shelf, VisitorDataStore};

impl KameleoonClientConfig {
    /// Where the servers of a fleet keep what they know of visitors for each other, so that a
    /// visitor whose requests go to one server and another gets the same from both. Defaults to
    /// none: then there is no thread for it and nothing is shared. It cannot be set in the
    /// configuration file.
    ///
    /// What a visitor did here is written to the store by a thread of the client's own, within 100 ms
    /// or so; [`load_visitor`](crate::KameleoonClient::load_visitor) reads what others wrote.
    ///
    /// Two configurations with different stores are different, even when both lead to one server.
    pub fn visitor_data_store(mut self, store: impl VisitorDataStore + 'static) -> Self {
        self.settings.visitor_store = Some(Shelf(Arc::new(store)));
        self
    }
}
