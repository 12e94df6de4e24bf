//! The callers' side of tracking: the list, the orders to the worker, the counts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use parking_lot::Mutex;

use super::counters::{Counters, TrackingStats};
use super::report::FlushReport;
use super::waiters::{Done, Goal, IsWanted, Waiter, always};
use crate::logging::{Speaker, log_warning};
use crate::sleeper::Sleeper;
use crate::visitor::{Ledger, Visitor, VisitorStore};

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
    visitors: Arc<VisitorStore>,
    pub(crate) counters: Counters,
    /// Set when the client is closed: what comes later is refused.
    closing: AtomicBool,
    /// When a close has to be over.
    deadline: Mutex<Option<Instant>>,
    /// Set once, as the tracker is made.
    thread: OnceLock<Sleeper>,
    home: Home,
    speaker: Speaker,
}

/// The process that the worker belongs to.
struct Home {
    process: u32,
    warned: AtomicBool,
}

/// Whether the process is looked at by whoever puts a visitor on a list of this length. It is a call
/// of the system, a fifth of what a tracked decision costs; and a list that nobody takes from comes
/// past each length.
fn is_looked_at(length: usize) -> bool {
    length < 32 || length.is_power_of_two()
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
    pub(super) fn new(visitors: Arc<VisitorStore>) -> (Self, Inbox) {
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
            ledger: Arc::clone(visitors.ledger()),
            visitors,
            counters: Counters::default(),
            closing: AtomicBool::new(false),
            deadline: Mutex::new(None),
            thread: OnceLock::new(),
            home: Home::new(std::process::id()),
            speaker: Speaker::current(),
        };
        (tracker, Inbox { list: listed, hurried: hurries, orders: ordered })
    }

    /// What the thread that sends will do.
    pub(super) fn set_worker(&self, run: impl FnOnce() + Send + 'static) {
        // Set once.
        let _ = self.thread.set(Sleeper::new("kameleoon-tracking", run));
    }

    /// Starts the thread that sends, unless it runs.
    pub(crate) fn wake_thread(&self) {
        self.thread.get().into_iter().for_each(Sleeper::wake);
    }

    /// The thread that sends, for whoever waits for its end: given once.
    pub(crate) fn take_thread(&self) -> Option<JoinHandle<()>> {
        self.thread.get()?.take()
    }

    /// Whether this is the thread that sends: it cannot wait for itself.
    pub(crate) fn is_own_thread(&self) -> bool {
        self.thread.get().is_some_and(Sleeper::is_current)
    }

    pub(crate) fn stats(&self) -> TrackingStats {
        self.counters.read(&self.ledger)
    }

    /// Puts a visitor on the list for the next tracking request.
    pub(crate) fn list(&self, visitor: &Arc<Visitor>) {
        if visitor.list() {
            let waiting = self.list.len();
            if is_looked_at(waiting) {
                self.check_process();
            }
            self.wake_thread();
            if waiting >= LONGEST_LIST {
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
            self.order(Order::Wake);
        }
    }

    pub(crate) fn list_all(&self) {
        if !self.list_all.swap(true, Ordering::AcqRel) {
            self.order(Order::Wake);
        }
    }

    pub(crate) fn flush_all(&self) {
        if !self.hurry_all.swap(true, Ordering::AcqRel) {
            self.order(Order::Wake);
        }
    }

    /// Has the worker look at a new data file. One that was not needed yet is left alone.
    pub(super) fn look_around(&self) {
        let is_awake = self.thread.get().is_some_and(Sleeper::is_awake);
        if is_awake || self.has_something() {
            self.order(Order::Wake);
        }
    }

    /// Whether anything is accepted that has not come to its end.
    fn has_something(&self) -> bool {
        self.ledger.pending() + self.ledger.withheld() > 0
    }

    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "only tests play the end of an interval"))]
    pub(crate) fn end_interval(&self, done: Done) {
        self.wait(Goal::Interval, None, done, always());
    }

    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "only tests wait for flushes"))]
    pub(crate) fn reach(&self, done: Done) {
        self.wait(Goal::Hurried, None, done, always());
    }

    /// Sends everything that can be sent; tells when that is done, or the time is over.
    /// Nobody is told, and nothing hurries, once it is not wanted any more.
    pub(crate) fn drain(&self, timeout: Duration, done: Done, is_wanted: IsWanted) {
        self.wait(Goal::Everything, Instant::now().checked_add(timeout), done, is_wanted);
    }

    /// Sends what lies on disk; tells when that is done, or the time is over.
    pub(crate) fn drain_spool(&self, timeout: Duration, done: Done) {
        self.wait(Goal::Spool, Instant::now().checked_add(timeout), done, always());
    }

    fn wait(&self, goal: Goal, deadline: Option<Instant>, done: Done, is_wanted: IsWanted) {
        let before = self.ledger.read();
        self.order(Order::Wait(Waiter { goal, deadline, before, done, is_wanted }));
    }

    fn order(&self, order: Order) {
        self.check_process();
        self.wake_thread();
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
        if let Some(report) = self.end_unneeded() {
            return done(report);
        }
        self.order(Order::Close { deadline, done });
    }

    /// Ends before the thread has begun, when nothing was there to be sent; says how.
    fn end_unneeded(&self) -> Option<FlushReport> {
        let thread = self.thread.get()?;
        if thread.is_awake() || self.has_something() || !thread.cancel() {
            return None;
        }
        self.ledger.close();
        // What came between the two looks is counted.
        let before = self.ledger.read().given_up;
        self.visitors.give_up(true);
        Some(FlushReport { given_up: self.ledger.read().given_up - before, ..FlushReport::default() })
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

    #[test]
    fn a_list_that_nobody_takes_from_is_looked_at_soon_and_seldom() {
        let looks = |from: usize, count: usize| (from..from + count).filter(|n| is_looked_at(*n)).count();
        assert_eq!(looks(0, 1), 1);
        assert!((0..LONGEST_LIST / 2).step_by(37).all(|inherited| looks(inherited, inherited + 32) > 0));
        assert!(looks(0, LONGEST_LIST) < 50);
    }
}
