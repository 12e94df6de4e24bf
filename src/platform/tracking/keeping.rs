//! Putting lines on disk that cannot be sent in time.

use std::io::ErrorKind;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::REQUEST_SIZE;
use super::batch::Batch;
use super::desk::Worker;
use super::flight::Purpose;
use super::spool_desk::SpoolDesk;
use super::transport::Transport;
use super::visitor_lines::{LineContext, Part};
use crate::decision::datafile::DataFile;
use crate::logging::log_rarely;
use crate::platform::events::ClientEvent;
use crate::platform::spool::{Contents, Room};
use crate::visitor::{More, Outcome, State, Visitor};

/// When the folder could not be written, or was full, it is left alone for so long.
const SULK: Duration = Duration::from_secs(60);

/// What became of lines that were to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    There,
    /// More than the spool may ever hold.
    TooLarge,
    /// The folder cannot be written, or is full.
    Failed,
}

impl<T: Transport> Worker<T> {
    /// Puts everything that may be sent into the spool. What finds no room there stays where it is.
    /// Returns whether all is there.
    pub(super) fn spool_all(&mut self, file: &DataFile) -> bool {
        let mut people = Vec::new();
        let waits = |person: &Arc<Visitor>| {
            person.read(|_, more| more.is_some_and(|more: &More| more.outbox.pending() > 0))
        };
        self.surroundings.visitors.for_each_person(|person| {
            if waits(person) {
                people.push(Arc::clone(person));
            }
        });
        let context = self.keeping(file, Part::Everything);
        let mut batch = Batch::default();
        let mut worst = Kept::There;
        for person in &people {
            // A person whose lines find no room in one file goes on in the next.
            while !context.append(&self.surroundings.visitors, person, &mut batch) {
                let kept = self.spool_batch(&std::mem::take(&mut batch), Room::Make);
                worst = worst.max(kept);
                match kept {
                    Kept::There => {}
                    Kept::TooLarge => break,
                    Kept::Failed => return false,
                }
            }
        }
        worst = worst.max(self.spool_batch(&batch, Room::Make));
        // What is longer than a file may be is where it was.
        worst == Kept::There && !people.iter().any(waits)
    }

    /// When lines that are due go to disk next: at the end of each interval of an outage, and of a
    /// pause before a repetition when nothing is to be lost. While somebody waits for everything to
    /// be sent, nothing does.
    pub(super) fn next_keeping(&self) -> Option<Instant> {
        let desk = self.spool.as_ref()?;
        let pauses = self.flight.as_ref().is_some_and(|flight| flight.resume_at.is_some());
        let is_wanted = self.pace.is_failing() || desk.before_sending && pauses;
        let may = is_wanted && !self.is_urgent() && !self.settings.is_manual;
        may.then_some(desk.next_keeping.max(desk.sulks_until))
    }

    /// Puts the lines that are due on disk. One visitor stays in memory: requests with its lines are
    /// to tell when the outage is over, and no file is.
    pub(super) fn keep_due(&mut self, now: Instant, file: &DataFile) {
        let Some(desk) = self.spool.as_mut().filter(|desk| now >= desk.sulks_until) else { return };
        desk.next_keeping = now + self.settings.interval;
        let (before_sending, old_covers) = (desk.before_sending, desk.covers.len());
        self.take_list();
        let probe = if self.flight.is_none() { self.take_probe() } else { None };
        let mut worst = Kept::There;
        let mut back = Vec::new();
        while worst == Kept::There && !self.queue.is_empty() {
            let context = self.keeping(file, Part::Fresh);
            let batch = self.batch_of_listed(context, usize::MAX);
            let kept = self.spool_batch(&batch, Room::Find);
            worst = worst.max(kept);
            let waits = |visitor: &Arc<Visitor>| {
                visitor.read(|_, more| more.is_some_and(|more| more.outbox.has(State::Unsent)))
            };
            let owners = batch.owners.into_iter().map(|owner| owner.visitor);
            back.extend(owners.filter(|visitor| kept == Kept::Failed || waits(visitor)));
        }
        if worst == Kept::There && !back.is_empty() {
            self.tell_too_long();
        }
        for visitor in back {
            if visitor.list() {
                self.queue.push_back(visitor);
            }
        }
        if let Some(probe) = &probe {
            if before_sending {
                worst = worst.max(self.cover(file, probe));
            }
            self.queue.push_back(Arc::clone(probe));
        }
        let is_flight_covered = self.flight.as_ref().is_none_or(|flight| flight.kept.is_some());
        if let Some(desk) = self.spool.as_mut().filter(|_| worst == Kept::There && is_flight_covered) {
            desk.uncover(old_covers);
        }
    }

