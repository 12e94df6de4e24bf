//! Calling back when a time is over.
//!
//! The timer of a runtime does not serve: it may not be there, and a test that pauses it makes every
//! time be over at once, while the threads that do the work go on in real time.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// How long the thread stays when it has nothing to wait for.
const IDLE: Duration = Duration::from_secs(1);

type Call = Box<dyn FnOnce() + Send>;

static ALARMS: Alarms = Alarms { state: Mutex::new(State::new()), changed: Condvar::new() };

/// All alarms of the process. One thread waits for them, while there are any.
struct Alarms {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: BTreeMap<(Instant, u64), Call>,
    next_id: u64,
    /// The process that the thread is in: one that was forked from it has none.
    thread_of: Option<u32>,
}

impl State {
    const fn new() -> Self {
        Self { waiting: BTreeMap::new(), next_id: 0, thread_of: None }
    }
}

/// A call that is made after a while, unless this is dropped before.
pub(super) struct Alarm {
    /// None: never.
    key: Option<(Instant, u64)>,
    /// A call for which no time would ever come. It is kept all the same: whoever waits takes one that
    /// is dropped for the end of everything.
    _never: Option<Mutex<Call>>,
}

impl Alarm {
    /// Makes a call after this time, on a thread of the crate. At once where there can be no thread.
    pub(super) fn set(after: Duration, call: impl FnOnce() + Send + 'static) -> Self {
        let Some(at) = Instant::now().checked_add(after) else {
            return Self { key: None, _never: Some(Mutex::new(Box::new(call))) };
        };
        let mut state = ALARMS.state.lock();
        let key = (at, state.next_id);
        state.next_id += 1;
        if state.thread_of == Some(std::process::id()) {
            state.waiting.insert(key, Box::new(call));
            ALARMS.changed.notify_one();
            return Self { key: Some(key), _never: None };
        }
        // The thread takes the lock first of all, so it finds the call.
        let thread = std::thread::Builder::new().name("kameleoon-timer".to_owned());
        if thread.spawn(|| ALARMS.run()).is_err() {
            drop(state);
            call();
            return Self { key: None, _never: None };
        }
        state.thread_of = Some(std::process::id());
        state.waiting.insert(key, Box::new(call));
        Self { key: Some(key), _never: None }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let call = self.key.and_then(|key| ALARMS.state.lock().waiting.remove(&key));
        if call.is_some() {
            // The thread may have waited for this one, and may have nothing else to wait for.
            ALARMS.changed.notify_one();
        }
        // Outside of the lock: what it holds is not ours.
        drop(call);
    }
}

impl Alarms {
    fn run(&self) {
        let mut state = self.state.lock();
        loop {
            let first = state.waiting.first_key_value().map(|(key, _)| *key);
            match first {
                Some((at, _)) if at <= Instant::now() => {
                    let call = state.waiting.pop_first();
                    MutexGuard::unlocked(&mut state, || {
                        // It wakes a task: code of whoever runs it.
                        let _ = catch_unwind(AssertUnwindSafe(|| call.map(|(_, call)| call())));
                    });
                }
                Some((at, _)) => {
                    self.changed.wait_until(&mut state, at);
                }
                None => {
                    let waited = self.changed.wait_for(&mut state, IDLE);
                    if waited.timed_out() && state.waiting.is_empty() {
                        state.thread_of = None;
                        return;
                    }
                }
            }
        }
    }
}
