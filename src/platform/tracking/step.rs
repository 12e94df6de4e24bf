//! One request of a batch, and what becomes of its lines.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::aside::Aside;
use super::desk::Worker;
use super::dispatch::{Answer, Step, Verdict};
use super::flight::{Flight, Purpose, SHORT_PAUSE};
use super::transport::{Accepted, Rejected, Transport};
use crate::error::{Advised, RequestFailure, RequestKind};
use crate::logging::{
    Fact, LogLevel, cause_of, enabled, failure_facts, log_facts, log_rarely_by, log_warning,
};
use crate::platform::events::ClientEvent;
use crate::visitor::{Outcome, Visitor};

/// After so many refusals with nothing accepted in between, more than dividing the largest batch can
/// take, it is the platform and not what is in the requests.
const MOST_REFUSALS_IN_ROW: u32 = 32;
/// So many visitors who failed alone are remembered.
const MOST_FAILED_ALONE: usize = 32;

/// One request: its body, and what is in it.
pub(super) struct Load<'a> {
    pub(super) body: &'a str,
    pub(super) lines: usize,
    pub(super) visitors: usize,
    pub(super) is_from_spool: bool,
}

impl<T: Transport> Worker<T> {
    /// Makes the next request of the flight, or ends it.
    pub(super) fn step(&mut self) {
        let Some(mut flight) = self.flight.take() else { return };
        flight.resume_at = None;
        let Some(part) = flight.dispatch.next(&flight.batch) else { return self.land(flight) };
        if std::mem::replace(&mut flight.has_begun, true) {
            self.take_back(&mut flight, &part);
        }
        let body = flight.batch.body(&part);
        if body.is_empty() {
            flight.dispatch.pass_over();
            self.flight = Some(flight);
            return;
        }
        let visitors = flight.batch.visitors_in(&part);
        let lines = flight.batch.count(&part);
        let load = Load { body: &body, lines, visitors, is_from_spool: false };
        let result = self.attempt(&load);
        let now = Instant::now();
        let answer = match &result {
            Ok(()) => Answer::Accepted,
            Err(rejected) if rejected.is_refusal() => {
                self.refusals_in_row += 1;
                if self.refusals_in_row >= MOST_REFUSALS_IN_ROW {
                    // Whoever refuses everything is in trouble, whatever the status says.
                    let failure = &rejected.failure;
                    log_rarely_by!(
                        self.told.outages,
                        "refused",
                        Warning,
                        "tracking requests are refused ({failure}) whatever is in them; their data wait for the \
                         next try"
                    );
                    self.is_newest_first = true;
                    return self.give_way(flight, rejected.retry_after, now);
                }
                if rejected.is_too_large() && part.len() > 1 {
                    self.pace.too_large(body.len());
                }
                Answer::Refused { is_too_large: rejected.is_too_large() }
            }
            Err(_) => Answer::Failed,
        };
        if result.as_ref().is_err_and(|rejected| rejected.may_have_arrived) {
            for (visitor, nonces) in flight.batch.shares(&part) {
                self.surroundings.visitors.note_unanswered(visitor, &nonces);
            }
        }
        let alone = flight.batch.shares(&part).next().map(|(visitor, _)| Arc::clone(visitor));
        let others_succeed = self.others_succeeded(visitors, alone.as_ref(), answer);
        let (verdicts, step) = flight.dispatch.answered(&flight.batch, answer, others_succeed);
        if let Err(rejected) = &result {
            self.tell_rejection(rejected, step, &verdicts);
        }
        for (part, verdict) in verdicts {
            self.settle(&mut flight, &part, verdict, now);
        }
        let retry_after = result.err().and_then(|rejected| rejected.retry_after);
        match step {
            Step::Go => {
                if answer == Answer::Accepted {
                    if self.pace.is_failing() {
                        self.spool.iter().for_each(|desk| desk.spool.unmark());
                    }
                    self.pace.accepted(visitors);
                    self.spool.iter_mut().for_each(|spool| spool.platform_answers(now));
                    if std::mem::take(&mut self.refusals_in_row) >= MOST_REFUSALS_IN_ROW {
                        // It was not their fault: those set aside meanwhile have waited long enough.
                        self.aside.iter_mut().for_each(|aside| aside.at = now);
                    }
                }
                match flight.dispatch.is_over() {
                    true => self.land(flight),
                    false => self.flight = Some(flight),
                }
            }
            Step::Repeat => match self.pause(retry_after) {
                Some(pause) => {
                    flight.resume_at = Some(now + pause);
                    self.flight = Some(flight);
                }
                None => self.give_way(flight, retry_after, now),
            },
            Step::Outage => self.rest(flight, retry_after, now),
        }
    }

