//! Whether a data file is in use, and how the last fetches went.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::{Condvar, Mutex};

use super::held::Held;
use crate::error::{KameleoonError, Result};
use crate::platform::events::DataFileOrigin;

/// Called once when it is known whether there is a data file.
pub(crate) type WhenSettled = Box<dyn FnOnce(Result<()>) + Send>;

/// Whether a data file is in use, and how the last fetches went.
#[derive(Default)]
pub(crate) struct Readiness {
    state: Mutex<State>,
    changed: Condvar,
    /// Whether the thread has nothing to fetch now.
    rests: AtomicBool,
    is_streaming: AtomicBool,
    /// Whether what was fetched is on its way to disk.
    writes: AtomicBool,
}

#[derive(Default)]
struct State {
    is_ready: bool,
    is_closed: bool,
    last_error: Option<KameleoonError>,
    last_error_at: Option<SystemTime>,
    /// Whether a fetch has failed since one succeeded.
    is_failing: bool,
    last_success: Option<SystemTime>,
    held: Option<Held>,
    /// When the fetch that is under way, or was last, began.
    fetch_began: Option<Instant>,
    waiting: Vec<Waiting>,
    #[cfg(feature = "async")]
    next_id: u64,
}

/// Somebody who is called back.
struct Waiting {
    #[cfg(feature = "async")]
    id: u64,
    /// Not before a data file is in use, or never will be: a failed fetch is no end.
    is_patient: bool,
    call: WhenSettled,
}

impl Readiness {
    /// Waits until a data file is in use, through as many failed fetches as the time allows.
    pub(crate) fn wait(&self, timeout: Duration) -> Result<()> {
        let start = Instant::now();
        let mut state = self.state.lock();
        loop {
            if let Some(outcome) = state.settled() {
                return outcome;
            }
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(state.last_error.clone().unwrap_or(state.late(timeout)));
            }
            self.changed.wait_for(&mut state, left);
        }
    }

    /// Waits until the data file in use is younger than a bound, or the platform has confirmed it
    /// since `start`, when the wait began; with `shares` the answer to a request will do that was
    /// under way then.
    pub(crate) fn wait_fresh(
        &self,
        younger_than: Duration,
        start: Instant,
        shares: bool,
        timeout: Duration,
    ) -> Result<()> {
        let mut state = self.state.lock();
        let since = state.fetch_began.filter(|_| shares).map_or(start, |began| began.min(start));
        loop {
            if state.held.is_some_and(|held| held.is_younger(younger_than, since)) {
                return Ok(());
            }
            if state.is_closed {
                return Err(KameleoonError::Closed);
            }
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(state.last_error.clone().unwrap_or(state.late(timeout)));
            }
            self.changed.wait_for(&mut state, left);
        }
    }

    /// Whether the thread has nothing to fetch now. At its start it has.
    pub(crate) fn rests(&self) -> bool {
        self.rests.load(Ordering::Acquire)
    }

    /// Whether the stream of updates is open.
    pub(crate) fn is_streaming(&self) -> bool {
        self.is_streaming.load(Ordering::Acquire)
    }

    pub(super) fn set_streaming(&self, is_streaming: bool) {
        self.is_streaming.store(is_streaming, Ordering::Release);
    }

    /// Whether what was fetched is on its way to disk.
    pub(crate) fn writes(&self) -> bool {
        self.writes.load(Ordering::Acquire)
    }

    pub(super) fn set_writes(&self, writes: bool) {
        self.writes.store(writes, Ordering::Release);
    }

    pub(super) fn set_rests(&self, rests: bool) {
        if !rests {
            self.state.lock().fetch_began = Some(Instant::now());
        }
        self.rests.store(rests, Ordering::Release);
    }

    /// How long ago the platform last said that the data file in use is the newest.
    pub(crate) fn age(&self) -> Option<Duration> {
        self.state.lock().held?.age()
    }

    /// What brought the data file in use.
    pub(crate) fn origin(&self) -> Option<DataFileOrigin> {
        Some(self.state.lock().held?.origin)
    }

    /// What a wait for `timeout` ends with when it is over.
    #[cfg(feature = "async")]
    pub(crate) fn outcome_after(&self, timeout: Duration) -> Result<()> {
        let state = self.state.lock();
        state.settled().unwrap_or_else(|| Err(state.last_error.clone().unwrap_or(state.late(timeout))))
    }

    /// Calls back as soon as a data file is in use, or never will be; at once when that is so
    /// already. Returns what [`leave`](Self::leave) wants.
    #[cfg(feature = "async")]
    pub(crate) fn when_ready(&self, call: WhenSettled) -> Option<u64> {
        self.enter(call, true)
    }

    /// Takes back a call that [`when_ready`](Self::when_ready) keeps.
    #[cfg(feature = "async")]
    pub(crate) fn leave(&self, id: u64) {
        let mut state = self.state.lock();
        let place = state.waiting.iter().position(|waiting| waiting.id == id);
        let left = place.map(|place| state.waiting.swap_remove(place));
        // Outside of the lock: what it holds is not ours.
        drop(state);
        drop(left);
    }

    /// Calls back as soon as a data file is in use, or the first fetch has failed; at once when
    /// that is so already.
    #[cfg(feature = "openfeature")]
    pub(crate) fn when_settled(&self, call: WhenSettled) {
        self.enter(call, false);
    }

    #[cfg(feature = "async")]
    fn enter(&self, call: WhenSettled, is_patient: bool) -> Option<u64> {
        let mut state = self.state.lock();
        let id = state.next_id;
        let waiting = Waiting { id, is_patient, call };
        match waiting.outcome(&state) {
            Some(outcome) => {
                drop(state);
                (waiting.call)(outcome);
                None
            }
            None => {
                state.next_id += 1;
                state.waiting.push(waiting);
                Some(id)
            }
        }
    }

    pub(crate) fn last_error(&self) -> Option<KameleoonError> {
        self.state.lock().last_error.clone()
    }

    /// When a fetch failed last.
    pub(crate) fn last_error_at(&self) -> Option<SystemTime> {
        self.state.lock().last_error_at
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.state.lock().is_failing
    }

    pub(crate) fn last_success(&self) -> Option<SystemTime> {
        self.state.lock().last_success
    }

    /// The platform answered with a data file, or that the one in use is the newest, when it was
    /// asked at that moment.
    pub(super) fn succeeded(&self, asked: (Instant, SystemTime)) {
        self.change(|state| {
            state.is_ready = true;
            state.is_failing = false;
            state.last_success = Some(SystemTime::now());
            if let Some(held) = &mut state.held {
                held.confirm(asked);
            }
        });
    }

    /// The platform said to another server, so long ago, that the data file in use is the newest.
    pub(super) fn confirmed_before(&self, age: Duration) {
        self.change(|state| {
            if let Some(held) = &mut state.held {
                held.confirm_before(age);
            }
        });
    }

    /// What other servers put in the store is all that is wanted: no failure of ours matters.
    pub(super) fn is_up_to_date(&self) {
        self.change(|state| state.is_failing = false);
    }

    /// Another data file is in use, of this age, if that is known. What follows tells that it is.
    pub(super) fn replaced(&self, origin: DataFileOrigin, age: Option<Duration>) {
        self.state.lock().held = Some(Held::aged(origin, age));
    }

    /// A data file is in use that nobody fetched.
    pub(crate) fn ready_from_copy(&self) {
        self.change(|state| state.is_ready = true);
    }

    pub(super) fn failed(&self, error: KameleoonError) {
        self.change(|state| {
            state.last_error = Some(error);
            state.last_error_at = Some(SystemTime::now());
            state.is_failing = true;
        });
    }

    pub(crate) fn close(&self) {
        self.change(|state| state.is_closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        change(&mut state);
        let (settled, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.waiting).into_iter().partition(|one| one.outcome(&state).is_some());
        state.waiting = waiting;
        let settled: Vec<_> = settled
            .into_iter()
            .filter_map(|one| one.outcome(&state).map(|outcome| (one.call, outcome)))
            .collect();
        // Outside of the lock: what is called is not ours.
        drop(state);
        self.changed.notify_all();
        settled.into_iter().for_each(|(call, outcome)| call(outcome));
    }
}

