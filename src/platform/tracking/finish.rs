//! Telling those who wait, and the end.

use std::time::Instant;

use super::desk::{Flow, Worker};
use super::report::FlushReport;
use super::transport::Transport;
use super::waiters::{Goal, Waiter};
use crate::logging::log_warning;

impl<T: Transport> Worker<T> {
    /// Tells whose goal is reached or whose time is over, and ends the client when it is closed.
    pub(super) fn tell_waiters(&mut self, now: Instant, has_file: bool) -> Flow {
        let is_quiet = !has_file || self.flight.is_none();
        let everything = is_quiet && (!has_file || self.queue.is_empty() && self.hurried.is_empty());
        let interval = is_quiet && (!has_file || !self.is_turn);
        let is_outage = self.pace.is_failing();
        let spool = has_file && (self.is_probing() || self.spool.as_ref().is_none_or(|spool| spool.is_over));
        let hurried = is_quiet && (!has_file || self.hurried.is_empty());
        let is_reached = |goal| match goal {
            Goal::Everything => everything,
            Goal::Interval => interval,
            Goal::Hurried => hurried,
            Goal::Spool => spool || self.closing.is_some(),
        };
        let (over, waiting): (Vec<Waiter>, Vec<Waiter>) = std::mem::take(&mut self.waiters)
            .into_iter()
            .partition(|waiter| is_reached(waiter.goal) || waiter.is_late(now));
        self.waiters = waiting;
        if !has_file && interval {
            self.is_turn = false;
        }
        for waiter in over {
            let report = self.report(&waiter, !is_reached(waiter.goal));
            waiter.tell(report);
        }
        // During an outage nothing has to be tried: it is kept.
        let keeps = is_quiet && has_file && is_outage && self.spool.is_some();
        match self.closing.take() {
            Some(waiter) if everything || keeps || waiter.is_late(now) => {
                let is_complete = everything || keeps && !waiter.is_late(now);
                self.end(waiter, is_complete, has_file);
                Flow::End
            }
            closing => {
                self.closing = closing;
                Flow::GoOn
            }
        }
    }

    fn report(&self, waiter: &Waiter, timed_out: bool) -> FlushReport {
        let ledger = self.surroundings.visitors.ledger();
        FlushReport {
            delivered: ledger.sent() - waiter.before.sent,
            pending: ledger.pending(),
            withheld: ledger.withheld(),
            timed_out,
            ..FlushReport::default()
        }
    }

    /// Counts what is left, each piece under what it is.
    fn end(&mut self, waiter: Waiter, is_complete: bool, has_file: bool) {
        let ledger = std::sync::Arc::clone(self.surroundings.visitors.ledger());
        // From here on nothing is accepted any more, so nothing can come after the last look.
        ledger.close();
        let mut flight = self.flight.take();
        let whole = 0..flight.as_ref().map_or(0, |flight| flight.batch.lines.len());
        if let Some(flight) = &mut flight {
            self.take_back(flight, &whole);
        }
        let file = self.surroundings.file.load_full();
        let visitors = &self.surroundings.visitors;
        let on_their_way = flight.iter().flat_map(|flight| flight.batch.shares(&whole));
        let mut unanswered: u64 = on_their_way
            .map(|(visitor, nonces)| visitors.give_up_gone(visitor, &nonces, file.as_deref()))
            .sum();
        if let Some(file) = file.as_deref().filter(|_| has_file && self.spool.is_some()) {
            if self.spool_all(file) {
                let kept = flight.and_then(|flight| flight.kept);
                self.spool.iter_mut().for_each(|desk| desk.uncover(usize::MAX));
                self.spool.iter().zip(kept).for_each(|(desk, kept)| desk.settle(kept));
            }
        }
        unanswered += self.surroundings.visitors.give_up(has_file);
        let after = ledger.read();
        let before = waiter.before;
        let given_up = after.given_up - before.given_up;
        let refused = after.refused - before.refused;
        let spooled = after.spooled - before.spooled;
        if given_up > 0 {
            let why = if has_file { "" } else { ", since no data file ever came that says what may be sent" };
            log_warning!(
                "the client is closed, and {given_up} pieces of visitor data that waited are lost{why}"
            );
        }
        self.tell_losses();
        let report = FlushReport {
            given_up,
            refused,
            spooled,
            unanswered,
            pending: 0,
            ..self.report(&waiter, !is_complete)
        };
        waiter.tell(report);
        for waiter in std::mem::take(&mut self.waiters) {
            let report = self.report(&waiter, true);
            waiter.tell(report);
        }
    }
}
