//! Whether a data file is in use, and how the last fetches went.

use std::time::SystemTime;

use parking_lot::Mutex;

use crate::error::{KameleoonError, Result};

/// Called once when it is known whether there is a data file.
pub(crate) type WhenSettled = Box<dyn FnOnce(Result<()>) + Send>;

/// Whether a data file is in use, and how the last fetches went.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<State>);

#[derive(Default)]
struct State {
    is_ready: bool,
    is_closed: bool,
    last_error: Option<KameleoonError>,
    last_success: Option<SystemTime>,
    waiting: Vec<WhenSettled>,
}

impl Readiness {
    /// Calls back as soon as a data file is in use, or the first fetch has failed; at once when
    /// that is so already.
    pub(crate) fn when_settled(&self, call: WhenSettled) {
        let mut state = self.0.lock();
        match state.settled() {
            Some(outcome) => {
                drop(state);
                call(outcome);
            }
            None => state.waiting.push(call),
        }
    }

    pub(crate) fn last_error(&self) -> Option<KameleoonError> {
        self.0.lock().last_error.clone()
    }

    pub(crate) fn last_success(&self) -> Option<SystemTime> {
        self.0.lock().last_success
    }

    /// The platform answered with a data file, or that the one in use is the newest.
    pub(super) fn succeeded(&self) {
        self.change(|state| {
            state.is_ready = true;
            state.last_success = Some(SystemTime::now());
        });
    }

    /// A data file is in use that the platform did not just answer with.
    pub(crate) fn ready_from_copy(&self) {
        self.change(|state| state.is_ready = true);
    }

    pub(super) fn failed(&self, error: KameleoonError) {
        self.change(|state| state.last_error = Some(error));
    }

    pub(crate) fn close(&self) {
        self.change(|state| state.is_closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.lock();
        change(&mut state);
        let Some(outcome) = state.settled() else { return };
        let waiting = std::mem::take(&mut state.waiting);
        // Outside of the lock: what is called is not ours.
        drop(state);
        waiting.into_iter().for_each(|call| call(outcome.clone()));
    }
}

impl State {
    fn settled(&self) -> Option<Result<()>> {
        if self.is_ready {
            return Some(Ok(()));
        }
        if self.is_closed {
            return Some(Err(KameleoonError::Closed));
        }
        self.last_error.clone().map(Err)
    }
}
