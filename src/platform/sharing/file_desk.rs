//! The thread that calls the store of the data file, so that nobody waits longer than a call may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::caller::Caller;
use crate::error::{KameleoonError, Result};
use crate::fleet::{DataFileStore, FileCounters, Shelf, StoreTerms, StoredDataFile};
use crate::reply::Reply;
use crate::sleeper::Sleeper;

/// What a busy machine may add to the time of a call before it counts as late.
const GRACE: Duration = Duration::from_millis(100);

type Call = Box<dyn FnOnce() + Send>;

/// A program's store of data files, whose calls end in time. Without it there is no thread for it.
pub(crate) struct FileDesk {
    caller: Arc<Caller<dyn DataFileStore>>,
    calls: Sender<Call>,
    thread: Arc<Sleeper>,
    /// A call has not come back.
    is_busy: Arc<AtomicBool>,
    counters: Arc<FileCounters>,
}

impl FileDesk {
    pub(crate) fn new(store: Shelf<dyn DataFileStore>) -> Self {
        let (calls, called): (_, Receiver<Call>) = unbounded();
        let run = move || called.iter().for_each(|call| call());
        Self {
            caller: Arc::new(Caller::new(store, "data file store", "the platform is asked instead")),
            calls,
            thread: Arc::new(Sleeper::new("kameleoon-store-file", run)),
            is_busy: Arc::default(),
            counters: Arc::default(),
        }
    }

    pub(crate) fn counters(&self) -> &Arc<FileCounters> {
        &self.counters
    }

    /// The thread; it ends with the desk.
    pub(crate) fn thread(&self) -> &Arc<Sleeper> {
        &self.thread
    }

    /// Has the store called and waits for that, for the time of the terms. A call that does not come
    /// back holds up no other: until then there is none.
    fn call<R: Send + 'static>(
        &self,
        terms: StoreTerms,
        call: impl FnOnce(&(dyn DataFileStore + 'static), StoreTerms) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let (answer, reply) = Reply::new();
        let (caller, is_busy) = (Arc::clone(&self.caller), Arc::clone(&self.is_busy));
        let call: Call = Box::new(move || {
            let result = caller.call(terms, call);
            is_busy.store(false, Ordering::Release);
            answer(result);
        });
        let ended = || Err(KameleoonError::store("its thread has ended"));
        let called = self.run(terms, call, reply.told());
        let result = called.and_then(|()| reply.take().unwrap_or_else(ended));
        if result.is_err() {
            FileCounters::add(&self.counters.failed);
        }
        self.counters.is_away.store(self.caller.is_away(), Ordering::Release);
        result
    }

    /// Has the thread make a call, and waits until that is over or will never be.
    fn run(&self, terms: StoreTerms, call: Call, is_over: &Receiver<()>) -> Result<()> {
        let failed = |why: &str| {
            let error = KameleoonError::store(why);
            self.caller.failed(&error);
            Err(error)
        };
        if self.is_busy.swap(true, Ordering::AcqRel) {
            return failed("a call has not come back");
        }
        self.thread.wake();
        // The thread ends with the desk, so it takes it in.
        let _ = self.calls.send(call);
        match is_over.recv_timeout(terms.timeout() + GRACE) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                failed(&format!("no answer within {} ms", terms.timeout().as_millis()))
            }
        }
    }
}

impl DataFileStore for FileDesk {
    fn load(&self, name: &str, known: Option<&str>, terms: StoreTerms) -> Result<Option<StoredDataFile>> {
        let (name, known) = (name.to_owned(), known.map(str::to_owned));
        self.call(terms, move |store, terms| store.load(&name, known.as_deref(), terms))
    }

    fn save(&self, name: &str, file: &StoredDataFile, over: Option<&str>, terms: StoreTerms) -> Result<bool> {
        let (name, file, over) = (name.to_owned(), file.clone(), over.map(str::to_owned));
        self.call(terms, move |store, terms| store.save(&name, &file, over.as_deref(), terms))
    }

    fn confirm(&self, name: &str, version: &str, age: Duration, terms: StoreTerms) -> Result<bool> {
        let (name, version) = (name.to_owned(), version.to_owned());
        self.call(terms, move |store, terms| store.confirm(&name, &version, age, terms))
    }

    fn lease(&self, name: &str, holder: &str, terms: StoreTerms) -> Result<bool> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        self.call(terms, move |store, terms| store.lease(&name, &holder, terms))
    }

    fn release(&self, name: &str, holder: &str, terms: StoreTerms) -> Result<()> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        self.call(terms, move |store, terms| store.release(&name, &holder, terms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    use crossbeam_channel::bounded;

    const TERMS: fn(u64) -> StoreTerms =
        |milliseconds| StoreTerms::new(Duration::from_millis(milliseconds), Duration::from_secs(60));

    /// Calls take as long as nobody lets them go.
    struct Stuck(Receiver<()>);

    impl DataFileStore for Stuck {
        fn load(&self, _: &str, _: Option<&str>, _: StoreTerms) -> Result<Option<StoredDataFile>> {
            let _ = self.0.recv();
            Ok(None)
        }

        fn save(&self, _: &str, _: &StoredDataFile, _: Option<&str>, _: StoreTerms) -> Result<bool> {
            panic!("as a mistake of the program")
        }

        fn confirm(&self, _: &str, _: &str, _: Duration, _: StoreTerms) -> Result<bool> {
            Ok(true)
        }

        fn lease(&self, _: &str, _: &str, _: StoreTerms) -> Result<bool> {
            Ok(true)
        }

        fn release(&self, _: &str, _: &str, _: StoreTerms) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_call_that_hangs_holds_nobody_up_and_one_that_panics_fails() {
        let (release, stuck) = bounded(1);
        let desk = FileDesk::new(Shelf(Arc::new(Stuck(stuck))));
        let start = Instant::now();
        assert!(desk.load("a/", None, TERMS(10)).is_err());
        for _ in 0..100 {
            assert!(desk.lease("a/", "me", TERMS(10_000)).is_err(), "the thread is still there");
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        let stats = desk.counters.read();
        assert_eq!((stats.failed, stats.is_away), (101, true));
        release.send(()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while desk.lease("a/", "me", TERMS(10_000)).is_err() {
            assert!(Instant::now() < deadline, "it is back");
            std::thread::yield_now();
        }
        let file = StoredDataFile::new("a/", "{}");
        assert!(desk.save("a/", &file, None, TERMS(10_000)).is_err());
        assert_eq!(desk.confirm("a/", "v", Duration::ZERO, TERMS(10_000)), Ok(true));
    }
}