    /// Gives back what is left of a flight, and leaves the platform alone for a while.
    fn give_way(&mut self, mut flight: Flight, retry_after: Option<Duration>, now: Instant) {
        let verdict =
            if matches!(flight.purpose, Purpose::Alone(_)) { Verdict::Aside } else { Verdict::Unsent };
        for (part, verdict) in flight.dispatch.give_back(verdict) {
            self.settle(&mut flight, &part, verdict, now);
        }
        self.rest(flight, retry_after, now);
    }

    /// Whether others were accepted since this visitor failed alone the last time.
    fn others_succeeded(&mut self, visitors: usize, alone: Option<&Arc<Visitor>>, answer: Answer) -> bool {
        let is_same = |known: &Arc<Visitor>| alone.is_some_and(|alone| Arc::ptr_eq(alone, known));
        match answer {
            Answer::Accepted => {
                for (known, since) in &mut self.failed_alone {
                    *since |= visitors > 1 || !is_same(known);
                }
                true
            }
            Answer::Refused { .. } => true,
            Answer::Failed if visitors > 1 => false,
            Answer::Failed => {
                if let Some((_, since)) = self.failed_alone.iter().find(|(known, _)| is_same(known)) {
                    return *since;
                }
                if self.failed_alone.len() >= MOST_FAILED_ALONE {
                    self.failed_alone.pop_front();
                }
                self.failed_alone.extend(alone.map(|alone| (Arc::clone(alone), false)));
                false
            }
        }
    }

    pub(super) fn attempt(&mut self, load: &Load<'_>) -> Result<(), Rejected> {
        let visitors = load.visitors;
        let timeout = self.tracker.time_for(self.settings.timeout);
        let start = Instant::now();
        let result = self.transport.deliver(load.body, timeout);
        self.tell_attempt(load, &result, start.elapsed());
        let counters = &self.tracker.counters;
        let count = if result.is_ok() { &counters.requests_accepted } else { &counters.requests_failed };
        count.fetch_add(1, Ordering::AcqRel);
        if result.as_ref().is_ok_and(|accepted| accepted.is_forbidden()) {
            counters.requests_forbidden.fetch_add(1, Ordering::AcqRel);
            if visitors > 1 && !std::mem::replace(&mut self.told.forbidden, true) {
                log_warning!(
                    "a tracking request of {visitors} visitors was answered with status 403, which the platform \
                     gives to bots and which counts as delivered; if a firewall or proxy gives it, nothing arrives: \
                     compare `requests_forbidden` of `tracking_stats` with the platform's reports"
                );
            }
        }
        result.map(|_| ())
    }