impl Waiting {
    fn outcome(&self, state: &State) -> Option<Result<()>> {
        state.settled().or_else(|| state.last_error.clone().filter(|_| !self.is_patient).map(Err))
    }
}

impl State {
    fn late(&self, waited: Duration) -> KameleoonError {
        KameleoonError::InitializationTimeout { waited, is_not_ready: !self.is_ready }
    }

    fn settled(&self) -> Option<Result<()>> {
        if self.is_ready {
            return Some(Ok(()));
        }
        self.is_closed.then_some(Err(KameleoonError::Closed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const PATIENCE: Duration = Duration::from_secs(20);
    const CAUSE: KameleoonError = KameleoonError::Offline;

    #[test]
    fn a_wait_goes_on_through_failures_and_ends_with_the_last_cause() {
        let readiness = Arc::new(Readiness::default());
        let short = Duration::from_millis(10);
        assert_eq!(readiness.wait(short), Err(State::default().late(short)));
        readiness.failed(KameleoonError::SiteCodeIsEmpty);
        readiness.failed(CAUSE);
        let start = Instant::now();
        for _ in 0..2 {
            assert_eq!(readiness.wait(short), Err(CAUSE));
        }
        assert!(start.elapsed() >= 2 * short, "called again it waits again");
        let there = Arc::clone(&readiness);
        let waiting = std::thread::spawn(move || there.wait(PATIENCE));
        readiness.failed(CAUSE);
        readiness.succeeded((Instant::now(), SystemTime::now()));
        assert_eq!(waiting.join().unwrap(), Ok(()));
    }

    #[test]
    fn a_close_ends_every_wait_at_once() {
        let readiness = Arc::new(Readiness::default());
        let there = Arc::clone(&readiness);
        let waiting = std::thread::spawn(move || there.wait(Duration::MAX));
        readiness.close();
        assert_eq!(waiting.join().unwrap(), Err(KameleoonError::Closed));
        assert_eq!(readiness.wait(PATIENCE), Err(KameleoonError::Closed));
    }

    #[cfg(feature = "openfeature")]
    #[test]
    fn who_is_settled_is_called_once() {
        use std::sync::atomic::{AtomicUsize, Ordering};

        let readiness = Readiness::default();
        let calls = Arc::new(AtomicUsize::new(0));
        let count = || {
            let calls = Arc::clone(&calls);
            Box::new(move |_| {
                calls.fetch_add(1, Ordering::SeqCst);
            })
        };
        readiness.when_settled(count());
        readiness.failed(CAUSE);
        readiness.failed(CAUSE);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        readiness.when_settled(count());
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}
