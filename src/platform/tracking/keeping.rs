//! Putting what cannot be sent in time on disk.

use std::sync::Arc;

use super::REQUEST_SIZE;
use super::batch::Batch;
use super::desk::Worker;
use super::spool_desk::SpoolDesk;
use super::transport::Transport;
use super::visitor_lines::{LineContext, Part};
use crate::decision::datafile::DataFile;
use crate::logging::log_warning;
use crate::platform::spool::Contents;
use crate::visitor::{More, Outcome, Visitor};

impl<T: Transport> Worker<T> {
    /// Puts everything that may be sent into the spool. What finds no room there stays where it is.
    pub(super) fn spool_all(&mut self, file: &DataFile) {
        let mut people = Vec::new();
        self.surroundings.visitors.for_each_person(|person| {
            if person.read(|_, more| more.is_some_and(|more: &More| more.outbox.pending() > 0)) {
                people.push(Arc::clone(person));
            }
        });
        let now = self.surroundings.clock.now();
        let context = LineContext { file, now, most: REQUEST_SIZE, part: Part::Everything };
        let mut batch = Batch::default();
        for person in people {
            // A person whose lines find no room in one file goes on in the next.
            while !context.append(&self.surroundings.visitors, &person, &mut batch) {
                if !self.spool_batch(&std::mem::take(&mut batch)) {
                    return;
                }
            }
        }
        self.spool_batch(&batch);
    }

    /// Puts a batch into the spool, as one file. Returns whether it is there.
    fn spool_batch(&mut self, batch: &Batch) -> bool {
        let Some(desk) = &mut self.spool else { return false };
        if batch.is_empty() {
            return true;
        }
        let now = self.surroundings.clock.now();
        let outcome = match desk.spool.write(&contents_of(batch), now, now) {
            Ok(lost) => {
                SpoolDesk::count_lost(&self.tracker, lost);
                Outcome::Spooled
            }
            Err(error) => {
                if !std::mem::replace(&mut desk.told_write, true) {
                    log_warning!(
                        "tracking lines cannot be kept in `{}` ({error}); they stay in memory, for as long as the \
                         client lives; this is told once",
                        desk.spool.folder().display()
                    );
                }
                Outcome::Unsent
            }
        };
        for (visitor, nonces) in batch.shares(&(0..batch.lines.len())) {
            self.surroundings.visitors.finish(visitor, &nonces, outcome);
        }
        outcome == Outcome::Spooled
    }
}

fn contents_of(batch: &Batch<Arc<Visitor>>) -> Contents {
    let mut contents = Contents::default();
    for lines in batch.lines.chunk_by(|a, b| a.owner == b.owner) {
        let owner = lines.first().and_then(|line| batch.owners.get(line.owner as usize));
        let Some(owner) = owner else { continue };
        contents.begin(owner.visitor.code(), &owner.user_agent);
        lines.iter().for_each(|line| contents.add(batch.text_of(line)));
    }
    contents
}