    /// Tells the log and those who listen of a request that ended.
    fn tell_attempt(&self, load: &Load<'_>, result: &Result<Accepted, Rejected>, duration: Duration) {
        let Load { body, lines, visitors, is_from_spool } = *load;
        let bytes = body.len();
        let outcome = || -> Result<u16, RequestFailure> {
            result.as_ref().map(|accepted| accepted.status).map_err(|rejected| rejected.failure.clone())
        };
        self.surroundings.events.emit(|| ClientEvent::TrackingSent {
            lines,
            visitors,
            bytes,
            outcome: outcome(),
            duration,
            is_from_spool,
        });
        if !enabled(LogLevel::Debug) {
            return;
        }
        let milliseconds = duration.as_secs_f64() * 1_000.0;
        let mut facts: Vec<Fact<'_>> = vec![
            ("lines", lines.into()),
            ("visitors", visitors.into()),
            ("bytes", bytes.into()),
            ("duration_ms", milliseconds.into()),
            ("spool", is_from_spool.into()),
        ];
        let origin = if is_from_spool { " from the spool" } else { "" };
        let what = format!("{lines} tracking lines{origin} of {visitors} visitors, {bytes} bytes");
        match outcome() {
            Ok(status) => {
                facts.push(("status", status.into()));
                log_facts!(Debug, &facts, "{what}: accepted with status {status}, {milliseconds:.0} ms");
            }
            Err(failure) => {
                facts.push(("error", failure.as_str().into()));
                if let RequestFailure::Status(status) = failure {
                    facts.push(("status", status.into()));
                }
                log_facts!(Debug, &facts, "{what}: not accepted ({failure}), {milliseconds:.0} ms");
            }
        }
    }

    fn tell_rejection(&mut self, rejected: &Rejected, step: Step, verdicts: &[(Range<usize>, Verdict)]) {
        let failure = &rejected.failure;
        let facts = failure_facts(RequestKind::Tracking, failure);
        match step {
            Step::Repeat => log_facts!(Info, &facts, "a tracking request failed ({failure}); it is repeated"),
            Step::Outage if self.spool.as_ref().is_some_and(|spool| spool.quiet.covers(failure)) => {
                log_facts!(
                    Info,
                    &facts,
                    "a tracking request failed ({failure}); its data are kept on disk if need be"
                );
            }
            // Whether they are sent in the end, the end says.
            Step::Outage => log_rarely_by!(
                self.told.outages,
                &cause_of(&failure.to_string()),
                Warning,
                facts: &facts,
                "a tracking request failed ({}); its data wait for the next try",
                Advised(RequestKind::Tracking, failure)
            ),
            Step::Go => {
                log_facts!(Debug, &facts, "a tracking request was not accepted ({failure}); it is divided")
            }
        }
        if rejected.is_redirect() && !std::mem::replace(&mut self.told.redirect, true) {
            log_warning!(
                "tracking requests are redirected ({failure}), which is not followed: let `data_api_url` name the \
                 address that answers"
            );
        }
        let is_refused = verdicts.iter().any(|(_, verdict)| *verdict == Verdict::RefusedAlone);
        if is_refused && !std::mem::replace(&mut self.told.refused, true) {
            log_warning!(
                "the platform refused a tracking line that stood alone ({failure}); such lines are tried again \
                 rarely and then given up, counted as `refused` in `tracking_stats`; this is told once"
            );
        }
    }

    /// How long to wait before the repetition; none when there is no point in one.
    fn pause(&self, retry_after: Option<Duration>) -> Option<Duration> {
        let usual = self.settings.retry_delay;
        let pause = if self.is_urgent() { SHORT_PAUSE.min(usual) } else { usual };
        retry_after.is_none_or(|asked| asked <= pause).then_some(pause)
    }

    /// Notes what becomes of a part.
    fn settle(&mut self, flight: &mut Flight, part: &Range<usize>, verdict: Verdict, now: Instant) {
        let accepted = self.accepted();
        let is_last_try = flight.is_last_try(self.accepted());
        let is_alone = matches!(flight.purpose, Purpose::Alone(_));
        let store = Arc::clone(&self.surroundings.visitors);
        let file = self.surroundings.file.load_full();
        let first = flight.batch.lines.get(part.start).map_or(0, |line| line.owner as usize);
        for (owner, (visitor, nonces)) in (first..).zip(flight.batch.shares(part)) {
            let outcome = match verdict {
                Verdict::Delivered => Outcome::Delivered,
                Verdict::Unsent => Outcome::Unsent,
                // Of lines that were set aside before, each stays so by itself.
                Verdict::Aside => {
                    if is_alone {
                        Outcome::Aside
                    } else {
                        Outcome::Unsent
                    }
                }
                Verdict::RefusedAlone => {
                    if is_last_try {
                        Outcome::Refused
                    } else {
                        Outcome::Aside
                    }
                }
            };
            let count = store.finish(visitor, &nonces, outcome, file.as_deref());
            if let Some(tally) = flight.tallies.get_mut(owner) {
                match verdict {
                    Verdict::Delivered => tally.0 += nonces.len() as u32,
                    Verdict::RefusedAlone => tally.1 += nonces.len() as u32,
                    Verdict::Unsent | Verdict::Aside => {}
                }
            }
            match verdict {
                Verdict::Unsent => {
                    self.tracker.counters.retried.fetch_add(count, Ordering::AcqRel);
                    if visitor.list() {
                        self.relist_last(Arc::clone(visitor));
                    }
                }
                Verdict::Aside if !is_alone => {
                    self.tracker.counters.retried.fetch_add(count, Ordering::AcqRel);
                    visitor.set_aside(true);
                    self.aside.push(Aside::new(Arc::clone(visitor), now, accepted, true));
                }
                _ => {}
            }
        }
    }

    /// Gives back all of a flight that was interrupted.
    pub(super) fn give_back(&mut self, flight: &Flight) {
        let file = self.surroundings.file.load_full();
        for (visitor, nonces) in flight.batch.shares(&(0..flight.batch.lines.len())) {
            self.surroundings.visitors.finish(visitor, &nonces, Outcome::Unsent, file.as_deref());
            self.tracker.list(visitor);
        }
    }

    /// Takes out of a part of a flight what may not be sent any more: the flight may have waited for
    /// its repetition, or have been divided for a while.
    pub(super) fn take_back(&self, flight: &mut Flight, part: &Range<usize>) {
        let Some(file) = self.surroundings.file.load_full() else { return };
        let store = &self.surroundings.visitors;
        let taken = flight.batch.take_back(part, |visitor, nonces| store.taken_back(visitor, nonces, &file));
        for (visitor, nonces) in taken {
            store.finish(&visitor, &nonces, Outcome::Unsent, Some(&file));
        }
    }

    /// The platform is left alone for a while.
    fn rest(&mut self, mut flight: Flight, retry_after: Option<Duration>, now: Instant) {
        let visitors = flight.batch.owners.len();
        let deadline = self.deadline(now);
        self.pace.failed(now, rand::random(), retry_after, visitors, deadline);
        self.tell_outage(now, retry_after);
        self.is_turn = false;
        let kept = flight.kept.take();
        self.land(flight);
        self.spool.iter_mut().zip(kept).for_each(|(desk, kept)| desk.covers.push(kept));
        // Whoever waits for everything to be sent gets it sent, if that is possible in time.
        let file = self.surroundings.file.load_full().filter(|_| !self.is_urgent());
        file.into_iter().for_each(|file| self.keep_due(now, &file));
    }

    /// Every line of the flight has its outcome.
    fn land(&mut self, flight: Flight) {
        let now = Instant::now();
        let Flight { batch, tallies, purpose, kept, .. } = flight;
        self.spool.iter().zip(kept).for_each(|(desk, kept)| desk.settle(kept));
        if let Purpose::Alone(aside) = purpose {
            let (accepted, refused) = tallies.first().copied().unwrap_or_default();
            let is_whole = aside.is_whole && accepted == 0;
            aside.visitor.set_aside(is_whole);
            if is_whole || refused > 0 || accepted == 0 {
                self.aside.push(Aside { is_whole, ..aside.again(now, self.accepted()) });
            }
            return;
        }
        let accepted_requests = self.accepted();
        for (owner, (accepted, refused)) in batch.owners.into_iter().zip(tallies) {
            if refused == 0 {
                continue;
            }
            let is_whole = accepted == 0;
            if is_whole {
                owner.visitor.set_aside(true);
            }
            let person = owner.visitor.person();
            match self.aside.iter_mut().find(|aside| Arc::ptr_eq(&aside.visitor.person(), &person)) {
                Some(known) => known.is_whole |= is_whole,
                None => self.aside.push(Aside::new(owner.visitor, now, accepted_requests, is_whole)),
            }
        }
    }
}
