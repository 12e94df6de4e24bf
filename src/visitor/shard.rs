//! A part of the visitors, behind a lock of its own.

use std::sync::Arc;

use hashbrown::HashTable;
use parking_lot::RwLock;

use super::entry::Visitor;
use crate::decision::profile::Profile;

/// Visitors by code. The hash stands beside each, so that growing does not touch the visitors.
#[derive(Debug, Default)]
pub(super) struct Shard {
    visitors: RwLock<HashTable<(u64, Arc<Visitor>)>>,
}

/// When an entry's time is over, in seconds on the store's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    /// Last used before this: over, unless something is still to be sent.
    pub(super) idle: u32,
    /// Last used before this: over in any case.
    pub(super) unsent: u32,
}

/// What a sweep or an eviction did.
#[derive(Debug, Default)]
pub(super) struct Swept {
    pub(super) removed: u64,
    /// Pieces that were never sent and are lost with the visitors removed.
    pub(super) given_up: u64,
    /// Visitors whose time is over but of whom something is still to be sent.
    pub(super) unsent: Vec<Arc<Visitor>>,
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

    pub(super) fn get(&self, hash: u64, code: &str) -> Option<Arc<Visitor>> {
        let visitors = self.visitors.read();
        visitors
            .find(hash, |entry| entry.0 == hash && entry.1.code() == code)
            .map(|entry| Arc::clone(&entry.1))
    }

    /// The visitor, made when it is not there. When the shard holds `most` already, those used
    /// least recently go first.
    pub(super) fn get_or_insert(
        &self,
        hash: u64,
        code: &str,
        seconds: u32,
        most: usize,
    ) -> (Arc<Visitor>, Swept) {
        let mut visitors = self.visitors.write();
        let same = |entry: &(u64, Arc<Visitor>)| entry.0 == hash && entry.1.code() == code;
        if let Some(entry) = visitors.find(hash, same) {
            return (Arc::clone(&entry.1), Swept::default());
        }
        let swept = match visitors.len() >= most {
            true => evict(&mut visitors, most),
            false => Swept::default(),
        };
        let visitor = Arc::new(Visitor::new(code, seconds));
        visitors.insert_unique(hash, (hash, Arc::clone(&visitor)), |entry| entry.0);
        (visitor, swept)
    }

    /// Removes the visitors whose time is over.
    pub(super) fn sweep(&self, deadlines: Deadlines) -> Swept {
        let mut swept = Swept::default();
        let mut visitors = self.visitors.write();
        visitors.retain(|(_, visitor)| {
            let last_used = visitor.last_used();
            if last_used >= deadlines.idle {
                return true;
            }
            let mut due = 0;
            let removed = visitor.retire(|profile| {
                due = profile.map_or(0, Profile::due_count);
                let waiting = due > 0 || visitor.is_listed();
                last_used < deadlines.unsent || !waiting
            });
            match removed {
                Some(given_up) => swept.count(given_up),
                None if due > 0 => swept.unsent.push(Arc::clone(visitor)),
                None => {}
            }
            removed.is_none()
        });
        if visitors.capacity() > SMALLEST_TABLE && visitors.len() < visitors.capacity() / 4 {
            let room = visitors.len() * 2;
            visitors.shrink_to(room, |entry| entry.0);
        }
        swept
    }

    pub(super) fn for_each(&self, mut each: impl FnMut(&Arc<Visitor>)) {
        self.visitors.read().iter().for_each(|(_, visitor)| each(visitor));
    }
}

impl Swept {
    fn count(&mut self, given_up: u64) {
        self.removed += 1;
        self.given_up += given_up;
    }
}

/// Removes those used least recently; among them first those of whom nothing is still to be sent.
fn evict(visitors: &mut HashTable<(u64, Arc<Visitor>)>, most: usize) -> Swept {
    let goal = (visitors.len() + 1).saturating_sub(most).max(most / EVICTED_PART).max(1);
    let mut oldest: Vec<(bool, u32, u64, Arc<Visitor>)> = visitors
        .iter()
        .map(|(hash, visitor)| {
            let waits = visitor.is_listed() || visitor.own_due_count() > 0;
            (waits, visitor.last_used(), *hash, Arc::clone(visitor))
        })
        .collect();
    if goal < oldest.len() {
        oldest.select_nth_unstable_by_key(goal - 1, |(waits, last_used, ..)| (*waits, *last_used));
    }
    let mut swept = Swept::default();
    for (_, _, hash, visitor) in oldest.into_iter().take(goal) {
        swept.count(visitor.retire(|_| true).unwrap_or_default());
        if let Ok(entry) = visitors.find_entry(hash, |entry| Arc::ptr_eq(&entry.1, &visitor)) {
            entry.remove();
        }
    }
    swept
}