    /// Says that some lines are longer than all of the spool may be.
    fn tell_too_long(&self) {
        let Some(desk) = &self.spool else { return };
        log_rarely!(
            desk.too_long,
            Warning,
            "tracking lines are longer than `tracking_spool_max_bytes` allows, so they cannot be kept in `{}`; they \
             stay in memory, for as long as the client lives",
            desk.spool.folder().display()
        );
    }

    /// Takes the visitor out of the queue whose requests are to tell when the outage is over: the
    /// newest, but rather none whose own request failed of late.
    fn take_probe(&mut self) -> Option<Arc<Visitor>> {
        let failed = &self.failed_alone;
        let is_fit =
            |visitor: &Arc<Visitor>| visitor.is_listed() && !visitor.is_retired() && !visitor.is_aside();
        let is_other =
            |visitor: &Arc<Visitor>| !failed.iter().any(|(failed, _)| Arc::ptr_eq(failed, visitor));
        let place = self.queue.iter().rposition(|visitor| is_fit(visitor) && is_other(visitor));
        self.queue.remove(place.or_else(|| self.queue.iter().rposition(is_fit))?)
    }

    /// Writes the lines of a visitor to disk who stays in memory.
    fn cover(&mut self, file: &DataFile, visitor: &Arc<Visitor>) -> Kept {
        let mut batch = Batch::default();
        self.keeping(file, Part::Fresh).append(&self.surroundings.visitors, visitor, &mut batch);
        if batch.is_empty() {
            return Kept::There;
        }
        let now = self.surroundings.clock.now();
        let Some(desk) = &mut self.spool else { return Kept::Failed };
        let kept = match desk.spool.write_claimed(&contents_of(&batch, &(0..batch.lines.len())), now) {
            Ok(claim) => {
                desk.covers.push(claim);
                Kept::There
            }
            Err(error) => desk.tell_unwritten(&error),
        };
        for (visitor, nonces) in batch.shares(&(0..batch.lines.len())) {
            self.surroundings.visitors.finish(visitor, &nonces, Outcome::Unsent, Some(file));
        }
        kept
    }

    /// With `tracking_spool_before_sending`: puts the lines of the flight on disk before it sets out.
    pub(super) fn keep_flight(&mut self) {
        let (Some(desk), Some(flight)) = (&mut self.spool, &mut self.flight) else { return };
        // What was refused or failed by itself is nobody's loss but its own.
        let is_kept = flight.kept.is_some() || matches!(flight.purpose, Purpose::Alone(_));
        if !desk.before_sending || is_kept || Instant::now() < desk.sulks_until {
            return;
        }
        let now = self.surroundings.clock.now();
        let contents = contents_of(&flight.batch, &(0..flight.batch.lines.len()));
        match desk.spool.write_claimed(&contents, now) {
            Ok(claim) => flight.kept = Some(claim),
            Err(error) => {
                desk.tell_unwritten(&error);
            }
        }
    }

