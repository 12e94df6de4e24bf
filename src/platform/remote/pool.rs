//! Threads for calls to the data API whose callers must not be held up.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::error::{KameleoonError, Result};
use crate::logging::{Speaker, log_error};

/// So many calls run at a time; others wait their turn.
const MOST_THREADS: usize = 4;
/// A thread that has nothing to do for this long ends.
const IDLE: Duration = Duration::from_secs(10);

/// A call, with what is to be done with its result.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// A few threads that are there while there is something to do.
#[derive(Default)]
pub(crate) struct RemotePool(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// By the number in the thread's name, less one.
    threads: [Option<JoinHandle<()>>; MOST_THREADS],
    idle: usize,
    is_closed: bool,
}

impl RemotePool {
    /// Has a job done, after those that were there before. When the pool is closed, the job is
    /// dropped, and with it whoever waits is told.
    ///
    /// # Errors
    /// `System` when there is no thread and none can be started.
    pub(crate) fn run(&self, job: Job) -> Result<()> {
        let mut state = self.0.state.lock();
        if state.is_closed {
            // Dropped outside of the lock: what waits for it is not ours.
            drop(state);
            return Ok(());
        }
        state.jobs.push_back(job);
        let free = state.threads.iter().position(Option::is_none);
        if let Some(place) = free.filter(|_| state.jobs.len() > state.idle) {
            let shared = Arc::clone(&self.0);
            let name = format!("kameleoon-remote-{}", place + 1);
            match std::thread::Builder::new().name(name).spawn(Speaker::carry(move || shared.work(place))) {
                Ok(thread) => state.threads[place] = Some(thread),
                Err(error) if state.threads.iter().all(Option::is_none) => {
                    let job = state.jobs.pop_back();
                    drop(state);
                    drop(job);
                    return Err(KameleoonError::System {
                        reason: format!("a thread for remote calls could not be started: {error}"),
                    });
                }
                // Those that are there will come to it.
                Err(_) => {}
            }
        }
        drop(state);
        self.0.work.notify_one();
        Ok(())
    }

    /// Drops the jobs that wait and lets the threads end after the one they are at. Returns them.
    pub(crate) fn close(&self) -> Vec<JoinHandle<()>> {
        let mut state = self.0.state.lock();
        state.is_closed = true;
        let jobs = std::mem::take(&mut state.jobs);
        let threads = state.threads.iter_mut().filter_map(Option::take).collect();
        drop(state);
        self.0.work.notify_all();
        drop(jobs);
        threads
    }
}

impl Shared {
    fn work(&self, place: usize) {
        while let Some(job) = self.next(place) {
            // Whoever waits is told by what the job leaves behind.
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                log_error!("a remote call panicked; please report this");
            }
        }
    }

    /// The next job; none when the thread is to end.
    fn next(&self, place: usize) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            state.idle += 1;
            let waited = self.work.wait_for(&mut state, IDLE);
            state.idle -= 1;
            if waited.timed_out() && state.jobs.is_empty() {
                // Under the lock, so that no job can count on this thread any more.
                state.threads[place] = None;
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use crossbeam_channel::{bounded, unbounded};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn jobs_run_on_a_few_threads_and_all_of_them_run() {
        let pool = RemotePool::default();
        let (names, ran) = unbounded();
        let (go, wait) = bounded::<()>(0);
        for _ in 0..MOST_THREADS {
            let (names, wait) = (names.clone(), wait.clone());
            pool.run(Box::new(move || {
                let _ = names.send(std::thread::current().name().unwrap_or_default().to_owned());
                let _ = wait.recv();
            }))
            .unwrap();
        }
        let mut started: Vec<String> =
            (0..MOST_THREADS).map(|_| ran.recv_timeout(PATIENCE).unwrap()).collect();
        started.sort();
        let expected: Vec<String> = (1..=MOST_THREADS).map(|n| format!("kameleoon-remote-{n}")).collect();
        assert_eq!(started, expected);
        let done = Arc::new(AtomicUsize::new(0));
        let (last, ended) = bounded(100);
        for _ in 0..100 {
            let (done, last) = (Arc::clone(&done), last.clone());
            pool.run(Box::new(move || {
                done.fetch_add(1, Ordering::AcqRel);
                let _ = last.send(());
            }))
            .unwrap();
        }
        assert_eq!(done.load(Ordering::Acquire), 0, "all threads are taken");
        drop(go);
        (0..100).for_each(|_| ended.recv_timeout(PATIENCE).unwrap());
        assert_eq!(done.load(Ordering::Acquire), 100);
    }

    #[test]
    fn a_panic_takes_no_thread_away() {
        let pool = RemotePool::default();
        let (sender, receiver) = bounded(1);
        for _ in 0..2 * MOST_THREADS {
            pool.run(Box::new(|| panic!("on purpose"))).unwrap();
        }
        pool.run(Box::new(move || _ = sender.send(()))).unwrap();
        receiver.recv_timeout(PATIENCE).unwrap();
    }

    #[test]
    fn a_close_drops_what_waits_and_ends_the_threads() {
        let pool = RemotePool::default();
        let (go, wait) = bounded::<()>(0);
        let (sender, results) = unbounded::<()>();
        for _ in 0..10 {
            let (wait, sender) = (wait.clone(), sender.clone());
            pool.run(Box::new(move || {
                let _ = wait.recv();
                let _ = sender.send(());
            }))
            .unwrap();
        }
        drop(sender);
        let threads = pool.close();
        drop(go);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(results.iter().count() <= MOST_THREADS, "what waited was not begun");
        let (sender, late) = bounded::<()>(1);
        pool.run(Box::new(move || _ = sender.send(()))).unwrap();
        assert!(late.recv_timeout(PATIENCE).is_err(), "and nothing is begun any more");
    }
}
