//! The thread that writes to the store: what changed within a moment goes out together.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, select};

use super::desk::{Desk, FAR};
use crate::decision::record::Field;
use crate::fleet::{Counters, VisitorRecord};
use crate::logging::{log_error, log_info, log_warning};
use crate::visitor::{Notice, Owed, Visitor};

/// Changes are collected for so long.
const INTERVAL: Duration = Duration::from_millis(100);
/// A store of which nothing was heard for so long is asked whether it was emptied.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// So many visitors are written at once.
const MOST: usize = 256;

/// What callers wish.
pub(super) enum Order {
    /// Visitor codes that are to be forgotten.
    Forget(Vec<Box<str>>),
    Close(Instant),
}

pub(super) struct Writer {
    desk: Arc<Desk>,
    notices: Receiver<Notice>,
    orders: Receiver<Order>,
    queue: VecDeque<Arc<Visitor>>,
    /// Visitor codes that the store has to forget, before anything is written.
    forgotten: Vec<Box<str>>,
    /// When what is in the queue is written.
    due: Option<Instant>,
    next_heartbeat: Instant,
    generation: Option<u64>,
    /// So many visitors are written at once: fewer after a failure, since it may be one of them, or too
    /// much for the time that a call has.
    most: usize,
}

impl Writer {
    pub(super) fn new(desk: Arc<Desk>, notices: Receiver<Notice>, orders: Receiver<Order>) -> Self {
        let next_heartbeat = Instant::now() + HEARTBEAT;
        Self {
            desk,
            notices,
            orders,
            queue: VecDeque::new(),
            forgotten: Vec::new(),
            due: None,
            next_heartbeat,
            generation: None,
            most: MOST,
        }
    }

    pub(super) fn run(mut self) {
        loop {
            // A panic here is a mistake of ours; what is written next is not its victim.
            match catch_unwind(AssertUnwindSafe(|| self.turn())) {
                Ok(None) => {}
                Ok(Some(deadline)) => return self.finish(deadline),
                Err(_) => {
                    log_error!(
                        "the thread that writes to the visitor store panicked and goes on; please report this"
                    );
                    self.due = Some(Instant::now() + HEARTBEAT);
                }
            }
        }
    }

    /// Waits, and does what is due. Returns the deadline of a close.
    fn turn(&mut self) -> Option<Instant> {
        let now = Instant::now();
        // While the store is left alone, nothing is due.
        let rested = self.desk.writes.breaker.until().unwrap_or(now);
        let until = self.due.unwrap_or(self.next_heartbeat).min(self.next_heartbeat).max(rested);
        let pause = until.saturating_duration_since(now);
        let mut order = None;
        if !pause.is_zero() {
            select! {
                recv(self.notices) -> notice => notice.into_iter().for_each(|notice| self.note(notice)),
                recv(self.orders) -> received => order = Some(received.unwrap_or(Order::Close(now))),
                default(pause) => {}
            }
        }
        self.take_notices();
        for order in order.into_iter().chain(self.orders.try_iter()).collect::<Vec<_>>() {
            match order {
                Order::Forget(codes) => {
                    self.forgotten.extend(codes);
                    self.due = Some(now);
                }
                Order::Close(deadline) => return Some(deadline),
            }
        }
        let now = Instant::now();
        if self.desk.writes.breaker.until().is_some_and(|until| now < until) {
            return None;
        }
        if self.due.is_some_and(|due| now >= due) {
            self.write(FAR);
        } else if now >= self.next_heartbeat {
            self.next_heartbeat = now + HEARTBEAT;
            // Who holds nothing has nothing to write again.
            if self.desk.surroundings.visitors.len() > 0 {
                self.save(&[], FAR);
            }
        }
        None
    }

    fn note(&mut self, notice: Notice) {
        let now = Instant::now();
        let due = if notice.is_urgent { now } else { now + INTERVAL };
        self.due = Some(self.due.map_or(due, |known| known.min(due)));
        self.queue.push_back(notice.person);
    }

