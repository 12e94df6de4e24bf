//! The thread that sends.
//!
//! A plain thread with a blocking HTTP client. Visitors reach it over a channel on which each is at
//! most once; orders (flush, close) over another, so that they never queue behind visitors. Waits
//! end at the nearest deadline, and orders come first after every wake.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, select_biased};

use super::pace::Pace;
use super::report::FlushReport;
use super::tracker::{Done, Inbox, Order, Tracker};
use super::transport::{Rejected, Transport};
use super::visitor_lines::LineContext;
use crate::clock::Clock;
use crate::logging::{log_error, log_info, log_warning};
use crate::platform::cell::ConfigCell;
use crate::visitor::{Visitor, VisitorStore};

/// A request takes in visitors until its lines are longer than this.
const REQUEST_SIZE: usize = 2_621_440;
/// Between failure and repetition when the client is being closed, at most.
const CLOSING_PAUSE: Duration = Duration::from_millis(200);
/// How often expired visitors are looked for, at most and at least.
const SWEEP_PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// Settings of the worker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrackingSettings {
    pub(crate) interval: Duration,
    /// Between the failure of a request and its one repetition.
    pub(crate) retry_delay: Duration,
    /// Of one request.
    pub(crate) timeout: Duration,
    pub(crate) session: Duration,
    /// Sends only on orders.
    pub(crate) is_manual: bool,
}

/// What the worker shares with the rest of the client.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) visitors: Arc<VisitorStore>,
    pub(crate) file: Arc<ConfigCell>,
    pub(crate) clock: Clock,
}

pub(super) struct Worker<T> {
    pub(super) tracker: Arc<Tracker>,
    pub(super) inbox: Inbox,
    pub(super) surroundings: Surroundings,
    pub(super) settings: TrackingSettings,
    pub(super) transport: T,
    pub(super) queue: VecDeque<Arc<Visitor>>,
    pub(super) pace: Pace,
    pub(super) next_sweep: Instant,
}

enum Flow {
    GoOn,
    End,
}

impl<T: Transport> Worker<T> {
    pub(super) fn run(mut self) {
        loop {
            // A panic here is a mistake of ours; the data of all visitors should not pay for it.
            match catch_unwind(AssertUnwindSafe(|| self.turn())) {
                Ok(Flow::GoOn) => {}
                Ok(Flow::End) => return,
                Err(_) => {
                    log_error!("the tracking thread panicked; please report this");
                    if self.tracker.is_closing() {
                        // The order to close may have been lost with it.
                        return;
                    }
                }
            }
        }
    }

    fn turn(&mut self) -> Flow {
        let order = self.wait();
        match order {
            Some(order) => self.obey(order),
            None => {
                let now = Instant::now();
                if now >= self.next_sweep {
                    self.sweep(now);
                }
                if !self.settings.is_manual && !self.queue.is_empty() && now >= self.pace.next() {
                    self.take_list();
                    self.send_queue();
                }
                Flow::GoOn
            }
        }
    }

