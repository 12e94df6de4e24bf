//! A store that a program has set up: it is called, if it answers, and what fails is told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::breaker::Breaker;
use crate::error::{KameleoonError, Result};
use crate::fleet::{Shelf, StoreTerms};
use crate::logging::{Voices, cause_of, log_info, log_rarely_by, log_warning};

pub(super) struct Caller<S: ?Sized> {
    store: Shelf<S>,
    pub(super) breaker: Breaker,
    /// What the log calls it.
    called: &'static str,
    /// What the client does without it, as the log has it.
    without: &'static str,
    told: Arc<Voices>,
}

impl<S: ?Sized> Caller<S> {
    pub(super) fn new(store: Shelf<S>, called: &'static str, without: &'static str) -> Self {
        Self { store, breaker: Breaker::new(), called, without, told: Arc::default() }
    }

    /// The same store under another name, whose failures are its own: what fails for writes may do for
    /// reads.
    pub(super) fn beside(&self, called: &'static str) -> Self {
        let (store, told) = (self.store.clone(), Arc::clone(&self.told));
        Self { store, breaker: Breaker::new(), called, without: self.without, told }
    }

    /// The store is left alone for now.
    pub(super) fn away(&self) -> KameleoonError {
        KameleoonError::store("it does not answer and is left alone for a moment")
    }

    /// Whether the store is left alone for a while.
    pub(super) fn is_away(&self) -> bool {
        self.breaker.until().is_some()
    }

    /// Calls the store, if it may be called, and notes how that went. A panic of the program's store
    /// is a failure like others.
    pub(super) fn call<R>(
        &self,
        terms: StoreTerms,
        call: impl FnOnce(&S, StoreTerms) -> Result<R>,
    ) -> Result<R> {
        if !self.breaker.allows(Instant::now()) {
            return Err(self.away());
        }
        let called = AssertUnwindSafe(|| call(&*self.store, terms));
        let result =
            catch_unwind(called).unwrap_or_else(|_| Err(KameleoonError::store("the store panicked")));
        match &result {
            Ok(_) => self.succeeded(),
            Err(error) => self.failed(error),
        }
        result
    }

    fn succeeded(&self) {
        if self.breaker.succeeded() {
            log_info!("the {} answers again", self.called);
        }
    }

    /// Notes and tells a failure.
    #[cold]
    pub(super) fn failed(&self, error: &KameleoonError) {
        log_rarely_by!(self.told, &cause_of(&error.to_string()), Warning, "{error}; {}", self.without);
        if self.breaker.failed(Instant::now(), rand::random()) {
            log_warning!("the {} is left alone until it answers: {error}", self.called);
        }
    }
}