    fn take_notices(&mut self) {
        // As many as there are now: a restoration may fill it as fast as it is read.
        for _ in 0..self.notices.len() {
            match self.notices.try_recv() {
                Ok(notice) => self.note(notice),
                Err(_) => break,
            }
        }
        self.desk.counters.unwritten.store(self.queue.len() as u64, Ordering::Release);
    }

    /// Writes the next ones in the queue. Returns whether the store took them.
    fn write(&mut self, most: Duration) -> bool {
        if !self.forget(most) {
            self.due = Some(Instant::now() + INTERVAL);
            return false;
        }
        let store = &self.desk.surroundings.visitors;
        let mut owed = Vec::new();
        while owed.len() < self.most {
            let Some(person) = self.queue.pop_front() else { break };
            owed.extend(Owed::of(store, &person));
        }
        self.due = (!self.queue.is_empty()).then(Instant::now);
        let named: Vec<(String, &VisitorRecord)> = owed
            .iter()
            .flat_map(|owed| &owed.records)
            .filter(|(_, record)| !record.is_empty())
            .map(|(code, record)| (self.desk.name(code), record))
            .collect();
        let records: Vec<(&str, &VisitorRecord)> =
            named.iter().map(|(name, record)| (name.as_str(), *record)).collect();
        let is_written = records.is_empty() || self.save(&records, most);
        if is_written {
            Counters::add(&self.desk.counters.written, records.len());
            self.most = (2 * self.most).min(MOST);
        } else {
            self.most = (owed.len() / 2).max(1);
            owed.into_iter().for_each(|owed| owed.give_back(&self.desk.surroundings.visitors));
        }
        self.desk.counters.unwritten.store(self.queue.len() as u64, Ordering::Release);
        is_written
    }

    /// Writes records. Returns whether the store took them.
    fn save(&mut self, records: &[(&str, &VisitorRecord)], most: Duration) -> bool {
        let desk = Arc::clone(&self.desk);
        Counters::add(&desk.counters.writes, 1);
        let saved = desk.write(most, |store, terms| store.save(records, terms));
        self.next_heartbeat = Instant::now() + HEARTBEAT;
        let Ok(generation) = saved else {
            Counters::add(&desk.counters.failed_writes, 1);
            return false;
        };
        if self.generation.replace(generation).is_some_and(|known| known != generation) {
            Counters::add(&desk.counters.emptied, 1);
            log_info!("the visitor store was emptied; what is known here is written to it again");
            desk.surroundings.visitors.owe_everything();
        }
        true
    }

    /// Removes who was forgotten, and who they are a further name of. Returns whether nobody is left.
    fn forget(&mut self, most: Duration) -> bool {
        while !self.forgotten.is_empty() {
            let next = self.forgotten.len().min(MOST);
            let names: Vec<String> = self.forgotten[..next].iter().map(|code| self.desk.name(code)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let removed = self.desk.write(most, |store, terms| {
                let records = store.load(&names, terms)?;
                let persons = records.iter().filter_map(|record| Some(record.field(Field::Link)?.value()));
                let persons: Vec<String> = persons.map(|code| self.desk.name(code)).collect();
                let all: Vec<&str> =
                    names.iter().copied().chain(persons.iter().map(String::as_str)).collect();
                store.remove(&all, terms)
            });
            if removed.is_ok() {
                self.forgotten.drain(..next);
            }
            self.desk.counters.unremoved.store(self.forgotten.len() as u64, Ordering::Release);
            if removed.is_err() {
                return false;
            }
        }
        true
    }

    /// Writes what is left, until the deadline.
    fn finish(mut self, deadline: Instant) {
        loop {
            self.take_notices();
            let left = deadline.saturating_duration_since(Instant::now());
            if self.queue.is_empty() && self.forgotten.is_empty() {
                return;
            }
            if left.is_zero() || !self.write(left) {
                let unwritten = self.queue.len() + self.notices.len();
                return log_warning!(
                    "the client ends before the visitor store was told of the last changes of {unwritten} \
                     visitors, and to forget {} others",
                    self.forgotten.len()
                );
            }
        }
    }
}
