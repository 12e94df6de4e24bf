//! Which request is made next.

use std::time::Instant;

use super::aside::Aside;
use super::batch::Batch;
use super::desk::Worker;
use super::dispatch::Manner;
use super::flight::{Flight, Purpose};
use super::transport::Transport;
use super::visitor_lines::{LineContext, Part};
use crate::decision::datafile::DataFile;

impl<T: Transport> Worker<T> {
    /// Whether it is time for a request, if anybody has something to say.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        if self.pace.is_resting(now) {
            return false;
        }
        let is_listed = !self.queue.is_empty() && (self.is_urgent() || now >= self.pace.next());
        is_listed
            || self.is_turn
            || !self.hurried.is_empty()
            || self.aside.iter().any(|aside| aside.at <= now)
    }

    /// The request to make now, if any.
    pub(super) fn choose(&mut self, now: Instant, file: &DataFile) -> Option<Flight> {
        // An interval that is ended by hand is a try, whatever the pace says.
        let is_called = self.settings.is_manual && self.is_turn;
        if self.pace.is_resting(now) && !is_called {
            return None;
        }
        let is_due = !self.settings.is_manual && !self.queue.is_empty() && now >= self.pace.next();
        if is_due && !self.is_turn {
            self.take_list();
            self.is_turn = true;
        }
        if self.is_turn || self.is_urgent() {
            let batch = self.batch_of_listed(self.context(file, Part::Fresh), self.pace.most_visitors());
            if !batch.is_empty() {
                let manner = if self.pace.is_wary() { Manner::Wary } else { Manner::Usual };
                return Some(Flight::new(batch, manner, Purpose::Listed));
            }
            self.is_turn = false;
            self.is_newest_first = false;
            self.pace.rest(now);
            if !self.pace.is_failing() {
                // All of what they have was sent since.
                self.spool.iter_mut().for_each(|desk| desk.uncover(usize::MAX));
            }
        }
        if !self.hurried.is_empty() {
            let batch = self.batch_of_hurried(file);
            if !batch.is_empty() {
                let manner = if self.pace.is_wary() { Manner::Wary } else { Manner::Usual };
                return Some(Flight::new(batch, manner, Purpose::Hurried));
            }
        }
        if self.pace.is_failing() || self.is_urgent() {
            return None;
        }
        let place = self.aside.iter().position(|aside| aside.at <= now)?;
        let aside = self.aside.swap_remove(place);
        self.flight_alone(aside, file)
    }

    fn context<'f>(&self, file: &'f DataFile, part: Part) -> LineContext<'f> {
        LineContext {
            file,
            now: self.surroundings.clock.now(),
            most: self.pace.most_body(),
            most_line: usize::MAX,
            part,
        }
    }

    /// The lines of listed visitors, of so many at most.
    pub(super) fn batch_of_listed(&mut self, context: LineContext<'_>, most: usize) -> Batch {
        let mut batch = Batch::default();
        while batch.owners.len() < most && batch.len() <= context.most {
            let Some(visitor) = self.next_listed() else { break };
            // Before its data are read: what comes later lists it again. One that is not listed any
            // more was in the queue twice.
            if !visitor.unlist() || visitor.is_aside() {
                continue;
            }
            if visitor.is_dead() {
                // It may be another name of somebody now, who was in the queue under each.
                if let Some(current) = self.surroundings.visitors.find(visitor.code()) {
                    if !batch.has_owner(&current) && current.list() {
                        self.relist_first(current);
                    }
                }
                continue;
            }
            if !context.append(&self.surroundings.visitors, &visitor, &mut batch) {
                if visitor.list() {
                    self.relist_first(visitor);
                }
                break;
            }
        }
        batch
    }

    fn batch_of_hurried(&mut self, file: &DataFile) -> Batch {
        let context = self.context(file, Part::Fresh);
        let most = self.pace.most_visitors();
        let mut batch = Batch::default();
        while batch.owners.len() < most && batch.len() <= context.most {
            let Some(visitor) = self.hurried.pop_front() else { break };
            visitor.unhurry();
            let visitor = match visitor.is_dead() {
                true => self.surroundings.visitors.find(visitor.code()),
                false => Some(visitor),
            };
            let Some(visitor) = visitor.filter(|visitor| !visitor.is_aside()) else { continue };
            if !context.append(&self.surroundings.visitors, &visitor, &mut batch) {
                if visitor.hurry() {
                    self.hurried.push_front(visitor);
                }
                break;
            }
        }
        batch
    }

    fn flight_alone(&mut self, mut aside: Aside, file: &DataFile) -> Option<Flight> {
        let store = &self.surroundings.visitors;
        if aside.visitor.is_retired() {
            aside.visitor = store.find(aside.visitor.code())?;
        }
        let part = if aside.is_whole { Part::Everything } else { Part::Aside };
        let mut batch = Batch::default();
        self.context(file, part).append(store, &aside.visitor, &mut batch);
        if batch.is_empty() {
            // Nothing is left of what was refused.
            aside.visitor.set_aside(false);
            return None;
        }
        Some(Flight::new(batch, Manner::Alone, Purpose::Alone(aside)))
    }
}
