//! The thread that sends.
//!
//! A plain thread with a blocking HTTP client and one loop: take in what came, look at the deadlines,
//! make at most one request, and look again. Wishes (a flush, a close) are noted and never requests
//! of their own, so none of them can keep another, or a deadline, waiting.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, TryRecvError, select_biased};

use super::desk::{Flow, Worker};
use super::flight::SHORT_PAUSE;
use super::spool_desk::SpoolDesk;
use super::tracker::Order;
use super::transport::Transport;
use super::waiters::{Goal, Waiter, always};
use crate::logging::log_error;
use crate::visitor::{Moment, More, State, Visitor};

/// How often expired visitors are looked for, at most and at least.
const SWEEP_PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

impl<T: Transport> Worker<T> {
    pub(super) fn run(mut self) {
        loop {
            // A panic here is a mistake of ours; the data of all visitors should not pay for it.
            match catch_unwind(AssertUnwindSafe(|| self.turn())) {
                Ok(Flow::GoOn) => {}
                Ok(Flow::End) => return,
                Err(_) => {
                    log_error!("the tracking thread panicked; please report this");
                    if let Some(flight) = self.flight.take() {
                        self.give_back(&flight);
                    }
                    // Not at once: what panicked once may do so again.
                    self.pace.failed(Instant::now(), 0.5, None, 1, None);
                    if self.tracker.is_closing() {
                        // Whoever waits is told as what they hold is dropped.
                        return;
                    }
                }
            }
        }
    }

    fn turn(&mut self) -> Flow {
        self.wait();
        self.take_orders();
        self.waiters.retain(|waiter| (waiter.is_wanted)());
        if self.generation != self.surroundings.file.generation() {
            self.settle_visitors();
        }
        let now = Instant::now();
        if now >= self.next_sweep {
            self.sweep(now);
        }
        let file = self.surroundings.file.load_full();
        match file.as_deref() {
            // Nothing is sent before the first data file.
            None => {}
            Some(file) => {
                // With a spool nothing has to be tried when the time is over: it is kept.
                let is_late = self.closing.as_ref().is_some_and(|waiter| waiter.is_late(now));
                let may_send = self.spool.is_none() || !is_late;
                if self.next_keeping().is_some_and(|at| now >= at) {
                    self.keep_due(now, file);
                }
                if self.flight.is_none() && may_send && !(self.is_due(now) && self.is_held_off(now)) {
                    self.flight = self.choose(now, file);
                    self.keep_flight();
                }
                if may_send && self.flight.as_ref().is_some_and(|flight| flight.is_due(now)) {
                    self.step();
                } else if self.flight.is_none() && !self.is_turn {
                    self.drain(now);
                }
            }
        }
        self.tell_waiters(Instant::now(), file.is_some())
    }

    /// Waits for an order, or for the time of what is due next.
    fn wait(&mut self) {
        let now = Instant::now();
        let until = self.next_deadline(now);
        let pause = until.saturating_duration_since(now);
        if pause.is_zero() {
            return;
        }
        let is_idle = self.queue.is_empty() && self.flight.is_none() && !self.settings.is_manual;
        let order = if is_idle {
            select_biased! {
                recv(self.inbox.orders) -> order => order.map_err(|_| RecvTimeoutError::Disconnected),
                recv(self.inbox.list) -> visitor => {
                    self.queue.extend(visitor);
                    self.pace.begin(Instant::now());
                    return;
                }
                default(pause) => return,
            }
        } else {
            // The list is read when the interval is over, so that callers need not wake anybody.
            self.inbox.orders.recv_timeout(pause)
        };
        match order {
            Ok(order) => self.note(order),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.orphaned(),
        }
    }

