//! Calls the program's handlers, on a thread that does nothing else.
//!
//! A handler is the program's code: it may block, panic, or drop the client. None of that may hold
//! up fetching and sending, so handlers do not run on the workers. The thread is there only once
//! there is a handler.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_channel::{Sender, TrySendError, bounded};
use parking_lot::{Mutex, RwLock};

use super::{ClientEvent, DataFileOrigin};
use crate::logging::{log_error, log_warning};

/// How many events may wait for a handler that is slow.
const CAPACITY: usize = 1024;

type EventHandler = Arc<dyn Fn(&ClientEvent) + Send + Sync>;
type UpdateHandler = Arc<dyn Fn() + Send + Sync>;

/// The handlers of a client.
#[derive(Default)]
pub(crate) struct Events {
    /// Whether anybody listens: without handlers no event is even made.
    is_heard: AtomicBool,
    handlers: Arc<Handlers>,
    sender: Mutex<Option<Sender<ClientEvent>>>,
    lost: AtomicU64,
}

#[derive(Default)]
struct Handlers {
    on_event: RwLock<Option<EventHandler>>,
    on_update: RwLock<Option<UpdateHandler>>,
}

impl Events {
    pub(crate) fn set_event_handler(&self, handler: impl Fn(&ClientEvent) + Send + Sync + 'static) {
        *self.handlers.on_event.write() = Some(Arc::new(handler));
        self.start();
    }

    pub(crate) fn set_update_handler(&self, handler: impl Fn() + Send + Sync + 'static) {
        *self.handlers.on_update.write() = Some(Arc::new(handler));
        self.start();
    }

    /// Hands an event to whoever listens. Never waits: a handler that is slower than the events
    /// misses some.
    pub(crate) fn emit(&self, event: impl FnOnce() -> ClientEvent) {
        if !self.is_heard.load(Ordering::Acquire) {
            return;
        }
        let sent = self.sender.lock().as_ref().map(|sender| sender.try_send(event()));
        if let Some(Err(TrySendError::Full(_))) = sent {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed);
            if lost % CAPACITY as u64 == 0 {
                log_warning!("the event handler is too slow; {} events are lost so far", lost + 1);
            }
        }
    }

    /// Ends the thread once it has handled what is waiting; nobody waits for that.
    pub(crate) fn close(&self) {
        self.is_heard.store(false, Ordering::Release);
        *self.sender.lock() = None;
    }

    fn start(&self) {
        let mut sender = self.sender.lock();
        if sender.is_some() {
            return;
        }
        let (events, received) = bounded::<ClientEvent>(CAPACITY);
        let handlers = Arc::clone(&self.handlers);
        let thread = std::thread::Builder::new().name("kameleoon-events".to_owned()).spawn(move || {
            received.into_iter().for_each(|event| handlers.handle(&event));
        });
        match thread {
            Ok(_) => {
                *sender = Some(events);
                self.is_heard.store(true, Ordering::Release);
            }
            Err(error) => log_error!("no handler is called: its thread could not be started: {error}"),
        }
    }
}

impl Handlers {
    fn handle(&self, event: &ClientEvent) {
        // Taken out of the lock first: a handler may set another one.
        let on_event = self.on_event.read().clone();
        let on_update = self.on_update.read().clone();
        let is_streamed_update = matches!(
            event,
            ClientEvent::DataFileUpdated { origin: DataFileOrigin::Streaming, replaced: true, .. }
        );
        let called = catch_unwind(AssertUnwindSafe(|| {
            if let Some(handler) = on_event {
                handler(event);
            }
        }));
        let updated = catch_unwind(AssertUnwindSafe(|| {
            if let Some(handler) = on_update.filter(|_| is_streamed_update) {
                handler();
            }
        }));
        if called.is_err() || updated.is_err() {
            log_error!("an event handler panicked; it stays in place");
        }
    }
}
