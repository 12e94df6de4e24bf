//! The callers' side of tracking: the list, the orders to the worker, the counts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use parking_lot::Mutex;

use super::counters::{Counters, TrackingStats};
use super::waiters::{Done, Goal, Waiter};
use crate::logging::{Speaker, log_warning};
use crate::visitor::{Ledger, Visitor};

/// How many visitors may wait in the channel while the worker is busy. The mark of those beyond is
/// enough: the worker finds them in the store. Visitors who had to leave the store may still be in
/// the channel, so without a bound it could outgrow the store.
const LONGEST_LIST: usize = 100_000;

/// What callers wish. None is a request of its own: the worker notes it and goes on.
pub(super) enum Order {
    /// Look at what is marked.
    Wake,
    /// Tells when a goal is reached.
    Wait(Waiter),
    /// A person refused consent or is to be forgotten: nothing of it, under any of its codes, is to be
    /// sent from disk.
    Purge(Vec<String>),
    /// Everything that can be sent, and then the end.
    Close { deadline: Option<Instant>, done: Done },
}

/// The callers' side of tracking.
pub(crate) struct Tracker {
    list: Sender<Arc<Visitor>>,
    hurried: Sender<Arc<Visitor>>,
    orders: Sender<Order>,
    /// Some visitors are marked as listed without being in the channel.
    is_overfull: AtomicBool,
    /// All of whom anything can be sent are to be listed.
    list_all: AtomicBool,
    /// All of whom anything can be sent are to be sent at once.
    hurry_all: AtomicBool,
    ledger: Arc<Ledger>,
    pub(crate) counters: Counters,
    /// Set when the client is closed: what comes later is refused.
    closing: AtomicBool,
    /// When a close has to be over.
    deadline: Mutex<Option<Instant>>,
    thread: OnceLock<ThreadId>,
    home: Home,
    speaker: Speaker,
}

/// The process that the worker belongs to.
struct Home {
    process: u32,
    warned: AtomicBool,
}

impl Home {
    fn new(process: u32) -> Self {
        Self { process, warned: AtomicBool::new(false) }
    }

    /// Whether the worker stayed behind in another process and nobody said so yet.
    fn is_newly_left(&self, current: u32) -> bool {
        current != self.process && !self.warned.swap(true, Ordering::Relaxed)
    }
}

/// The worker's ends of the channels.
pub(super) struct Inbox {
    pub(super) list: Receiver<Arc<Visitor>>,
    pub(super) hurried: Receiver<Arc<Visitor>>,
    pub(super) orders: Receiver<Order>,
}

impl Tracker {
    pub(super) fn new(ledger: Arc<Ledger>) -> (Self, Inbox) {
        let (list, listed) = unbounded();
        let (hurried, hurries) = unbounded();
        let (orders, ordered) = unbounded();
        let tracker = Self {
            list,
            hurried,
            orders,
            is_overfull: AtomicBool::new(false),
            list_all: AtomicBool::new(false),
            hurry_all: AtomicBool::new(false),
            ledger,
            counters: Counters::default(),
            closing: AtomicBool::new(false),
            deadline: Mutex::new(None),
            thread: OnceLock::new(),
            home: Home::new(std::process::id()),
            speaker: Speaker::current(),
        };
        (tracker, Inbox { list: listed, hurried: hurries, orders: ordered })
    }

    pub(super) fn set_thread(&self, thread: ThreadId) {
        // The worker starts once.
        let _ = self.thread.set(thread);
    }

    /// Whether this is the thread that sends: it cannot wait for itself.
    pub(crate) fn is_own_thread(&self) -> bool {
        self.thread.get() == Some(&std::thread::current().id())
    }

    pub(crate) fn stats(&self) -> TrackingStats {
        self.counters.read(&self.ledger)
    }

