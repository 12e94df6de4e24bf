//! A part of the visitors, behind a lock of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashTable;
use parking_lot::RwLock;

use super::delivery::State;
use super::entry::Visitor;
use super::ledger::{End, Ledger};

/// Visitors by code. The hash stands beside each, so that growing does not touch the visitors.
#[derive(Debug, Default)]
pub(super) struct Shard {
    visitors: RwLock<HashTable<(u64, Arc<Visitor>)>>,
    /// Nobody was last used before this: later uses only raise it. So nobody has to be looked at
    /// before it is over.
    oldest: AtomicU32,
}

/// When a person's time is over, in seconds on the store's clock, and what of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    pub(super) now: u32,
    /// Last used before this: over, unless something is still to be sent.
    pub(super) idle: u32,
    /// Last used before this: over in any case.
    pub(super) unsent: u32,
    /// A data file is in use, so what is withheld waits for consent.
    pub(super) has_file: bool,
}

/// What a sweep or an eviction did.
#[derive(Debug, Default)]
pub(super) struct Swept {
    pub(super) removed: u64,
    /// Pieces that are lost with the visitors removed.
    pub(super) given_up: u64,
    /// Visitors whose time is over but of whom something is still to be sent.
    pub(super) unsent: Vec<Arc<Visitor>>,
    /// Other names of those removed, which may be in other shards.
    pub(super) names: Vec<Box<str>>,
}

/// Below this many entries a table is not worth shrinking.
const SMALLEST_TABLE: usize = 64;

/// A full shard makes room for a while at once, not for one visitor at a time: one part in
/// this many goes.
const EVICTED_PART: usize = 16;

impl Shard {
    pub(super) fn len(&self) -> usize {
        self.visitors.read().len()
    }

    /// The visitor; one that was taken out of the store is not there.
    pub(super) fn get(&self, hash: u64, code: &str) -> Option<Arc<Visitor>> {
        loop {
            let visitors = self.visitors.read();
            let same = |entry: &(u64, Arc<Visitor>)| entry.0 == hash && entry.1.has_code(code.as_bytes());
            let visitor = visitors.find(hash, same).map(|entry| Arc::clone(&entry.1))?;
            drop(visitors);
            if !visitor.is_dead() {
                return Some(visitor);
            }
            // Who it is now stands there before the move is over, so in this order.
            let is_over = !visitor.person().is_moving();
            if is_over && self.entry(hash, code).is_none_or(|now| Arc::ptr_eq(&now, &visitor)) {
                return None;
            }
            // Another thread is about to say who it is now, or has just said so.
            std::thread::yield_now();
        }
    }

    /// What stands under a code, whether it is in use or on its way out.
    pub(super) fn entry(&self, hash: u64, code: &str) -> Option<Arc<Visitor>> {
        let visitors = self.visitors.read();
        let same = |entry: &(u64, Arc<Visitor>)| entry.0 == hash && entry.1.has_code(code.as_bytes());
        visitors.find(hash, same).map(|entry| Arc::clone(&entry.1))
    }

    /// The visitor, made when it is not there. When the shard holds `most` already, those used
    /// least recently go first.
    pub(super) fn get_or_insert(
        &self,
        hash: u64,
        code: &str,
        seconds: u32,
        most: usize,
        ledger: &Ledger,
    ) -> (Arc<Visitor>, Swept) {
        loop {
            let mut visitors = self.visitors.write();
            let same = |entry: &(u64, Arc<Visitor>)| entry.0 == hash && entry.1.has_code(code.as_bytes());
            if let Some(entry) = visitors.find_mut(hash, same) {
                if !entry.1.is_dead() {
                    return (Arc::clone(&entry.1), Swept::default());
                }
                if entry.1.person().is_moving() {
                    drop(visitors);
                    std::thread::yield_now();
                    continue;
                }
                // Another name of a person who left.
                entry.1 = Arc::new(Visitor::new(code, seconds));
                return (Arc::clone(&entry.1), Swept::default());
            }
            let swept = match visitors.len() >= most {
                true => evict(&mut visitors, most, ledger),
                false => Swept::default(),
            };
            let visitor = Arc::new(Visitor::new(code, seconds));
            visitors.insert_unique(hash, (hash, Arc::clone(&visitor)), |entry| entry.0);
            return (visitor, swept);
        }
    }

    /// Lets a code name somebody else.
    pub(super) fn replace(&self, hash: u64, visitor: Arc<Visitor>) {
        let mut visitors = self.visitors.write();
        let same =
            |entry: &(u64, Arc<Visitor>)| entry.0 == hash && entry.1.has_code(visitor.code().as_bytes());
        match visitors.find_mut(hash, same) {
            Some(entry) => entry.1 = visitor,
            None => {
                visitors.insert_unique(hash, (hash, visitor), |entry| entry.0);
            }
        }
    }

