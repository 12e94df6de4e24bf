//! All visitors of a client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::entry::{Snapshot, Visitor};
use super::recent;
use super::shard::{Deadlines, Shard, Swept};
use crate::data::Data;
use crate::decision::datafile::DataFile;
use crate::decision::hashing::KeyHasher;
use crate::decision::profile::{AddContext, Profile, Tally};
use crate::logging::{log_error, log_warning};

/// How many shards there are at most. Enough that no shard is large: a table that grows, or is
/// swept, holds up those who wait for it.
const MOST_SHARDS: usize = 256;
/// Fewer visitors than this are not worth a shard.
const SHARD_SIZE: usize = 64;
/// A store that sweeps itself looks at one shard after so many insertions.
const INSERTIONS_PER_SWEEP: usize = 256;
/// How long what could not be sent is kept after the visitor's session.
const UNSENT_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
/// One warning for this many visitors that had to go before their time.
const EVICTIONS_PER_WARNING: u64 = 10_000;

/// All visitors of a client, by code, each kept for the session duration after its last use.
#[derive(Debug)]
pub(crate) struct VisitorStore {
    /// Tells the stores of a process apart.
    id: u64,
    hasher: KeyHasher,
    shards: Box<[Shard]>,
    most_per_shard: usize,
    session: u32,
    /// Milliseconds since the epoch at which the store's seconds begin.
    start: i64,
    next_swept: AtomicUsize,
    /// Without a worker that sweeps, insertions do it by the way.
    sweeps_itself: bool,
    inserted: AtomicUsize,
    evicted: AtomicU64,
    given_up: AtomicU64,
    linking: Mutex<()>,
}

static NEXT_STORE: AtomicU64 = AtomicU64::new(1);

impl VisitorStore {
    /// An empty store for at most this many visitors.
    pub(crate) fn new(most: usize, session: Duration, now: i64) -> Self {
        let most = most.max(1);
        let shards = (most / SHARD_SIZE).clamp(1, MOST_SHARDS);
        // The largest power of two that fits, so that a hash's bits choose the shard.
        let shards = 1 << shards.ilog2();
        Self {
            id: NEXT_STORE.fetch_add(1, Ordering::Relaxed),
            hasher: KeyHasher::random(),
            shards: (0..shards).map(|_| Shard::default()).collect(),
            most_per_shard: most / shards,
            session: u32::try_from(session.as_secs()).unwrap_or(u32::MAX / 4).clamp(1, u32::MAX / 4),
            // A second ahead, so that an entry of the first second is not older than time.
            start: now.saturating_sub(1000),
            next_swept: AtomicUsize::new(0),
            sweeps_itself: false,
            inserted: AtomicUsize::new(0),
            evicted: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
            linking: Mutex::new(()),
        }
    }

    /// The store of a client without workers.
    pub(crate) fn sweeping_itself(self) -> Self {
        Self { sweeps_itself: true, ..self }
    }

    fn seconds(&self, now: i64) -> u32 {
        u32::try_from(now.saturating_sub(self.start).max(0) / 1000).unwrap_or(u32::MAX)
    }

    fn shard(&self, hash: u64) -> &Shard {
        // The table uses the low bits for the place and the top seven as tags.
        &self.shards[(hash >> 40) as usize & (self.shards.len() - 1)]
    }

