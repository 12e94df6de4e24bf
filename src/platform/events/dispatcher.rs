//! Calls the program's handlers, on a thread that does nothing else.
//!
//! A handler is the program's code: it may block, panic, or drop the client. None of that may hold
//! up fetching and sending, so handlers do not run on the workers. The thread is there only once
//! there is a handler.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use crossbeam_channel::{Sender, TrySendError, bounded};
use parking_lot::{Mutex, RwLock};

use super::{ClientEvent, DataFileOrigin};
use crate::error::{RequestFailure, RequestKind};
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
    state: Mutex<State>,
    lost: AtomicU64,
}

#[derive(Default)]
struct State {
    sender: Option<Sender<Message>>,
    is_closed: bool,
    /// How the data file in use came to be in use.
    file: Option<ClientEvent>,
}

impl State {
    fn send(&self, event: ClientEvent) -> Result<(), TrySendError<Message>> {
        match &self.sender {
            Some(sender) => sender.try_send(Message::Event(event)),
            None => Ok(()),
        }
    }
}

/// What the thread is told.
enum Message {
    Event(ClientEvent),
    /// What a handler missed that was set later: for the event handler alone.
    Before(ClientEvent),
}

#[derive(Default)]
struct Handlers {
    on_event: RwLock<Option<EventHandler>>,
    on_update: RwLock<Option<UpdateHandler>>,
}

impl Events {
    pub(crate) fn set_event_handler(&self, handler: impl Fn(&ClientEvent) + Send + Sync + 'static) {
        let handler: EventHandler = Arc::new(handler);
        self.set(|handlers| handlers.on_event.write().replace(handler));
        let state = self.state.lock();
        if let (Some(sender), Some(file)) = (&state.sender, &state.file) {
            // Lost when the thread is that far behind; then it has events enough to tell.
            let _ = sender.try_send(Message::Before(file.clone()));
        }
    }

    pub(crate) fn set_update_handler(&self, handler: impl Fn() + Send + Sync + 'static) {
        let handler: UpdateHandler = Arc::new(handler);
        self.set(|handlers| handlers.on_update.write().replace(handler));
    }

    /// Puts a handler in place and starts the thread if there is none.
    fn set<T>(&self, put: impl FnOnce(&Handlers) -> Option<T>) {
        let mut state = self.state.lock();
        if state.is_closed {
            return;
        }
        let former = put(&self.handlers);
        let started = self.start(&mut state);
        // Outside of the lock: neither what the former handler holds nor a logger is ours.
        drop(state);
        drop(former);
        if let Err(error) = started {
            log_error!("no handler is called: its thread could not be started: {error}");
        }
    }

    /// Says that a data file is in use from now on; an event handler that is set later is told
    /// then.
    pub(crate) fn emit_file(&self, event: ClientEvent) {
        let mut state = self.state.lock();
        state.file = Some(event.clone());
        let sent = state.send(event);
        drop(state);
        self.note(sent);
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
        if !self.is_heard.load(Ordering::Acquire) {
            return;
        }
        let event = event();
        let sent = self.state.lock().send(event);
        self.note(sent);
    }

    /// Counts what got lost. Called without the lock: a logger may call the client.
    fn note(&self, sent: Result<(), TrySendError<Message>>) {
        if let Err(TrySendError::Full(_)) = sent {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed);
            if lost % CAPACITY as u64 == 0 {
                log_warning!("the event handler is too slow; {} events are lost so far", lost + 1);
            }
        }
    }

    /// Ends the thread once it has handled what is waiting; nobody waits for that.
    pub(crate) fn close(&self) {
        self.is_heard.store(false, Ordering::Release);
        let mut state = self.state.lock();
        state.is_closed = true;
        state.sender = None;
    }

    fn start(&self, state: &mut State) -> std::io::Result<()> {
        if state.sender.is_some() {
            return Ok(());
        }
        let (events, received) = bounded::<Message>(CAPACITY);
        let handlers = Arc::clone(&self.handlers);
        let thread = std::thread::Builder::new().name("kameleoon-events".to_owned()).spawn(move || {
            received.into_iter().for_each(|message| handlers.handle(&message));
            handlers.clear();
        })?;
        // Ends by itself, once it is told nothing more.
        drop(thread);
        state.sender = Some(events);
        self.is_heard.store(true, Ordering::Release);
        Ok(())
    }
}

impl Handlers {
    /// Lets go of the handlers: one that holds the client would keep it alive for ever.
    fn clear(&self) {
        let handlers = (self.on_event.write().take(), self.on_update.write().take());
        if catch_unwind(AssertUnwindSafe(|| drop(handlers))).is_err() {
            log_error!("what an event handler held panicked when it was dropped");
        }
    }

    fn handle(&self, message: &Message) {
        let (event, is_new) = match message {
            Message::Event(event) => (event, true),
            Message::Before(event) => (event, false),
        };
        // Taken out of the lock first: a handler may set another one.
        let on_event = self.on_event.read().clone();
        let on_update = self.on_update.read().clone();
        let is_streamed_update = is_new
            && matches!(
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
