//! Sending what lies on disk, when there is nothing else to send.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::batch::Batch;
use super::desk::Worker;
use super::dispatch::{Answer, Dispatch, Manner, Step, Verdict};
use super::outage::FILE_PAUSE;
use super::spool_desk::{Draining, PAUSE, SpoolDesk};
use super::step::Load;
use super::transport::Transport;
use super::waiters::Goal;
use crate::logging::{log_debug, log_rarely, log_warning};
use crate::platform::events::ClientEvent;
use crate::platform::spool::{Claim, Contents, Listing, Piece, Room};

/// Between two looks into the folder.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// So many requests are made before a pause, while nobody waits for the end.
const FEW: u32 = 4;
/// When requests with lines of so many files fail one after the other, it is the platform; until
/// then it may be what is in a file.
const ENOUGH: u32 = 3;
/// So many refusals with nothing accepted are the platform's trouble.
const MOST_REFUSALS: u32 = 32;

impl<T: Transport> Worker<T> {
    /// When lines from disk are to be sent next, if nothing else is.
    pub(super) fn next_drain(&self) -> Option<Instant> {
        let desk = self.spool.as_ref()?;
        let is_wanted = self.waiters.iter().any(|waiter| waiter.goal == Goal::Spool);
        let may = self.closing.is_none()
            && !self.is_probing()
            && (is_wanted && !desk.is_over || !self.settings.is_manual);
        // Where nobody is who could tell when an outage is over, a file has to.
        let at = match self.pace.is_failing() {
            true if desk.has_kept => self.pace.next(),
            true => desk.next.max(self.pace.next()),
            false => desk.next,
        };
        may.then_some(at)
    }

    /// Whether requests with somebody's live data are to tell when an outage is over.
    pub(super) fn is_probing(&self) -> bool {
        self.pace.is_failing() && (!self.queue.is_empty() || self.flight.is_some())
    }

