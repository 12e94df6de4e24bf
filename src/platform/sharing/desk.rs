//! What reading and writing have in common: the store, whether it answers, what is told of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::caller::Caller;
use crate::clock::Clock;
use crate::error::Result;
use crate::fleet::{Counters, Shelf, StoreTerms, VisitorDataStore};
use crate::platform::cell::ConfigCell;
use crate::platform::tracking::Tracker;
use crate::visitor::VisitorStore;

/// How long one call of the store may take.
const CALL: Duration = Duration::from_millis(500);

/// Longer than anybody waits.
pub(super) const FAR: Duration = Duration::from_secs(24 * 60 * 60);

/// What the threads work with.
pub(crate) struct Surroundings {
    pub(crate) visitors: Arc<VisitorStore>,
    pub(crate) file: Arc<ConfigCell>,
    pub(crate) clock: Clock,
    pub(crate) tracker: Arc<Tracker>,
}

/// Whose data they are, and how long they are kept.
pub(crate) struct Owner<'a> {
    pub(crate) site_code: &'a str,
    pub(crate) environment: Option<&'a str>,
    pub(crate) session: Duration,
}

pub(super) struct Desk {
    pub(super) caller: Caller<dyn VisitorDataStore>,
    pub(super) surroundings: Surroundings,
    pub(super) counters: Counters,
    /// Site and environment, before each visitor code.
    prefix: String,
    keep_for: Duration,
}

impl Desk {
    pub(super) fn new(
        store: Shelf<dyn VisitorDataStore>,
        surroundings: Surroundings,
        owner: &Owner<'_>,
    ) -> Self {
        Self {
            caller: Caller::new(store, "visitor store", "going on with what is known here"),
            surroundings,
            counters: Counters::default(),
            prefix: format!("{}/{}/", owner.site_code, owner.environment.unwrap_or_default()),
            keep_for: owner.session,
        }
    }

    pub(super) fn name(&self, code: &str) -> String {
        format!("{}{code}", self.prefix)
    }

    /// Calls the store, if it may be called, and notes how that went.
    pub(super) fn call<R>(
        &self,
        most: Duration,
        call: impl FnOnce(&(dyn VisitorDataStore + 'static), StoreTerms) -> Result<R>,
    ) -> Result<R> {
        let result = self.caller.call(StoreTerms::new(CALL.min(most), self.keep_for), call);
        self.counters.is_away.store(self.caller.is_away(), Ordering::Release);
        result
    }
}
