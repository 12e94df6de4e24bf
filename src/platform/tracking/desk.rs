//! What the thread that sends works with.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::aside::Aside;
use super::flight::Flight;
use super::losses::Losses;
use super::pace::Pace;
use super::spool_desk::SpoolDesk;
use super::tracker::{Inbox, Tracker};
use super::waiters::{Goal, Waiter};
use crate::clock::Clock;
use crate::logging::Voices;
use crate::platform::cell::ConfigCell;
use crate::platform::events::Events;
use crate::visitor::{Visitor, VisitorStore};

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
    /// What is sent lies on disk before.
    pub(crate) spools_before_sending: bool,
}

/// What the worker shares with the rest of the client.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) visitors: Arc<VisitorStore>,
    pub(crate) file: Arc<ConfigCell>,
    pub(crate) clock: Clock,
    pub(crate) events: Arc<Events>,
}

pub(super) struct Worker<T> {
    pub(super) tracker: Arc<Tracker>,
    pub(super) inbox: Inbox,
    pub(super) surroundings: Surroundings,
    pub(super) settings: TrackingSettings,
    pub(super) transport: T,
    pub(super) pace: Pace,
    /// The listed visitors whose turn it is.
    pub(super) queue: VecDeque<Arc<Visitor>>,
    /// Those to be sent at once.
    pub(super) hurried: VecDeque<Arc<Visitor>>,
    pub(super) aside: Vec<Aside>,
    pub(super) flight: Option<Flight>,
    pub(super) waiters: Vec<Waiter>,
    pub(super) closing: Option<Waiter>,
    /// The end of the interval was called for, or has come.
    pub(super) is_turn: bool,
    pub(super) next_sweep: Instant,
    /// Which data file the visitors were settled with.
    pub(super) generation: u64,
    /// Who failed alone of late, and whether others were accepted since.
    pub(super) failed_alone: VecDeque<(Arc<Visitor>, bool)>,
    /// Refusals since something was accepted.
    pub(super) refusals_in_row: u32,
    /// Many were refused with nothing accepted in between: whoever came last, of whom nothing was
    /// refused yet, is tried first, until the queue is at its end.
    pub(super) is_newest_first: bool,
    /// What was told once is not told again.
    pub(super) told: Told,
    /// Up to where losses were told.
    pub(super) losses: Losses,
    /// Where what cannot be sent in time is kept.
    pub(super) spool: Option<SpoolDesk>,
}

/// Messages that a visitor, or something on the way, could repeat without end.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) refused: bool,
    pub(super) forbidden: bool,
    pub(super) redirect: bool,
    /// Outages, by what failed.
    pub(super) outages: Voices,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flow {
    GoOn,
    End,
}

impl<T> Worker<T> {
    /// Whether somebody waits for everything to be sent.
    pub(super) fn is_urgent(&self) -> bool {
        self.closing.is_some() || self.waiters.iter().any(|waiter| waiter.goal == Goal::Everything)
    }

    /// Until when somebody waits for everything to be sent.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        // Long enough for any `Retry-After`.
        const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);
        let waiting = self.waiters.iter().filter(|waiter| waiter.goal == Goal::Everything);
        waiting.chain(&self.closing).map(|waiter| waiter.deadline.unwrap_or(now + FOREVER)).max()
    }

    /// The listed visitor whose turn is next.
    pub(super) fn next_listed(&mut self) -> Option<Arc<Visitor>> {
        if self.is_newest_first { self.queue.pop_back() } else { self.queue.pop_front() }
    }

    /// Puts a visitor where its turn is next.
    pub(super) fn relist_first(&mut self, visitor: Arc<Visitor>) {
        match self.is_newest_first {
            true => self.queue.push_back(visitor),
            false => self.queue.push_front(visitor),
        }
    }

    /// Puts a visitor behind all others.
    pub(super) fn relist_last(&mut self, visitor: Arc<Visitor>) {
        match self.is_newest_first {
            true => self.queue.push_front(visitor),
            false => self.queue.push_back(visitor),
        }
    }

    pub(super) fn take_list(&mut self) {
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

    /// Tells handlers what was lost since this was last called.
    pub(super) fn tell_losses(&mut self) {
        let ledger = self.surroundings.visitors.ledger();
        for event in self.losses.since(ledger, &self.tracker.counters) {
            self.surroundings.events.emit(|| event);
        }
    }

    /// How many requests were accepted so far.
    pub(super) fn accepted(&self) -> u64 {
        self.tracker.counters.requests_accepted.load(Ordering::Acquire)
    }
}