    /// Waits for an order, or for the time of what is due next.
    fn wait(&mut self) -> Option<Order> {
        let is_idle = self.queue.is_empty() && !self.settings.is_manual;
        let until = if is_idle || self.settings.is_manual {
            self.next_sweep
        } else {
            self.pace.next().min(self.next_sweep)
        };
        if !is_idle {
            // The list is read when the interval is over, so that callers need not wake anybody.
            return match self.inbox.orders.recv_deadline(until) {
                Ok(order) => Some(order),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Order::Close(Box::new(|_| ()))),
            };
        }
        let pause = until.saturating_duration_since(Instant::now());
        select_biased! {
            recv(self.inbox.orders) -> order => order.ok().or_else(|| Some(Order::Close(Box::new(|_| ())))),
            recv(self.inbox.list) -> visitor => {
                self.queue.extend(visitor);
                self.pace.begin(Instant::now());
                None
            }
            default(pause) => None,
        }
    }

    fn obey(&mut self, order: Order) -> Flow {
        match order {
            // During an outage those who are in a hurry wait for the next try like all others, and a
            // close, which sends everything, does not wait for them.
            Order::Visitor(visitor) if self.is_resting() => self.tracker.list(&visitor),
            Order::Visitor(visitor) => self.send([visitor]),
            Order::All if !self.is_resting() => self.send_all(self.sendable()),
            Order::All | Order::ListAll => {
                self.sendable().iter().for_each(|visitor| self.tracker.list(visitor));
            }
            Order::Interval(done) => {
                let report = self.report(|worker| {
                    worker.take_list();
                    worker.send_queue();
                });
                self.tell(done, report);
            }
            Order::Reach(done) => {
                let report = self.report(|_| ());
                self.tell(done, report);
            }
            Order::Drain(done) => {
                let report = self.report(Self::drain);
                self.tell(done, report);
            }
            Order::Close(done) => {
                let mut report = self.report(Self::drain);
                let left = self.due();
                report.given_up = std::mem::take(&mut report.pending).max(left);
                self.tracker.counters.given_up.fetch_add(report.given_up, Ordering::AcqRel);
                if report.given_up > 0 {
                    log_warning!(
                        "the client is closed and {} pieces of visitor data could not be sent",
                        report.given_up
                    );
                }
                self.tell(done, report);
                return Flow::End;
            }
        }
        Flow::GoOn
    }

    fn is_resting(&self) -> bool {
        self.tracker.is_closing() || self.pace.is_resting(Instant::now())
    }

    /// Calls the one who waits. It is the program's code in the end, so a panic stays there.
    fn tell(&self, done: Done, report: FlushReport) {
        if catch_unwind(AssertUnwindSafe(|| done(report))).is_err() {
            log_error!("a flush's completion panicked");
        }
    }

    fn report(&mut self, run: impl FnOnce(&mut Self)) -> FlushReport {
        let sent = self.tracker.counters.sent.load(Ordering::Acquire);
        run(self);
        let delivered = self.tracker.counters.sent.load(Ordering::Acquire) - sent;
        FlushReport { delivered, pending: self.due(), given_up: 0, timed_out: false }
    }

    /// Everything that is not sent yet.
    fn drain(&mut self) {
        self.take_list();
        self.surroundings.visitors.for_each(|visitor| {
            let is_due = visitor.read(|profile| profile.is_some_and(|profile| profile.due_count() > 0));
            if is_due && visitor.list() {
                self.queue.push_back(Arc::clone(visitor));
            }
        });
        self.send_queue();
    }

    /// How many pieces are not sent yet. Those of visitors who had to leave the store are given up.
    fn due(&self) -> u64 {
        let mut due = 0;
        self.surroundings.visitors.for_each(|visitor| {
            due += visitor.own_due_count();
        });
        due
    }

    fn sendable(&self) -> Vec<Arc<Visitor>> {
        let mut list = Vec::new();
        self.surroundings.visitors.for_each(|visitor| {
            if visitor.read(|profile| profile.is_some_and(|profile| profile.has_sendable())) {
                list.push(Arc::clone(visitor));
            }
        });
        list
    }

    fn take_list(&mut self) {
        self.queue.extend(self.inbox.list.try_iter());
        if self.tracker.take_overfull() {
            // The channel had no room for some: the marks tell who they are.
            self.queue.clear();
            let Self { surroundings, queue, .. } = self;
            surroundings.visitors.for_each(|visitor| {
                if visitor.is_listed() {
                    queue.push_back(Arc::clone(visitor));
                }
            });
        }
    }

    /// Sends the listed visitors, in as many requests as it takes, until one fails.
    fn send_queue(&mut self) {
        if self.queue.is_empty() {
            self.pace.idle(Instant::now());
        }
        while !self.queue.is_empty() {
            let most = self.pace.most_visitors().min(self.queue.len());
            let mut taken = Vec::new();
            let mut body = String::new();
            while taken.len() < most && body.len() <= REQUEST_SIZE {
                let Some(visitor) = self.queue.pop_front() else { break };
                // Before its data are read: what comes later lists it again. One that is not listed
                // any more was in the queue twice.
                if !visitor.unlist() || visitor.is_retired() {
                    continue;
                }
                self.append(&visitor, &mut body);
                taken.push(visitor);
            }
            if !self.deliver(&taken, &body) {
                return;
            }
        }
    }

    /// Sends visitors whether they are listed or not, and leaves the list as it is.
    fn send_all(&mut self, visitors: Vec<Arc<Visitor>>) {
        let mut visitors = visitors.into_iter().peekable();
        while visitors.peek().is_some() {
            let most = self.pace.most_visitors();
            let mut taken = Vec::new();
            let mut body = String::new();
            while taken.len() < most && body.len() <= REQUEST_SIZE {
                let Some(visitor) = visitors.next() else { break };
                if visitor.is_retired() {
                    continue;
                }
                self.append(&visitor, &mut body);
                taken.push(visitor);
            }
            if !self.deliver(&taken, &body) {
                return visitors.for_each(|visitor| self.tracker.list(&visitor));
            }
        }
    }

    fn send<const N: usize>(&mut self, visitors: [Arc<Visitor>; N]) {
        self.send_all(visitors.into());
    }

    fn append(&self, visitor: &Arc<Visitor>, body: &mut String) {
        let file = self.surroundings.file.load();
        let context = LineContext { file: file.as_deref(), now: self.surroundings.clock.now() };
        let tally = context.append(visitor, body);
        self.tracker.counters.count(tally);
    }

    /// Sends one request, once more if it fails. If that fails too, its visitors wait again.
    fn deliver(&mut self, visitors: &[Arc<Visitor>], body: &str) -> bool {
        if body.is_empty() {
            self.pace.idle(Instant::now());
            return true;
        }
        let mut result = self.attempt(body);
        if let Err(rejected) = &result {
            let pause = self.pause_for(rejected);
            if let Some(pause) = pause {
                log_info!("a tracking request failed ({}); it is repeated", rejected.failure);
                // Ends early when the client is closed.
                let _ = self.inbox.stop.recv_timeout(pause);
                result = self.attempt(body);
            }
        }
        let delivered = result.is_ok();
        let pieces = self.finish(visitors, delivered);
        match result {
            Ok(()) => {
                self.tracker.counters.sent.fetch_add(pieces, Ordering::AcqRel);
                self.pace.accepted(Instant::now());
            }
            Err(rejected) => {
                self.tracker.counters.retried.fetch_add(pieces, Ordering::AcqRel);
                self.pace.failed(Instant::now(), rand::random(), rejected.retry_after);
                log_warning!(
                    "a tracking request failed ({}); its data are kept and sent later",
                    rejected.failure
                );
                for visitor in visitors {
                    if !visitor.is_retired() && visitor.list() {
                        self.queue.push_back(Arc::clone(visitor));
                    }
                }
            }
        }
        delivered
    }

    fn attempt(&mut self, body: &str) -> Result<(), Rejected> {
        let timeout = self.tracker.time_for(self.settings.timeout);
        let result = self.transport.deliver(body, timeout);
        let counters = &self.tracker.counters;
        let count = if result.is_ok() { &counters.requests_accepted } else { &counters.requests_failed };
        count.fetch_add(1, Ordering::AcqRel);
        result
    }

    /// How long to wait before the repetition; none when there is no point in one.
    fn pause_for(&self, rejected: &Rejected) -> Option<Duration> {
        let closing = self.tracker.is_closing();
        let pause =
            if closing { CLOSING_PAUSE.min(self.settings.retry_delay) } else { self.settings.retry_delay };
        let asked_for_more = rejected.retry_after.is_some_and(|asked| asked > pause);
        let has_time = self.tracker.time_for(pause * 2) > pause;
        (!asked_for_more && has_time).then_some(pause)
    }

    /// Ends the request for all that was part of it.
    fn finish(&self, visitors: &[Arc<Visitor>], delivered: bool) -> u64 {
        let mut pieces = 0;
        let mut lost = 0;
        for visitor in visitors {
            let (count, gone) = visitor.finish_sending(delivered);
            pieces += count;
            lost += gone;
        }
        self.tracker.counters.given_up.fetch_add(lost, Ordering::AcqRel);
        pieces
    }

    /// Removes the visitors of one shard whose time is over. Those of whom something is still to be
    /// sent are listed instead.
    fn sweep(&mut self, now: Instant) {
        for visitor in self.surroundings.visitors.sweep_next(self.surroundings.clock.now()) {
            self.tracker.list(&visitor);
        }
        // Those who had to leave the store would otherwise wait for their turn for nothing.
        self.queue.retain(|visitor| !visitor.is_retired());
        let round = self.settings.session / (2 * self.surroundings.visitors.shard_count() as u32);
        self.next_sweep = now + round.clamp(SWEEP_PAUSE.0, SWEEP_PAUSE.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Conversion;
    use crate::error::RequestFailure;
    use parking_lot::Mutex;

    /// Refuses everything and keeps how many lines each request had.
    struct Refusing(Arc<Mutex<Vec<usize>>>);

    impl Transport for Refusing {
        fn deliver(&mut self, lines: &str, _: Duration) -> Result<(), Rejected> {
            self.0.lock().push(lines.lines().count());
            Err(Rejected { failure: RequestFailure::Status(500), retry_after: None })
        }
    }

    #[test]
    fn during_an_outage_a_flush_of_all_carries_one_visitor_too() {
        const PATIENCE: Duration = Duration::from_secs(20);
        let visitors = Arc::new(VisitorStore::new(100, PATIENCE, Clock::System.now()));
        for code in ["a", "b", "c"] {
            visitors.add(code, vec![Conversion::new(1).into()], None, Clock::System.now(), true);
        }
        let surroundings = Surroundings {
            visitors: Arc::clone(&visitors),
            file: Arc::new(ConfigCell::default()),
            clock: Clock::System,
        };
        let settings = TrackingSettings {
            interval: Duration::from_millis(1),
            retry_delay: Duration::from_millis(1),
            timeout: PATIENCE,
            session: PATIENCE,
            is_manual: true,
        };
        let requests = Arc::default();
        let (tracker, thread) =
            crate::platform::tracking::start(surroundings, settings, Refusing(Arc::clone(&requests)))
                .unwrap();
        let deadline = Instant::now() + PATIENCE;
        // One that comes before the next try is due sends nothing.
        while requests.lock().len() < 4 && Instant::now() < deadline {
            tracker.flush_all();
            std::thread::yield_now();
        }
        tracker.close(Duration::ZERO, Box::new(|_| ()));
        thread.join().unwrap();
        assert_eq!(requests.lock()[..4], [3, 3, 1, 1], "lines of each try and its repetition");
    }
}
