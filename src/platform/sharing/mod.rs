//! What several servers share: of visitors the thread that reads the store, and the one that writes
//! to it; of the data file the one that calls its store. Each only there with a store.

mod breaker;
mod caller;
mod desk;
mod file_desk;
mod reader;
mod writer;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use parking_lot::Mutex;

use self::desk::{Desk, FAR};
use self::reader::Load;
use self::writer::{Order, Writer};
use crate::error::{KameleoonError, Result};
use crate::fleet::{Counters, Shelf, StoreStats, VisitorDataStore};
use crate::logging::Speaker;
use crate::visitor::{Notice, Outlet};

pub(crate) use desk::{Owner, Surroundings};
pub(crate) use file_desk::FileDesk;
pub(crate) use reader::Loaded;

/// Where a store of visitors tells its changes, and where they are taken in.
pub(crate) fn outlet() -> (Outlet, Receiver<Notice>) {
    let (notices, taken_in) = unbounded();
    // Zero is nobody.
    (Outlet { notices, process: rand::random::<u64>().max(1) }, taken_in)
}

/// The callers' side of a visitor store.
pub(crate) struct Sharing {
    desk: Arc<Desk>,
    /// None once the client is closed.
    loads: Mutex<Option<Sender<Load>>>,
    orders: Sender<Order>,
}

impl Sharing {
    /// Starts the two threads.
    pub(crate) fn start(
        store: Shelf<dyn VisitorDataStore>,
        surroundings: Surroundings,
        owner: &Owner<'_>,
        notices: Receiver<Notice>,
    ) -> Result<(Self, Vec<JoinHandle<()>>)> {
        let desk = Arc::new(Desk::new(store, surroundings, owner));
        let (loads, loading) = unbounded();
        let (orders, ordered) = unbounded();
        let reading = Arc::clone(&desk);
        let reader = spawn("kameleoon-store-read", move || reader::run(&reading, &loading))?;
        let writing = Writer::new(Arc::clone(&desk), notices, ordered);
        let writer = spawn("kameleoon-store-write", move || writing.run())?;
        Ok((Self { desk, loads: Mutex::new(Some(loads)), orders }, vec![reader, writer]))
    }

    /// Reads what the store knows of a visitor and takes it over. `done` is called on the thread
    /// that reads; it is dropped when the client is closed meanwhile.
    pub(crate) fn load(&self, code: &str, timeout: Duration, done: Loaded) -> Result<()> {
        let now = Instant::now();
        if self.desk.reads.breaker.until().is_some_and(|until| now < until) {
            Counters::add(&self.desk.counters.failed, 1);
            return Err(self.desk.reads.away());
        }
        let deadline = now.checked_add(timeout).unwrap_or(now + FAR);
        let sender = self.loads.lock().clone().ok_or(KameleoonError::Closed)?;
        sender.send(Load { code: code.into(), deadline, done }).map_err(|_| KameleoonError::Closed)
    }

    /// A caller of `load` did not wait any longer.
    pub(crate) fn gave_up(&self, timeout: Duration) -> KameleoonError {
        Counters::add(&self.desk.counters.late, 1);
        KameleoonError::store(format!("no answer within {} ms", timeout.as_millis()))
    }

    /// The store is to forget these visitor codes.
    pub(crate) fn forget(&self, codes: &[Box<str>]) {
        // Fails when the writer has ended: the client is closed.
        let _ = self.orders.send(Order::Forget(codes.to_vec()));
    }

    pub(crate) fn stats(&self) -> StoreStats {
        self.desk.counters.read()
    }

    /// Begins the end: what the store has not been told yet is written until the deadline.
    pub(crate) fn close(&self, timeout: Duration) {
        *self.loads.lock() = None;
        let now = Instant::now();
        // Fails when the writer has ended already.
        let _ = self.orders.send(Order::Close(now.checked_add(timeout).unwrap_or(now + FAR)));
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(Speaker::carry(run)).map_err(|error| {
        KameleoonError::System {
            reason: format!("a thread of the visitor store could not be started: {error}"),
        }
    })
}
