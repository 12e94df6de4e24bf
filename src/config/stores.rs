//! What servers share, in the configuration.

use std::sync::Arc;

use super::KameleoonClientConfig;
use crate::fleet::{DataFileStore, Shelf, VisitorDataStore};

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

    /// Where the servers of a fleet keep the data file for each other, so that one of them asks the
    /// platform and the others take it from there, and so that a server starts while the platform
    /// cannot be reached. Defaults to none: then there is no thread for it, and each client asks the
    /// platform itself. It cannot be set in the configuration file.
    ///
    /// A store that fails or does not answer is as good as none. The chapter on fleets says who asks
    /// when. A [copy on disk](Self::data_file_cache) may be kept as well. Clients without a network, as
    /// those of the testing kit, do not ask and need none.
    ///
    /// Two configurations with different stores are different, even when both lead to one server.
    pub fn data_file_store(mut self, store: impl DataFileStore + 'static) -> Self {
        self.settings.data_file_store = Some(Shelf(Arc::new(store)));
        self
    }
}
