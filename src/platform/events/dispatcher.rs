//! Calls the program's handlers, on a thread that does nothing else.
//!
//! A handler is the program's code: it may block, panic, or drop the client. None of that may hold
//! up fetching and sending, so handlers do not run on the workers. The thread is there only once
//! there is a handler.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use parking_lot::Mutex;

use super::handlers::Handler;
use super::queue::Message;
use super::shared::Shared;
use super::{ClientEvent, Evaluations, Subscription};
use crate::atomic64::AtomicU64;
use crate::error::{RequestFailure, RequestKind};
use crate::logging::{Speaker, Voice, log_error, log_rarely};

/// The handlers of a client.
pub(crate) struct Events {
    shared: Arc<Shared>,
    /// Those of evaluations, which are called in place.
    pub(crate) evaluations: Arc<Evaluations>,
    state: Mutex<State>,
    lost: AtomicU64,
    told: Voice,
    speaker: Speaker,
}

#[derive(Default)]
struct State {
    has_thread: bool,
    is_closed: bool,
    /// How the data file in use came to be in use.
    file: Option<ClientEvent>,
}

/// The events of the client that this thread works for.
impl Default for Events {
    fn default() -> Self {
        Self {
            shared: Arc::default(),
            evaluations: Arc::default(),
            state: Mutex::default(),
            lost: AtomicU64::new(0),
            told: Voice::default(),
            speaker: Speaker::current(),
        }
    }
}

impl Events {
    pub(crate) fn add_event_handler(
        &self,
        handler: impl Fn(&ClientEvent) + Send + Sync + 'static,
    ) -> Subscription {
        self.add(Handler::Event(Arc::new(handler)))
    }

    pub(crate) fn add_update_handler(&self, handler: impl Fn() + Send + Sync + 'static) -> Subscription {
        self.add(Handler::Update(Arc::new(handler)))
    }

    /// Adds a handler and starts the thread if there is none.
    fn add(&self, handler: Handler) -> Subscription {
        let _speaking = self.speaker.enter();
        let mut state = self.state.lock();
        if state.is_closed {
            return Subscription::none();
        }
        let is_event = matches!(handler, Handler::Event(_));
        let id = self.shared.handlers.add(handler);
        if let Some(file) = state.file.as_ref().filter(|_| is_event) {
            self.shared.queue.before(id, file.clone());
        }
        let started = if state.has_thread { Ok(()) } else { self.start() };
        state.has_thread = started.is_ok();
        // Outside of the lock: a logger is not ours.
        drop(state);
        if let Err(error) = started {
            log_error!("no handler is called: its thread could not be started: {error}");
        }
        Subscription::new(&self.shared, id)
    }

    /// Says that a data file is in use from now on; an event handler that is set later is told
    /// then.
    pub(crate) fn emit_file(&self, event: ClientEvent) {
        let mut state = self.state.lock();
        state.file = Some(event.clone());
        if state.has_thread {
            self.shared.queue.file(event, self.shared.handlers.hear_events());
        }
    }

    /// Makes a request and tells whoever listens how it went.
    pub(crate) fn observe<T>(
        &self,
        kind: RequestKind,
        send: impl FnOnce() -> Result<T, RequestFailure>,
        status: impl FnOnce(&T) -> u16,
    ) -> Result<T, RequestFailure> {
        let start = Instant::now();
        let result = send();
        self.emit(|| ClientEvent::Request {
            kind,
            outcome: result.as_ref().map(status).map_err(Clone::clone),
            duration: start.elapsed(),
        });
        result
    }

    /// Hands an event to whoever listens. Never waits: a handler that is slower than the events
    /// misses some.
    pub(crate) fn emit(&self, event: impl FnOnce() -> ClientEvent) {
        if !self.shared.handlers.hear_events() {
            return;
        }
        if !self.shared.queue.event(event()) {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            log_rarely!(self.told, Warning, "the event handler is too slow; {lost} events are lost so far");
        }
    }

    /// Ends the thread once it has handled what is waiting; nobody waits for that.
    pub(crate) fn close(&self) {
        self.evaluations.close();
        let mut state = self.state.lock();
        state.is_closed = true;
        self.shared.queue.close();
        if !state.has_thread {
            drop(state);
            self.shared.handlers.clear();
        }
    }

    fn start(&self) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("kameleoon-events".to_owned());
        let thread = thread.spawn(Speaker::carry(move || {
            while let Some(message) = shared.queue.next() {
                match message {
                    Message::Update => shared.handlers.update(),
                    Message::Event(event) => shared.handlers.tell(&event),
                    Message::Before(handler, event) => shared.handlers.tell_one(handler, &event),
                }
            }
            shared.handlers.clear();
        }))?;
        // Ends by itself, once it is told nothing more.
        drop(thread);
        Ok(())
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        // The thread waits for nobody else.
        self.shared.queue.close();
    }
}