    /// The number of visitor codes in the store.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    /// Visitors that had to go before their time because the store was full.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// Pieces that were never sent and were lost with visitors that had to go.
    pub(crate) fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }

    /// What is known of a visitor; notes a use. None when the code is not in the store.
    pub(crate) fn snapshot(&self, code: &str, now: i64) -> Option<Snapshot> {
        let hash = self.hasher.hash(code.as_bytes());
        let snapshot = self.shard(hash).get(hash, code).map(|visitor| visitor.snapshot())?;
        snapshot.touch(self.seconds(now));
        Some(snapshot)
    }

    /// Runs with what is known of a visitor, whose entry may be at hand; notes a use. None when the
    /// code is not in the store. What `run` leaves in its place is at hand for the thread's next
    /// call.
    pub(crate) fn with_snapshot<R>(
        &self,
        code: &str,
        entry: Option<&Arc<Visitor>>,
        now: i64,
        run: impl FnOnce(&mut Option<Snapshot>) -> R,
    ) -> R {
        recent::with(self.id, |kept| {
            let same = |kept: &Snapshot| match entry {
                Some(entry) => Arc::ptr_eq(&kept.visitor, entry),
                None => kept.visitor.code() == code,
            };
            match kept {
                Some(kept) if same(kept) && kept.is_current() => kept.touch(self.seconds(now)),
                // An entry that was taken out of the store is not current: what is known is under
                // the same code, if anything.
                _ => {
                    let at_hand = entry.map(|entry| entry.snapshot()).filter(Snapshot::is_current);
                    *kept = match at_hand {
                        Some(snapshot) => {
                            snapshot.touch(self.seconds(now));
                            Some(snapshot)
                        }
                        None => self.snapshot(code, now),
                    };
                }
            }
            run(kept)
        })
    }

    /// The visitor, made when the code is not in the store; notes a use.
    pub(crate) fn get_or_insert(&self, code: &str, now: i64) -> Arc<Visitor> {
        let hash = self.hasher.hash(code.as_bytes());
        let seconds = self.seconds(now);
        let shard = self.shard(hash);
        if let Some(visitor) = shard.get(hash, code) {
            visitor.touch(seconds);
            return visitor;
        }
        let (visitor, swept) = shard.get_or_insert(hash, code, seconds, self.most_per_shard);
        self.note_eviction(&swept);
        if self.sweeps_itself && self.inserted.fetch_add(1, Ordering::Relaxed) % INSERTIONS_PER_SWEEP == 0 {
            // Nothing is ever to be sent by a client without workers.
            let _unsent = self.sweep_next(now);
        }
        visitor
    }

    fn note_eviction(&self, swept: &Swept) {
        if swept.removed == 0 {
            return;
        }
        let before = self.evicted.fetch_add(swept.removed, Ordering::Relaxed);
        let given_up = self.given_up.fetch_add(swept.given_up, Ordering::Relaxed) + swept.given_up;
        if before == 0 || before / EVICTIONS_PER_WARNING != (before + swept.removed) / EVICTIONS_PER_WARNING {
            log_warning!(
                "the visitor store is full: {} visitors used least recently had to go so far, with {given_up} \
                 pieces of data that were not sent; raise `max_visitors` or shorten the session duration",
                before + swept.removed
            );
        }
    }

    /// Changes what is known of a visitor, whose entry may be at hand. Snapshots that are not needed any more should be
    /// dropped before: the change is made in place while nobody holds one.
    pub(crate) fn change<R>(
        &self,
        code: &str,
        mut entry: Option<Arc<Visitor>>,
        now: i64,
        change: impl FnOnce(&mut Profile) -> R,
    ) -> (Arc<Visitor>, R) {
        let mut change = Some(change);
        loop {
            let visitor = entry.take().unwrap_or_else(|| self.get_or_insert(code, now));
            let changed = visitor.change(now, |profile| change.take().map(|change| change(profile)));
            if let Ok(Some(result)) = changed {
                return (visitor, result);
            }
            // Taken out of the store between look-up and change: look again.
        }
    }

    /// Adds data to a visitor.
    pub(crate) fn add(
        &self,
        code: &str,
        data: Vec<Data>,
        file: Option<&DataFile>,
        now: i64,
        track: bool,
    ) -> Tally {
        let context = AddContext { custom_data: file.map(|file| &file.custom_data), now, track };
        let mut tally = Tally::default();
        let mapping_index = context.custom_data.and_then(|site| site.mapping_index);
        let unique = data.iter().rev().find_map(|item| match item {
            Data::UniqueIdentifier(unique) => Some(unique.value()),
            _ => None,
        });
        let links: Vec<Box<str>> = data
            .iter()
            .filter_map(|item| match item {
                Data::CustomData(custom) => {
                    let index = context.index_of(custom);
                    if index.is_none() {
                        log_error!(
                            "custom data `{}` is ignored: the data file in use has none of that name",
                            custom.name().unwrap_or_default()
                        );
                    }
                    let user = custom.values.first().filter(|user| !user.is_empty());
                    user.filter(|_| index.is_some() && index == mapping_index).map(Into::into)
                }
                _ => None,
            })
            .collect();
        let (visitor, ()) = self.change(code, None, now, |profile| {
            if !links.is_empty() && profile.mapping_identifier.is_none() {
                profile.mapping_identifier = Some(code.into());
            }
            for item in data {
                profile.add(item, context, &mut tally);
            }
        });
        if let Some(unique) = unique {
            visitor.set_unique(unique);
        }
        for user in links {
            self.link(&visitor, &user, now, &mut tally);
        }
        tally
    }

    /// Makes `user` a second name of a visitor.
    fn link(&self, visitor: &Arc<Visitor>, user: &str, now: i64, tally: &mut Tally) {
        if user == visitor.code() {
            return;
        }
        // Before the lock: it may log, and a logger may call the client.
        let other = self.get_or_insert(user, now);
        let _one_at_a_time = self.linking.lock();
        let root = visitor.root();
        other.set_unique(visitor.is_unique());
        if Arc::ptr_eq(&other.root(), &root) {
            return;
        }
        if let Some(profile) = other.link_to(&root) {
            let profile = Arc::unwrap_or_clone(profile);
            // The root cannot have been linked away meanwhile: links are made one at a time.
            tally.replaced += root.change_known(|own| own.adopt(profile)).unwrap_or(0);
        }
    }

    /// Sweeps the next shard. Returns the visitors of whom something is still to be sent though
    /// their time is over.
    pub(crate) fn sweep_next(&self, now: i64) -> Vec<Arc<Visitor>> {
        let place = self.next_swept.fetch_add(1, Ordering::Relaxed) % self.shards.len();
        let idle = self.seconds(now).saturating_sub(self.session);
        let retention = u32::try_from(UNSENT_RETENTION.as_secs()).unwrap_or(u32::MAX);
        let swept = self.shards[place].sweep(Deadlines { idle, unsent: idle.saturating_sub(retention) });
        if swept.given_up > 0 {
            self.given_up.fetch_add(swept.given_up, Ordering::Relaxed);
            log_warning!(
                "{} pieces of visitor data are given up: they could not be sent for a day after the session",
                swept.given_up
            );
        }
        swept.unsent
    }

    /// The number of shards, that is of calls of `sweep_next` for a full round.
    pub(crate) fn shard_count(&self) -> usize {
        self.shards.len()
    }

    /// Looks at every visitor, shard by shard.
    pub(crate) fn for_each(&self, mut each: impl FnMut(&Arc<Visitor>)) {
        self.shards.iter().for_each(|shard| shard.for_each(&mut each));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Conversion;

    #[test]
    fn a_full_store_lets_those_go_first_of_whom_nothing_is_to_be_sent() {
        let store = VisitorStore::new(2, Duration::from_secs(60), 0);
        store.add("unsent", vec![Conversion::new(1).into()], None, 0, true);
        store.get_or_insert("nothing", 10_000);
        store.get_or_insert("third", 20_000);
        assert_eq!((store.evicted(), store.given_up()), (1, 0));
        assert!(store.snapshot("unsent", 20_000).is_some() && store.snapshot("nothing", 20_000).is_none());
    }
}