    /// Makes the next request with lines from disk, if it is time for one.
    pub(super) fn drain(&mut self, now: Instant) {
        if self.next_drain().is_none_or(|at| now < at) {
            return;
        }
        if self.is_drain_held_off(now) {
            return;
        }
        let Some(mut desk) = self.spool.take() else { return };
        desk.next = now + LOOK_EVERY;
        // Whatever happens here, there has to be a spool at the end.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            match desk.under_way.take().or_else(|| self.take_file(&mut desk)) {
                Some(work) => self.drain_step(&mut desk, work),
                None => {
                    desk.is_over = true;
                    desk.has_kept = false;
                }
            }
        }));
        self.spool = Some(desk);
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    }

    /// Takes what was kept of a person away from disk.
    pub(super) fn purge(&mut self, visitor_codes: &[String]) {
        let now = self.surroundings.clock.now();
        let Some(desk) = &mut self.spool else { return };
        // What is on its way is looked at too. What is in memory as well needs no file.
        desk.under_way = None;
        desk.uncover(usize::MAX);
        if let Some(kept) = self.flight.as_mut().and_then(|flight| flight.kept.take()) {
            desk.settle(kept);
        }
        SpoolDesk::count_lost(&self.tracker, desk.purge(visitor_codes, now));
    }

    fn take_file(&self, desk: &mut SpoolDesk) -> Option<Draining> {
        let mut taken = self.take_contents(desk)?;
        if !desk.may_go(&taken.1) {
            // It could not be looked at when its lines were to leave the disk.
            drop(taken);
            desk.listing = Listing::default();
            let purged = desk.purge(&[], self.surroundings.clock.now());
            SpoolDesk::count_lost(&self.tracker, purged);
            taken = self.take_contents(desk).filter(|(_, contents)| desk.may_go(contents))?;
        }
        let (claim, contents) = taken;
        let batch = batch_of(&contents);
        // What failed before is divided: it may be the matter of one of its visitors.
        let has_failed = desk.failed.contains_key(&claim.id());
        let dispatch = Dispatch::new(&batch, if has_failed { Manner::Wary } else { Manner::Usual });
        let (left, refused) = (Vec::new(), Vec::new());
        Some(Draining { claim, batch, dispatch, left, refused, accepted: 0 })
    }

    fn take_contents(&self, desk: &mut SpoolDesk) -> Option<(Claim, Contents)> {
        let now = Instant::now();
        let mut listing = std::mem::take(&mut desk.listing);
        let taken =
            desk.spool.take(&mut listing, self.surroundings.clock.now(), |id| desk.is_left_out(id, now));
        desk.listing = listing;
        match taken {
            Ok(found) => {
                SpoolDesk::count_lost(&self.tracker, found.lost);
                found.file
            }
            Err(error) => {
                log_rarely!(
                    desk.unread,
                    Warning,
                    "the tracking lines in `{}` cannot be sent ({error})",
                    desk.spool.folder().display()
                );
                None
            }
        }
    }

    fn drain_step(&mut self, desk: &mut SpoolDesk, mut work: Draining) {
        let Some(part) = work.dispatch.next(&work.batch) else { return self.end_file(desk, work) };
        let (body, visitors) = (work.batch.body(&part), work.batch.visitors_in(&part));
        let result = self.attempt(&Load { body: &body, lines: part.len(), visitors, is_from_spool: true });
        let now = Instant::now();
        desk.requests = desk.requests.wrapping_add(1);
        let is_wanted = self.waiters.iter().any(|waiter| waiter.goal == Goal::Spool);
        desk.next = if desk.requests % FEW == 0 && !is_wanted { now + PAUSE } else { now };
        let answer = match &result {
            Ok(()) => Answer::Accepted,
            Err(rejected) if rejected.is_refusal() => {
                desk.refusals += 1;
                Answer::Refused { is_too_large: rejected.is_too_large() }
            }
            Err(_) => Answer::Failed,
        };
        let (verdicts, step) = work.dispatch.answered(&work.batch, answer, false);
        for (part, verdict) in verdicts {
            match verdict {
                Verdict::Delivered => {
                    work.accepted += part.len() as u64;
                    self.tracker.counters.recovered.fetch_add(part.len() as u64, Ordering::AcqRel);
                }
                Verdict::RefusedAlone => work.refused.push(part),
                Verdict::Unsent | Verdict::Aside => work.left.push(part),
            }
        }
        if answer == Answer::Accepted {
            if std::mem::take(&mut desk.is_trying) || self.pace.is_failing() {
                desk.spool.unmark();
                self.pace.accepted(1);
            }
            desk.platform_answers(now);
        }
        let has_failed = step != Step::Go;
        let is_refused = desk.refusals >= MOST_REFUSALS;
        if has_failed || is_refused {
            work.left.extend(work.dispatch.give_back(Verdict::Unsent).into_iter().map(|(part, _)| part));
            if let Err(rejected) = &result {
                log_debug!("lines from disk were not taken ({}); they wait", rejected.failure);
            }
        }
        match work.dispatch.is_over() {
            true => self.end_file(desk, work),
            false => desk.under_way = Some(work),
        }
        // A status may be the file's own matter; no answer, and a wish for patience, is everybody's.
        if let Some(rejected) = result.as_ref().err().filter(|_| has_failed) {
            if rejected.is_unanswered() || rejected.retry_after.is_some() || desk.is_trying {
                let pause = rejected.retry_after.unwrap_or_default().max(FILE_PAUSE);
                desk.mark_outage(self.surroundings.clock.now(), pause, 0);
            }
        }
        let asked = result.err().and_then(|rejected| rejected.retry_after);
        desk.failures += u32::from(has_failed);
        desk.has_kept &= !has_failed;
        if is_refused || has_failed && (desk.failures >= ENOUGH || asked.is_some()) {
            desk.refusals = 0;
            desk.failures = 0;
            desk.is_failing = true;
            desk.is_over = true;
            desk.next = now + asked.unwrap_or_default().clamp(LOOK_EVERY, 60 * LOOK_EVERY);
        }
    }

    /// Every line of a file has its outcome: it goes, and what is left is written anew.
    fn end_file(&self, desk: &mut SpoolDesk, work: Draining) {
        let Draining { claim, batch, mut left, refused, accepted, .. } = work;
        let refused_lines: u64 = refused.iter().map(|part| part.len() as u64).sum();
        if refused_lines > 0 {
            // What a platform refuses that takes other lines is refused for what is in it.
            if accepted > 0 || self.accepted() > 0 {
                SpoolDesk::count_lost(&self.tracker, refused_lines);
                log_warning!(
                    "the platform refused {refused_lines} tracking lines from disk; they are dropped"
                );
            } else {
                desk.doubtful.insert(claim.id());
                left.extend(refused);
            }
        }
        if accepted > 0 {
            self.surroundings.events.emit(|| ClientEvent::SpoolDrained { lines: accepted });
        }
        let has_failed = !left.is_empty() && !desk.doubtful.contains(&claim.id());
        left.sort_by_key(|part| part.start);
        let lines: usize = left.iter().map(Range::len).sum();
        if lines == batch.lines.len() {
            if has_failed {
                desk.note_failure(claim.id(), claim.id(), Instant::now());
            }
            // Dropping the claim frees the file.
            return;
        }
        let result = match lines {
            0 => Ok(()),
            _ => {
                let now = self.surroundings.clock.now();
                let rest = contents_of(&batch, &left);
                desk.spool.write(&rest, claim.created(), now, Room::Take).map(|written| {
                    if has_failed {
                        desk.note_failure(claim.id(), written.id, Instant::now());
                    }
                })
            }
        };
        if let Err(error) = result.and_then(|()| claim.commit()) {
            desk.tell_unremoved(&error);
        }
    }
}

fn batch_of(contents: &Contents) -> Batch<String> {
    let mut batch = Batch::default();
    for piece in contents.pieces() {
        match piece {
            Piece::Visitor { code, user_agent } => batch.begin(code.to_owned(), user_agent.to_owned()),
            Piece::Line { nonce, text } => {
                batch.add(nonce, |body| body.push_str(text));
            }
        }
    }
    batch
}

fn contents_of(batch: &Batch<String>, parts: &[Range<usize>]) -> Contents {
    let mut contents = Contents::default();
    for part in parts {
        for lines in batch.lines[part.clone()].chunk_by(|a, b| a.owner == b.owner) {
            let owner = lines.first().and_then(|line| batch.owners.get(line.owner as usize));
            let Some(owner) = owner else { continue };
            contents.begin_encoded(&owner.visitor, &owner.user_agent);
            lines.iter().for_each(|line| contents.add(batch.text_of(line)));
        }
    }
    contents
}
