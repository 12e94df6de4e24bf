//! The callers' side of tracking: the list, the orders to the worker, the counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use parking_lot::Mutex;

use super::counters::Counters;
use super::report::FlushReport;
use crate::logging::log_warning;
use crate::visitor::Visitor;

/// How many visitors may wait in the channel while the worker is busy. The mark of those beyond is
/// enough: the worker finds them in the store. Visitors who had to leave the store may still be in
/// the channel, so without a bound it could outgrow the store.
const LONGEST_LIST: usize = 100_000;

/// Called once with what an order achieved.
pub(crate) type Done = Box<dyn FnOnce(FlushReport) + Send>;

/// What callers ask of the worker.
pub(super) enum Order {
    /// One visitor's data now, on the list or not.
    Visitor(Arc<Visitor>),
    /// Puts every visitor of whom something can be sent on the list.
    ListAll,
    /// The data of every visitor of whom something can be sent, now.
    All,
    /// The listed visitors now, as at the end of an interval.
    Interval(Done),
    /// Nothing: tells that everything ordered before is done.
    Reach(Done),
    /// Everything that is not sent yet, now.
    Drain(Done),
    /// Everything that is not sent yet, and then the end.
    Close(Done),
}

/// The callers' side of tracking.
pub(crate) struct Tracker {
    list: Sender<Arc<Visitor>>,
    orders: Sender<Order>,
    /// Some visitors are marked as listed without being in the channel.
    is_overfull: AtomicBool,
    pub(crate) counters: Counters,
    /// Set when the client is closed: what comes later is refused.
    closing: AtomicBool,
    /// When a close has to be over.
    deadline: Mutex<Option<Instant>>,
    /// Dropped to interrupt the worker's pauses.
    stop: Mutex<Option<Sender<()>>>,
    home: Home,
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
    pub(super) orders: Receiver<Order>,
    pub(super) stop: Receiver<()>,
}

impl Tracker {
    pub(super) fn new() -> (Self, Inbox) {
        let (list, listed) = unbounded();
        let (orders, ordered) = unbounded();
        let (stop, stopped) = unbounded();
        let tracker = Self {
            list,
            orders,
            is_overfull: AtomicBool::new(false),
            counters: Counters::new(),
            closing: AtomicBool::new(false),
            deadline: Mutex::new(None),
            stop: Mutex::new(Some(stop)),
            home: Home::new(std::process::id()),
        };
        (tracker, Inbox { list: listed, orders: ordered, stop: stopped })
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

    pub(crate) fn flush_visitor(&self, visitor: Arc<Visitor>) {
        self.order(Order::Visitor(visitor));
    }

    pub(crate) fn list_all(&self) {
        self.order(Order::ListAll);
    }

    pub(crate) fn flush_all(&self) {
        self.order(Order::All);
    }

    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "only tests play the end of an interval"))]
    pub(crate) fn end_interval(&self, done: Done) {
        self.order(Order::Interval(done));
    }

    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "only tests wait for flushes"))]
    pub(crate) fn reach(&self, done: Done) {
        self.order(Order::Reach(done));
    }

    pub(crate) fn drain(&self, done: Done) {
        self.order(Order::Drain(done));
    }

    fn order(&self, order: Order) {
        self.check_process();
        // Fails when the worker has ended: the order is dropped, and with it whoever waits is
        // told.
        let _ = self.orders.send(order);
    }

    /// Begins the end: the worker sends what is left until the deadline. Further calls change
    /// nothing.
    pub(crate) fn close(&self, timeout: Duration, done: Done) {
        if self.closing.swap(true, Ordering::AcqRel) {
            return;
        }
        *self.deadline.lock() = Instant::now().checked_add(timeout);
        self.order(Order::Close(done));
        *self.stop.lock() = None;
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