    /// Puts a visitor on the list for the next tracking request.
    pub(crate) fn list(&self, visitor: &Arc<Visitor>) {
        if visitor.list() {
            self.check_process();
            if self.list.len() >= LONGEST_LIST {
                return self.is_overfull.store(true, Ordering::Release);
            }
            // Fails when the worker has ended; the close that ended it counted what was left.
            let _ = self.list.send(Arc::clone(visitor));
        }
    }

    /// Whether visitors are listed that the channel had no room for. Asked once for each time.
    pub(super) fn take_overfull(&self) -> bool {
        self.is_overfull.swap(false, Ordering::AcqRel)
    }

    pub(super) fn take_list_all(&self) -> bool {
        self.list_all.swap(false, Ordering::AcqRel)
    }

    pub(super) fn take_hurry_all(&self) -> bool {
        self.hurry_all.swap(false, Ordering::AcqRel)
    }

    /// One visitor's data go out at once, on the list or not.
    pub(crate) fn flush_visitor(&self, visitor: &Arc<Visitor>) {
        if visitor.hurry() {
            // As above.
            let _ = self.hurried.send(Arc::clone(visitor));
            self.wake();
        }
    }

    pub(crate) fn list_all(&self) {
        if !self.list_all.swap(true, Ordering::AcqRel) {
            self.wake();
        }
    }

    pub(crate) fn flush_all(&self) {
        if !self.hurry_all.swap(true, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Has the worker look around.
    pub(crate) fn wake(&self) {
        self.order(Order::Wake);
    }

    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "only tests play the end of an interval"))]
    pub(crate) fn end_interval(&self, done: Done) {
        self.wait(Goal::Interval, None, done);
    }

    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "only tests wait for flushes"))]
    pub(crate) fn reach(&self, done: Done) {
        self.wait(Goal::Hurried, None, done);
    }

    /// Sends everything that can be sent; tells when that is done, or the time is over.
    pub(crate) fn drain(&self, timeout: Duration, done: Done) {
        self.wait(Goal::Everything, Instant::now().checked_add(timeout), done);
    }

    /// Sends what lies on disk; tells when that is done, or the time is over.
    pub(crate) fn drain_spool(&self, timeout: Duration, done: Done) {
        self.wait(Goal::Spool, Instant::now().checked_add(timeout), done);
    }

    fn wait(&self, goal: Goal, deadline: Option<Instant>, done: Done) {
        self.order(Order::Wait(Waiter { goal, deadline, sent_before: self.ledger.sent(), done }));
    }

    fn order(&self, order: Order) {
        self.check_process();
        // Fails when the worker has ended: the order is dropped, and with it whoever waits is
        // told.
        let _ = self.orders.send(order);
    }

    /// Takes the lines of a person away from disk.
    pub(crate) fn purge(&self, visitor_codes: Vec<String>) {
        self.order(Order::Purge(visitor_codes));
    }

    /// Begins the end: the worker sends what is left until the deadline. Further calls change
    /// nothing.
    pub(crate) fn close(&self, timeout: Duration, done: Done) {
        if self.closing.swap(true, Ordering::AcqRel) {
            return;
        }
        let deadline = Instant::now().checked_add(timeout);
        *self.deadline.lock() = deadline;
        self.order(Order::Close { deadline, done });
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// How long the worker may take for something.
    pub(super) fn time_for(&self, usual: Duration) -> Duration {
        match *self.deadline.lock() {
            Some(deadline) => usual.min(deadline.saturating_duration_since(Instant::now())),
            None => usual,
        }
    }

    /// Says so, once, when the process was forked: the worker stayed behind.
    pub(crate) fn check_process(&self) {
        if self.home.is_newly_left(std::process::id()) {
            let _speaking = self.speaker.enter();
            log_warning!(
                "the process was forked after the client was created; its threads did not come along, so nothing \
                 is fetched or sent here: create the client after the fork"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_is_told_once_and_only_in_the_new_process() {
        let home = Home::new(7);
        assert_eq!([7, 8, 8, 7].map(|current| home.is_newly_left(current)), [false, true, false, false]);
    }
}