    fn take_orders(&mut self) {
        let mut purged = Vec::new();
        loop {
            match self.inbox.orders.try_recv() {
                // The folder is looked through once, however many are to be forgotten.
                Ok(Order::Purge(visitor_codes)) => purged.extend(visitor_codes),
                Ok(order) => self.note(order),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.orphaned();
                    break;
                }
            }
        }
        if !purged.is_empty() {
            self.purge(&purged);
        }
        self.hurried.extend(self.inbox.hurried.try_iter());
        if self.tracker.take_list_all() {
            self.list_sendable();
        }
        if self.tracker.take_hurry_all() {
            let mut hurried = Vec::new();
            self.each_sendable(|visitor| {
                if visitor.hurry() {
                    hurried.push(Arc::clone(visitor));
                }
            });
            self.hurried.extend(hurried);
        }
        if !self.hurried.is_empty() && self.is_resting(Instant::now()) {
            // During an outage those who are in a hurry wait for the next try like all others.
            for visitor in std::mem::take(&mut self.hurried) {
                visitor.unhurry();
                self.tracker.list(&visitor);
            }
            if self.is_urgent() {
                self.take_list();
            }
        }
    }

    fn is_resting(&self, now: Instant) -> bool {
        self.closing.is_some() || self.pace.is_resting(now)
    }

    fn note(&mut self, order: Order) {
        match order {
            Order::Wake => {}
            Order::Purge(visitor_codes) => self.purge(&visitor_codes),
            Order::Wait(waiter) => {
                match waiter.goal {
                    Goal::Hurried => {}
                    Goal::Spool => {
                        self.spool.iter_mut().for_each(|spool| spool.begin(Instant::now()));
                    }
                    Goal::Interval => {
                        // A flush of all that was asked for before belongs to this interval.
                        if self.tracker.take_list_all() {
                            self.list_sendable();
                        }
                        self.take_list();
                        self.is_turn = true;
                    }
                    Goal::Everything => self.begin_everything(),
                }
                self.waiters.push(waiter);
                self.hurry_pace();
            }
            Order::Close { deadline, done } => {
                // Whoever has more time sends the rest.
                self.spool.iter_mut().for_each(SpoolDesk::stop);
                self.begin_everything();
                let before = self.surroundings.visitors.ledger().read();
                let (goal, is_wanted) = (Goal::Everything, always());
                self.closing = Some(Waiter { goal, deadline, before, done, is_wanted });
                self.hurry_pace();
            }
        }
    }

    /// Nobody holds the other end any more.
    fn orphaned(&mut self) {
        if self.closing.is_none() {
            self.note(Order::Close { deadline: Some(Instant::now()), done: Box::new(|_| ()) });
        }
    }

    /// Somebody waits for everything: pauses become short.
    fn hurry_pace(&mut self) {
        let now = Instant::now();
        let deadline = self.deadline(now);
        if deadline.is_none() {
            return;
        }
        if self.pace.is_failing() {
            self.pace.hurry(now, rand::random(), deadline);
        }
        if let Some(flight) = &mut self.flight {
            flight.hurry(now + SHORT_PAUSE);
        }
    }

    fn begin_everything(&mut self) {
        let mut due = Vec::new();
        self.surroundings.visitors.for_each_person(|person| {
            let waits = |more: &More| more.outbox.has(State::Unsent);
            if !person.is_aside() && person.read(|_, more| more.is_some_and(waits)) {
                due.push(Arc::clone(person));
            }
        });
        due.iter().for_each(|person| self.tracker.list(person));
        self.take_list();
    }

    fn next_deadline(&self, now: Instant) -> Instant {
        let mut until = self.next_sweep;
        let mut or_at = |at: Instant| until = until.min(at);
        for waiter in self.waiters.iter().chain(&self.closing) {
            waiter.deadline.into_iter().for_each(&mut or_at);
        }
        if self.generation != self.surroundings.file.generation() {
            or_at(now);
        }
        if self.surroundings.file.generation() > 0 {
            self.next_keeping().into_iter().for_each(&mut or_at);
            if let Some(flight) = &self.flight {
                or_at(flight.due_at(now));
                return until;
            }
            if !self.queue.is_empty() || self.is_turn {
                if self.is_turn || self.is_urgent() {
                    let is_called = self.settings.is_manual && self.is_turn;
                    or_at(if self.pace.is_failing() && !is_called { self.pace.next() } else { now });
                } else if !self.settings.is_manual {
                    or_at(self.pace.next());
                }
            }
            if !self.hurried.is_empty() {
                or_at(now);
            }
            self.next_drain().into_iter().for_each(&mut or_at);
            if !self.pace.is_failing() {
                self.aside.iter().for_each(|aside| or_at(aside.at));
            }
        }
        until
    }

    fn each_sendable(&self, mut each: impl FnMut(&Arc<Visitor>)) {
        self.surroundings.visitors.for_each(|visitor| {
            let is_sendable = visitor.read(|profile, more| {
                profile.is_some_and(|profile| profile.has_sendable()) || more.is_some_and(More::has_sendable)
            });
            if is_sendable {
                each(visitor);
            }
        });
    }

    fn list_sendable(&self) {
        self.each_sendable(|visitor| self.tracker.list(visitor));
    }

    /// Does what had to wait for a data file, or what a newer one decides otherwise.
    fn settle_visitors(&mut self) {
        self.generation = self.surroundings.file.generation();
        let Some(file) = self.surroundings.file.load_full() else { return };
        let moment = Moment { file: Some(&*file), now: self.surroundings.clock.now(), track: true };
        self.surroundings.visitors.settle(moment, |person| {
            self.tracker.list(person);
        });
        if self.is_urgent() {
            self.take_list();
        }
    }

    /// Removes the visitors of one shard whose time is over. Those of whom something is still to be
    /// sent are listed instead.
    fn sweep(&mut self, now: Instant) {
        let has_file = self.surroundings.file.generation() > 0;
        let clock = self.surroundings.clock.now();
        for visitor in self.surroundings.visitors.sweep_next(clock, has_file) {
            self.tracker.list(&visitor);
        }
        self.tell_losses();
        let round = self.settings.session / (2 * self.surroundings.visitors.shard_count() as u32);
        self.next_sweep = now + round.clamp(SWEEP_PAUSE.0, SWEEP_PAUSE.1);
    }
}
