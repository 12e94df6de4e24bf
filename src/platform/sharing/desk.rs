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
    pub(super) reads: Caller<dyn VisitorDataStore>,
    /// A server that is full may be read all the same.
    pub(super) writes: Caller<dyn VisitorDataStore>,
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
        let reads = Caller::new(store, "visitor store", "going on with what is known here");
        Self {
            writes: reads.beside("visitor store, for writes,"),
            reads,
            surroundings,
            counters: Counters::default(),
            prefix: format!("{}/{}/", owner.site_code, owner.environment.unwrap_or_default()),
            keep_for: owner.session,
        }
    }

    pub(super) fn name(&self, code: &str) -> String {
        format!("{}{code}", self.prefix)
    }

    /// Has the store read, if it may be called, and notes how that went.
    pub(super) fn read<R>(
        &self,
        call: impl FnOnce(&(dyn VisitorDataStore + 'static), StoreTerms) -> Result<R>,
    ) -> Result<R> {
        self.call(&self.reads, CALL, call)
    }

    /// Has the store write.
    pub(super) fn write<R>(
        &self,
        most: Duration,
        call: impl FnOnce(&(dyn VisitorDataStore + 'static), StoreTerms) -> Result<R>,
    ) -> Result<R> {
        self.call(&self.writes, CALL.min(most), call)
    }

    fn call<R>(
        &self,
        caller: &Caller<dyn VisitorDataStore>,
        timeout: Duration,
        call: impl FnOnce(&(dyn VisitorDataStore + 'static), StoreTerms) -> Result<R>,
    ) -> Result<R> {
        let result = caller.call(StoreTerms::new(timeout, self.keep_for), call);
        let is_away = self.reads.is_away() || self.writes.is_away();
        self.counters.is_away.store(is_away, Ordering::Release);
        result
    }
}
