//! What reading and writing have in common: the store, whether it answers, what is told of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::breaker::Breaker;
use crate::clock::Clock;
use crate::error::{KameleoonError, Result};
use crate::fleet::{Counters, Shelf, StoreTerms, VisitorDataStore};
use crate::logging::{Voices, log_info, log_rarely_by, log_warning};
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
    store: Shelf<dyn VisitorDataStore>,
    pub(super) surroundings: Surroundings,
    pub(super) breaker: Breaker,
    pub(super) counters: Counters,
    /// Site and environment, before each visitor code.
    prefix: String,
    keep_for: Duration,
    told: Voices,
}

impl Desk {
    pub(super) fn new(
        store: Shelf<dyn VisitorDataStore>,
        surroundings: Surroundings,
        owner: &Owner<'_>,
    ) -> Self {
        Self {
            store,
            surroundings,
            breaker: Breaker::new(),
            counters: Counters::default(),
            prefix: format!("{}/{}/", owner.site_code, owner.environment.unwrap_or_default()),
            keep_for: owner.session,
            told: Voices::default(),
        }
    }

    pub(super) fn name(&self, code: &str) -> String {
        format!("{}{code}", self.prefix)
    }

    /// The store is left alone for now.
    pub(super) fn away(&self) -> KameleoonError {
        KameleoonError::store("it does not answer and is left alone for a moment")
    }

    /// Calls the store, if it may be called, and notes how that went. A panic of the program's store
    /// is a failure like others.
    pub(super) fn call<R>(
        &self,
        most: Duration,
        call: impl FnOnce(&dyn VisitorDataStore, StoreTerms) -> Result<R>,
    ) -> Result<R> {
        if !self.breaker.allows(Instant::now()) {
            return Err(self.away());
        }
        let terms = StoreTerms::new(CALL.min(most), self.keep_for);
        let called = std::panic::AssertUnwindSafe(|| call(&*self.store, terms));
        let result = std::panic::catch_unwind(called)
            .unwrap_or_else(|_| Err(KameleoonError::store("the store panicked")));
        match &result {
            Ok(_) => {
                if self.breaker.succeeded() {
                    log_info!("the visitor store answers again");
                }
            }
            Err(error) => {
                log_rarely_by!(
                    self.told,
                    &error.to_string(),
                    Warning,
                    "{error}; going on with what is known here"
                );
                if self.breaker.failed(Instant::now(), rand::random()) {
                    log_warning!("the visitor store is left alone until it answers: {error}");
                }
            }
        }
        self.counters.is_away.store(self.breaker.until().is_some(), Ordering::Release);
        result
    }
}