    /// Takes out a code whose person left.
    pub(super) fn remove_dead(&self, hash: u64, code: &str) {
        let mut visitors = self.visitors.write();
        let same = |entry: &(u64, Arc<Visitor>)| entry.0 == hash && entry.1.has_code(code.as_bytes());
        if let Ok(entry) = visitors.find_entry(hash, same) {
            if entry.get().1.is_dead() && !entry.get().1.person().is_moving() {
                entry.remove();
            }
        }
    }

    /// Removes the persons whose time is over.
    pub(super) fn sweep(&self, deadlines: Deadlines, ledger: &Ledger) -> Swept {
        let mut swept = Swept::default();
        if self.oldest.load(Ordering::Relaxed) >= deadlines.idle {
            return swept;
        }
        let mut oldest = deadlines.now;
        let withheld_end = if deadlines.has_file { End::Unconsented } else { End::GivenUp };
        let mut visitors = self.visitors.write();
        visitors.retain(|(_, visitor)| {
            if visitor.is_alias() {
                return !visitor.is_dead() || visitor.person().is_moving();
            }
            let last_used = visitor.last_used();
            if last_used >= deadlines.idle || visitor.is_moving() {
                oldest = oldest.min(last_used);
                return true;
            }
            let mut pending = false;
            let retired = visitor.retire(ledger, withheld_end, |more| {
                if let Some(more) = more {
                    if deadlines.has_file {
                        // The session that consent could have released is over.
                        more.outbox
                            .drop_where(End::Unconsented, |piece| piece.delivery.state() == State::Withheld);
                    }
                    pending = !more.outbox.pieces().is_empty();
                }
                last_used < deadlines.unsent || !pending && !visitor.is_listed()
            });
            match retired {
                Some((given_up, names)) => swept.count(given_up, names),
                None if pending => swept.unsent.push(Arc::clone(visitor)),
                None => {}
            }
            let stays = !visitor.is_retired();
            if stays {
                oldest = oldest.min(last_used);
            }
            stays
        });
        self.oldest.store(oldest, Ordering::Relaxed);
        if visitors.capacity() > SMALLEST_TABLE && visitors.len() < visitors.capacity() / 4 {
            let room = visitors.len() * 2;
            visitors.shrink_to(room, |entry| entry.0);
        }
        swept
    }

    /// Lets those used least recently go to make room.
    pub(super) fn evict_some(&self, ledger: &Ledger) -> Swept {
        let mut visitors = self.visitors.write();
        let most = visitors.len();
        if most == 0 {
            return Swept::default();
        }
        evict(&mut visitors, most, ledger)
    }

    pub(super) fn all(&self) -> Vec<Arc<Visitor>> {
        self.visitors.read().iter().map(|(_, visitor)| Arc::clone(visitor)).collect()
    }
}

impl Swept {
    fn count(&mut self, given_up: u64, names: Vec<Box<str>>) {
        self.removed += 1;
        self.given_up += given_up;
        self.names.extend(names);
    }
}

/// Removes those used least recently; among them first those of whom nothing is still to be sent.
fn evict(visitors: &mut HashTable<(u64, Arc<Visitor>)>, most: usize, ledger: &Ledger) -> Swept {
    let goal = (visitors.len() + 1).saturating_sub(most).max(most / EVICTED_PART).max(1);
    let mut oldest: Vec<(bool, u32, u64, Arc<Visitor>)> = visitors
        .iter()
        .map(|(hash, visitor)| {
            let person = visitor.person();
            let waits = visitor.is_listed()
                || person.read(|_, more| more.is_some_and(|more| more.outbox.pending() > 0));
            (waits, person.last_used(), *hash, Arc::clone(visitor))
        })
        .collect();
    if goal < oldest.len() {
        oldest.select_nth_unstable_by_key(goal - 1, |(waits, last_used, ..)| (*waits, *last_used));
    }
    let mut swept = Swept::default();
    for (_, _, hash, visitor) in oldest.into_iter().take(goal) {
        // A person leaves as a whole.
        let person = visitor.person();
        if person.is_moving() {
            continue;
        }
        if let Some((given_up, names)) = person.retire(ledger, End::Unconsented, |_| true) {
            swept.count(given_up, names);
            if visitor.is_alias() {
                swept.names.push(person.code().into());
            }
        }
        visitor.retire(ledger, End::Unconsented, |_| true);
        if let Ok(entry) = visitors.find_entry(hash, |entry| Arc::ptr_eq(&entry.1, &visitor)) {
            entry.remove();
        }
    }
    swept
}
