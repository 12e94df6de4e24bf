//! A thread that is started when something needs it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{JoinHandle, ThreadId};

use parking_lot::Mutex;

use crate::logging::{Speaker, Voice, log_rarely};

static NOT_STARTED: Voice = Voice::new();

type Run = Box<dyn FnOnce() + Send>;

/// A thread that is started when something needs it, once, and only in the process it was made in.
pub(crate) struct Sleeper {
    name: &'static str,
    process: u32,
    is_awake: AtomicBool,
    /// None once the thread runs, or never will. A system that has no thread to give leaves it here
    /// for the next try.
    run: Arc<Mutex<Option<Run>>>,
    handle: Mutex<Option<JoinHandle<()>>>,
    id: OnceLock<ThreadId>,
}

impl Sleeper {
    /// It speaks for the client that this thread works for.
    pub(crate) fn new(name: &'static str, run: impl FnOnce() + Send + 'static) -> Self {
        Self {
            name,
            process: std::process::id(),
            is_awake: AtomicBool::new(false),
            run: Arc::new(Mutex::new(Some(Box::new(Speaker::carry(run))))),
            handle: Mutex::new(None),
            id: OnceLock::new(),
        }
    }

    /// Whether the thread was started.
    pub(crate) fn is_awake(&self) -> bool {
        self.is_awake.load(Ordering::Acquire)
    }

    /// Starts the thread unless it was started already. A failure is told, and tried again by the
    /// next call.
    pub(crate) fn wake(&self) {
        if self.is_awake() {
            return;
        }
        if let Err(error) = self.try_wake() {
            log_rarely!(NOT_STARTED, Error, "the thread `{}` could not be started: {error}", self.name);
        }
    }

    /// [`wake`](Self::wake), and what went wrong.
    pub(crate) fn try_wake(&self) -> std::io::Result<()> {
        if self.process != std::process::id() {
            return Ok(());
        }
        let mut handle = self.handle.lock();
        if self.is_awake() || self.run.lock().is_none() {
            return Ok(());
        }
        let run = Arc::clone(&self.run);
        let thread = std::thread::Builder::new().name(self.name.to_owned()).spawn(move || {
            let run = run.lock().take();
            if let Some(run) = run {
                run();
            }
        })?;
        // Set once, under the lock.
        let _ = self.id.set(thread.thread().id());
        *handle = Some(thread);
        self.is_awake.store(true, Ordering::Release);
        Ok(())
    }

    /// Has the thread never start, if it was not started. Returns whether that is so. What it would
    /// have run is dropped.
    pub(crate) fn cancel(&self) -> bool {
        let handle = self.handle.lock();
        if self.is_awake() {
            return false;
        }
        let run = self.run.lock().take();
        drop(handle);
        drop(run);
        true
    }

    /// Whether this is the thread.
    pub(crate) fn is_current(&self) -> bool {
        self.id.get() == Some(&std::thread::current().id())
    }

    /// The thread, for whoever waits for its end: given once.
    pub(crate) fn take(&self) -> Option<JoinHandle<()>> {
        self.handle.lock().take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    #[test]
    fn a_thread_starts_once_and_when_it_is_needed() {
        let (sender, ran) = bounded(2);
        let sleeper = Arc::new(Sleeper::new("kameleoon-test", move || sender.send(()).unwrap()));
        assert!(!sleeper.is_awake() && sleeper.take().is_none() && ran.try_recv().is_err());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| sleeper.wake());
            }
        });
        sleeper.take().unwrap().join().unwrap();
        assert_eq!(ran.try_iter().count(), 1);
        assert!(!sleeper.cancel() && !sleeper.is_current() && sleeper.is_awake());
    }

    #[test]
    fn one_that_is_cancelled_never_starts() {
        let (sender, ran) = bounded::<()>(1);
        let sleeper = Sleeper::new("kameleoon-test", move || sender.send(()).unwrap());
        assert!(sleeper.cancel());
        sleeper.wake();
        assert!(!sleeper.is_awake() && sleeper.take().is_none());
        assert!(ran.recv().is_err(), "what it would have run is gone");
    }
}
