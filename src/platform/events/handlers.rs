//! The program's handlers of one client.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;

use super::ClientEvent;
use crate::logging::{Voice, log_error, log_rarely};

pub(super) type EventHandler = Arc<dyn Fn(&ClientEvent) + Send + Sync>;
pub(super) type UpdateHandler = Arc<dyn Fn() + Send + Sync>;

/// What a handler is for.
#[derive(Clone)]
pub(super) enum Handler {
    Event(EventHandler),
    Update(UpdateHandler),
}

/// The program's handlers of one client, in the order in which they were set.
#[derive(Default)]
pub(super) struct Handlers {
    list: RwLock<List>,
    /// Whether anybody hears of every event; written under the lock of the list.
    hear_events: AtomicBool,
    panicked: Voice,
}

#[derive(Default)]
struct List {
    handlers: Vec<(u64, Handler)>,
    next_id: u64,
}

impl Handlers {
    /// Adds a handler; returns by which number it is removed.
    pub(super) fn add(&self, handler: Handler) -> u64 {
        let mut list = self.list.write();
        let id = list.next_id;
        list.next_id += 1;
        list.handlers.push((id, handler));
        self.note_who_hears(&list);
        id
    }

    /// Removes a handler, and hands it over: what it holds is the program's, and goes outside of
    /// locks.
    pub(super) fn remove(&self, id: u64) -> Option<Handler> {
        let mut list = self.list.write();
        let place = list.handlers.iter().position(|(known, _)| *known == id)?;
        let removed = list.handlers.remove(place).1;
        self.note_who_hears(&list);
        Some(removed)
    }

    /// Whether anybody hears of every event: without, no event is even made.
    pub(super) fn hear_events(&self) -> bool {
        self.hear_events.load(Ordering::Acquire)
    }

    fn note_who_hears(&self, list: &List) {
        let hears = |(_, handler): &(u64, Handler)| matches!(handler, Handler::Event(_));
        self.hear_events.store(list.handlers.iter().any(hears), Ordering::Release);
    }

    /// Lets go of the handlers: one that holds the client would keep it alive for ever.
    pub(super) fn clear(&self) {
        let mut list = self.list.write();
        let handlers = std::mem::take(&mut list.handlers);
        self.note_who_hears(&list);
        drop(list);
        if catch_unwind(AssertUnwindSafe(|| drop(handlers))).is_err() {
            log_error!("what an event handler held panicked when it was dropped");
        }
    }

    /// Tells those who want to hear of every event.
    pub(super) fn tell(&self, event: &ClientEvent) {
        self.each(|handler| {
            if let Handler::Event(handler) = handler {
                handler(event);
            }
        });
    }

    /// Tells one of them, if it is still there.
    pub(super) fn tell_one(&self, id: u64, event: &ClientEvent) {
        let handler = self.list.read().handlers.iter().find(|(known, _)| *known == id).cloned();
        if let Some((_, Handler::Event(handler))) = handler {
            self.guarded(|| handler(event));
        }
    }

    /// Tells those who want to hear of updates.
    pub(super) fn update(&self) {
        self.each(|handler| {
            if let Handler::Update(handler) = handler {
                handler();
            }
        });
    }

    /// Calls for each handler, without the lock: a handler may set another one, or remove one. One
    /// that was removed meanwhile is left out.
    fn each(&self, call: impl Fn(&Handler)) {
        let handlers = self.list.read().handlers.clone();
        for (id, handler) in handlers {
            let is_there = self.list.read().handlers.iter().any(|(known, _)| *known == id);
            // Dropped inside, too: it may have been the last.
            self.guarded(|| {
                if is_there {
                    call(&handler);
                }
                drop(handler);
            });
        }
    }

    fn guarded(&self, call: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(call)).is_err() {
            log_rarely!(self.panicked, Error, "an event handler panicked; it stays in place");
        }
    }
}