    fn keeping<'f>(&self, file: &'f DataFile, part: Part) -> LineContext<'f> {
        let spool = self.spool.as_ref().map(|desk| &desk.spool);
        LineContext {
            file,
            now: self.surroundings.clock.now(),
            most: spool.map_or(REQUEST_SIZE, |spool| spool.most_of_a_file().min(REQUEST_SIZE)),
            most_line: spool.map_or(usize::MAX, |spool| spool.most_of_a_line()),
            part,
        }
    }

    /// Puts a batch into the spool, as one file, or as one for each visitor when that is too large.
    fn spool_batch(&mut self, batch: &Batch, room: Room) -> Kept {
        let whole = 0..batch.lines.len();
        let kept = self.spool_part(batch, &whole, room);
        if kept != Kept::TooLarge {
            return self.end_kept(batch, &whole, kept);
        }
        let mut worst = Kept::There;
        let mut start = 0;
        for lines in batch.lines.chunk_by(|a, b| a.owner == b.owner) {
            let part = start..start + lines.len();
            start = part.end;
            worst = worst.max(self.spool_lines(batch, part, room));
        }
        worst
    }

    /// Puts lines of one visitor there. The last of them may be as long as a file may be.
    fn spool_lines(&mut self, batch: &Batch, part: Range<usize>, room: Room) -> Kept {
        let kept = self.spool_part(batch, &part, room);
        if kept != Kept::TooLarge || part.len() < 2 {
            return self.end_kept(batch, &part, kept);
        }
        let last = part.end - 1;
        let parts = [part.start..last, last..part.end];
        parts.into_iter().fold(Kept::There, |worst, part| {
            let kept = self.spool_part(batch, &part, room);
            worst.max(self.end_kept(batch, &part, kept))
        })
    }

    fn spool_part(&mut self, batch: &Batch, part: &Range<usize>, room: Room) -> Kept {
        let Some(desk) = &mut self.spool else { return Kept::Failed };
        if part.is_empty() {
            return Kept::There;
        }
        let now = self.surroundings.clock.now();
        match desk.spool.write(&contents_of(batch, part), now, now, room) {
            Ok(written) => {
                SpoolDesk::count_lost(&self.tracker, written.lost);
                desk.has_kept = true;
                let lines = part.len() as u64;
                self.surroundings.events.emit(|| ClientEvent::SpoolWritten { lines });
                Kept::There
            }
            Err(error) => desk.tell_unwritten(&error),
        }
    }

    fn end_kept(&mut self, batch: &Batch, part: &Range<usize>, kept: Kept) -> Kept {
        if kept == Kept::TooLarge {
            self.tell_too_long();
        }
        let outcome = if kept == Kept::There { Outcome::Spooled } else { Outcome::Unsent };
        let file = self.surroundings.file.load_full();
        for (visitor, nonces) in batch.shares(part) {
            self.surroundings.visitors.finish(visitor, &nonces, outcome, file.as_deref());
        }
        kept
    }
}

impl SpoolDesk {
    /// Says why lines could not be written: they stay in memory.
    fn tell_unwritten(&mut self, error: &std::io::Error) -> Kept {
        if error.kind() == ErrorKind::FileTooLarge {
            return Kept::TooLarge;
        }
        log_rarely!(
            self.unwritten,
            Warning,
            "tracking lines cannot be kept in `{}` ({error}); they stay in memory, for as long as the client lives",
            self.spool.folder().display()
        );
        self.sulks_until = Instant::now() + SULK;
        Kept::Failed
    }
}

fn contents_of(batch: &Batch<Arc<Visitor>>, part: &Range<usize>) -> Contents {
    let mut contents = Contents::default();
    let lines = batch.lines.get(part.clone()).unwrap_or_default();
    for lines in lines.chunk_by(|a, b| a.owner == b.owner) {
        let owner = lines.first().and_then(|line| batch.owners.get(line.owner as usize));
        let Some(owner) = owner else { continue };
        contents.begin(owner.visitor.code(), &owner.user_agent);
        lines.iter().for_each(|line| contents.add(batch.text_of(line)));
    }
    contents
}
