//! What all connections share: the platform's content, the waiting faults, the record.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::connection::Received;
use super::faults::{Fault, FaultQueues};
use super::line::{LineDigest, split_lines};
use super::record::{Log, Request};
use super::routes::{Answer, Content};
use super::stream::EventStream;
use super::time::deadline_after;
use crate::RequestKind;

pub(super) type RequestHook = Box<dyn Fn(&Request) + Send + Sync>;
pub(super) type LineHook = Box<dyn Fn(&str) + Send + Sync>;

/// What is fixed when the emulator starts.
pub(super) struct Settings {
    pub(super) heartbeat: Duration,
    pub(super) record_bodies: bool,
    pub(super) keep_requests: usize,
    pub(super) on_request: Option<RequestHook>,
    pub(super) on_line: Option<LineHook>,
}

struct State {
    content: Content,
    faults: FaultQueues,
    log: Log,
    streams: Vec<Arc<EventStream>>,
}

pub(super) struct Platform {
    settings: Settings,
    state: Mutex<State>,
    /// Signalled whenever the log changes.
    arrived: Condvar,
}

impl Platform {
    pub(super) fn new(content: Content, settings: Settings) -> Self {
        let log = Log::new(settings.keep_requests);
        let state = State { content, faults: FaultQueues::default(), log, streams: Vec::new() };
        Self { settings, state: Mutex::new(state), arrived: Condvar::new() }
    }

    pub(super) fn heartbeat(&self) -> Duration {
        self.settings.heartbeat
    }

    pub(super) fn content<T>(&self, change: impl FnOnce(&mut Content) -> T) -> T {
        change(&mut self.state.lock().content)
    }

    pub(super) fn faults<T>(&self, change: impl FnOnce(&mut FaultQueues) -> T) -> T {
        change(&mut self.state.lock().faults)
    }

    pub(super) fn log<T>(&self, read: impl FnOnce(&mut Log) -> T) -> T {
        read(&mut self.state.lock().log)
    }

    pub(super) fn next_fault(&self, kind: Option<RequestKind>) -> Option<Fault> {
        self.faults(|faults| faults.next(kind?))
    }

    pub(super) fn answer(&self, kind: Option<RequestKind>, request: &Received, whole: bool) -> Answer {
        self.content(|content| content.answer(kind, request, whole))
    }

    /// Notes a request. It is called before the answer goes out, so that a client which has its
    /// answer finds its request in the log.
    pub(super) fn record(&self, kind: Option<RequestKind>, received: Received, status: Option<u16>) {
        let Received { method, path, query, headers, body, .. } = received;
        let body_length = body.len();
        let mut request = Request {
            kind,
            method,
            path,
            query,
            headers,
            body,
            body_length,
            status,
            received_at: Instant::now(),
        };
        // The text is split before the lock is taken: a body may hold megabytes.
        let text = match kind {
            Some(RequestKind::Tracking) if request.is_accepted() => request.body_text(),
            _ => String::new(),
        };
        let lines: Vec<LineDigest> = split_lines(&text).map(LineDigest::new).collect();
        if !self.settings.record_bodies {
            request.body = Vec::new();
        }
        let request = Arc::new(request);
        self.log(|log| log.add(Arc::clone(&request), &lines));
        self.arrived.notify_all();
        if let Some(hook) = &self.settings.on_line {
            split_lines(&text).for_each(hook);
        }
        if let Some(hook) = &self.settings.on_request {
            hook(&request);
        }
    }

    /// Waits until `condition` holds for the log, or the time is over.
    pub(super) fn wait_until(&self, timeout: Duration, mut condition: impl FnMut(&Log) -> bool) -> bool {
        let deadline = deadline_after(timeout);
        let mut state = self.state.lock();
        loop {
            if condition(&state.log) {
                return true;
            }
            if self.arrived.wait_until(&mut state, deadline).timed_out() {
                return condition(&state.log);
            }
        }
    }

    pub(super) fn add_stream(&self, stream: &Arc<EventStream>) {
        self.change_streams(|streams| streams.push(Arc::clone(stream)));
    }

    pub(super) fn remove_stream(&self, stream: &Arc<EventStream>) {
        self.change_streams(|streams| streams.retain(|other| !Arc::ptr_eq(other, stream)));
    }

    fn change_streams(&self, change: impl FnOnce(&mut Vec<Arc<EventStream>>)) {
        let mut state = self.state.lock();
        change(&mut state.streams);
        let open = state.streams.len();
        state.log.set_open_streams(open);
        drop(state);
        self.arrived.notify_all();
    }

    /// The streams open now; they are written to without the lock, since a client may be slow.
    pub(super) fn streams(&self) -> Vec<Arc<EventStream>> {
        self.state.lock().streams.clone()
    }
}
