//! The handlers of evaluations, which are called where the evaluation is made.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::EvaluationEvent;
use crate::logging::{Attention, Voice, log_error, log_rarely};

type EvaluationHandler = Box<dyn Fn(&EvaluationEvent<'_>) + Send + Sync>;

thread_local! {
    /// Whether this thread is inside a handler: what a handler evaluates is told to nobody, so that it
    /// cannot call itself for ever.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

struct Entry {
    id: u64,
    handler: EvaluationHandler,
    is_removed: AtomicBool,
    _attention: Attention,
}

/// The handlers of evaluations of one client, in the order in which they were set.
#[derive(Default)]
pub(crate) struct Evaluations {
    /// Read by each evaluation, without a lock and without a count that threads share.
    list: ArcSwap<Vec<Arc<Entry>>>,
    changes: Mutex<Changes>,
    panicked: Voice,
}

#[derive(Default)]
struct Changes {
    next_id: u64,
    is_closed: bool,
}

impl Evaluations {
    /// Adds a handler; returns by which number it is removed. None after the end.
    pub(super) fn add(&self, handler: EvaluationHandler) -> Option<u64> {
        let mut changes = self.changes.lock();
        if changes.is_closed {
            drop(changes);
            // The program's, and outside of the lock.
            drop(handler);
            return None;
        }
        let id = changes.next_id;
        changes.next_id += 1;
        let entry = Entry { id, handler, is_removed: AtomicBool::new(false), _attention: Attention::new() };
        let mut list = self.list.load().to_vec();
        list.push(Arc::new(entry));
        self.list.store(Arc::new(list));
        Some(id)
    }

    pub(super) fn remove(&self, id: u64) {
        let changes = self.changes.lock();
        let mut list = self.list.load().to_vec();
        let Some(place) = list.iter().position(|entry| entry.id == id) else { return };
        let removed = list.remove(place);
        removed.is_removed.store(true, Ordering::Release);
        let former = self.list.swap(Arc::new(list));
        drop(changes);
        // Outside of the lock: what a handler holds is the program's.
        drop((former, removed));
    }

    /// Lets go of all handlers: one that holds the client would keep it alive for ever.
    pub(crate) fn close(&self) {
        let mut changes = self.changes.lock();
        changes.is_closed = true;
        let former = self.list.swap(Arc::default());
        drop(changes);
        former.iter().for_each(|entry| entry.is_removed.store(true, Ordering::Release));
        if catch_unwind(AssertUnwindSafe(|| drop(former))).is_err() {
            log_error!("what a handler of evaluations held panicked when it was dropped");
        }
    }

    /// Whether anybody hears of this client's evaluations. Ask
    /// [`is_anybody_listening`](crate::logging::is_anybody_listening) before.
    pub(crate) fn has_handlers(&self) -> bool {
        !self.list.load().is_empty()
    }

    /// Calls the handlers, on the thread that evaluates.
    pub(crate) fn tell(&self, event: &EvaluationEvent<'_>) {
        // A thread that is going down has no such cell any more.
        if INSIDE.try_with(|inside| inside.replace(true)).unwrap_or(true) {
            return;
        }
        // The list is let go of in here: a handler that was removed meanwhile is dropped with it.
        let told = catch_unwind(AssertUnwindSafe(|| {
            for entry in self.list.load().iter() {
                let call = || (entry.handler)(event);
                if !entry.is_removed.load(Ordering::Acquire) && catch_unwind(AssertUnwindSafe(call)).is_err()
                {
                    log_rarely!(self.panicked, Error, "a handler of evaluations panicked; it stays in place");
                }
            }
        }));
        if told.is_err() {
            log_rarely!(
                self.panicked,
                Error,
                "what a handler of evaluations held panicked when it was dropped"
            );
        }
        let _ = INSIDE.try_with(|inside| inside.set(false));
    }
}

impl fmt::Debug for Evaluations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluations").field("handlers", &self.list.load().len()).finish_non_exhaustive()
    }
}
