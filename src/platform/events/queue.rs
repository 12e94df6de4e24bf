//! What waits for the thread that calls the handlers.

use std::collections::VecDeque;

use parking_lot::{Condvar, Mutex};

use super::{ClientEvent, DataFileOrigin};

/// How many events may wait for a handler that is slow.
pub(super) const CAPACITY: usize = 1024;

/// What the thread is to tell next.
#[derive(Debug, PartialEq)]
pub(super) enum Message {
    /// There is a new data file by streaming or from the store that servers share, one or several since this was last told.
    Update,
    Event(ClientEvent),
    /// What a handler missed that was set later: for it alone.
    Before(u64, ClientEvent),
}

/// What waits for the thread. Events are bounded and may be lost; that there is a new data file is
/// a state: it is told late, and once for several, but never missed.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    messages: VecDeque<Message>,
    is_updated: bool,
    /// The data file that found the queue full.
    late_file: Option<ClientEvent>,
    is_closed: bool,
}

impl Queue {
    /// Adds an event, unless it is all over. Returns false when it is lost, since too many wait.
    pub(super) fn event(&self, event: ClientEvent) -> bool {
        let mut state = self.state.lock();
        if state.is_closed {
            return true;
        }
        if state.messages.len() >= CAPACITY {
            return false;
        }
        state.messages.push_back(Message::Event(event));
        drop(state);
        self.changed.notify_one();
        true
    }

    /// Adds that a data file is in use. `to_event_handlers`: somebody hears of every event.
    pub(super) fn file(&self, event: ClientEvent, to_event_handlers: bool) {
        let mut state = self.state.lock();
        state.is_updated |= matches!(
            event,
            ClientEvent::DataFileUpdated {
                origin: DataFileOrigin::Streaming | DataFileOrigin::Store,
                replaced: true,
                ..
            }
        );
        if to_event_handlers {
            if state.messages.len() < CAPACITY && state.late_file.is_none() {
                state.messages.push_back(Message::Event(event));
            } else {
                state.late_file = Some(event);
            }
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Adds what a handler missed. Never lost: there is one for each handler.
    pub(super) fn before(&self, handler: u64, event: ClientEvent) {
        self.state.lock().messages.push_back(Message::Before(handler, event));
        self.changed.notify_one();
    }

    /// The next message; waits for it. None once the queue is closed and empty.
    pub(super) fn next(&self) -> Option<Message> {
        let mut state = self.state.lock();
        loop {
            if std::mem::take(&mut state.is_updated) {
                return Some(Message::Update);
            }
            if let Some(message) = state.messages.pop_front() {
                return Some(message);
            }
            if let Some(event) = state.late_file.take() {
                return Some(Message::Event(event));
            }
            if state.is_closed {
                return None;
            }
            self.changed.wait(&mut state);
        }
    }

    /// Nothing is added any more; what waits is still told.
    pub(super) fn close(&self) {
        self.state.lock().is_closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::RequestKind;
    use std::time::Duration;

    fn request() -> ClientEvent {
        ClientEvent::Request { kind: RequestKind::Tracking, outcome: Ok(200), duration: Duration::ZERO }
    }

    fn file(date_modified: i64) -> ClientEvent {
        ClientEvent::DataFileUpdated { origin: DataFileOrigin::Streaming, date_modified, replaced: true }
    }

    #[test]
    fn a_full_queue_loses_events_but_no_update() {
        let queue = Queue::default();
        let taken = (0..2 * CAPACITY).filter(|_| queue.event(request())).count();
        assert_eq!(taken, CAPACITY);
        queue.file(file(1), true);
        queue.file(file(2), true);
        queue.close();
        assert_eq!(queue.next(), Some(Message::Update));
        let messages: Vec<_> = std::iter::from_fn(|| queue.next()).collect();
        assert_eq!(messages.len(), CAPACITY + 1);
        assert_eq!(messages.last(), Some(&Message::Event(file(2))), "the newest of several");
    }

    #[test]
    fn a_file_goes_before_later_events_and_is_left_out_where_nobody_hears_it() {
        let queue = Queue::default();
        queue.file(file(1), false);
        queue.event(request());
        queue.file(file(2), true);
        queue.before(7, file(2));
        queue.close();
        let messages: Vec<_> = std::iter::from_fn(|| queue.next()).collect();
        let expected = [
            Message::Update,
            Message::Event(request()),
            Message::Event(file(2)),
            Message::Before(7, file(2)),
        ];
        assert_eq!(messages, expected);
    }
}
