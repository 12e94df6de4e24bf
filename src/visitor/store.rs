//! All visitors of a client.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::entry::{PersonBounds, Snapshot, Visitor};
use super::known::Known;
use super::ledger::Ledger;
use super::outbox::Outcome;
use super::outlet::{Notice, Outlet};
use super::recent::AtHand;
use super::shard::{Deadlines, Shard, Swept};
use super::shared::{News, Shared};
use super::ticker::Ticker;
use crate::atomic64::AtomicU64;
use crate::clock::Clock;
use crate::decision::datafile::DataFile;
use crate::decision::hashing::KeyHasher;
use crate::logging::{Speaker, Voice, Voices, log_rarely, log_warning};

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

/// How much a store may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoreBounds {
    /// Visitor codes.
    pub(crate) visitors: usize,
    /// Bytes of all together, approximately.
    pub(crate) bytes: u64,
    pub(crate) person: PersonBounds,
}

/// All visitors of a client, by code, each kept for the session duration after its last use.
#[derive(Debug)]
pub(crate) struct VisitorStore {
    /// Tells the stores of a process apart.
    id: u64,
    hasher: KeyHasher,
    shards: Box<[Shard]>,
    most_per_shard: usize,
    bounds: StoreBounds,
    session: u32,
    ticker: Ticker,
    next_swept: AtomicUsize,
    next_evicted: AtomicUsize,
    /// Without a worker that sweeps, insertions do it by the way.
    sweeps_itself: bool,
    inserted: AtomicUsize,
    lost_with_evicted: AtomicU64,
    pub(super) ledger: Arc<Ledger>,
    pub(super) linking: Mutex<()>,
    pub(super) unknown_names: Voices,
    /// Sweeps that gave something up.
    late: Voice,
    /// With a store that other servers read too.
    outlet: Option<Outlet>,
    speaker: Speaker,
}

static NEXT_STORE: AtomicU64 = AtomicU64::new(1);

impl VisitorStore {
    pub(crate) fn new(bounds: StoreBounds, session: Duration, clock: Clock) -> Self {
        let most = bounds.visitors.max(1);
        let shards = (most / SHARD_SIZE).clamp(1, MOST_SHARDS);
        // The largest power of two that fits, so that a hash's bits choose the shard.
        let shards = 1 << shards.ilog2();
        Self {
            id: NEXT_STORE.fetch_add(1, Ordering::Relaxed),
            hasher: KeyHasher::random(),
            shards: (0..shards).map(|_| Shard::default()).collect(),
            most_per_shard: most / shards,
            bounds,
            session: u32::try_from(session.as_secs()).unwrap_or(u32::MAX / 4).clamp(1, u32::MAX / 4),
            ticker: Ticker::new(clock),
            next_swept: AtomicUsize::new(0),
            next_evicted: AtomicUsize::new(0),
            sweeps_itself: false,
            inserted: AtomicUsize::new(0),
            lost_with_evicted: AtomicU64::new(0),
            ledger: Arc::new(Ledger::new()),
            linking: Mutex::new(()),
            unknown_names: Voices::default(),
            late: Voice::default(),
            outlet: None,
            speaker: Speaker::current(),
        }
    }

    /// The store of a client that shares what it knows with others.
    pub(crate) fn sharing(mut self, outlet: Outlet) -> Self {
        if let Some(ledger) = Arc::get_mut(&mut self.ledger) {
            ledger.process = Some(outlet.process);
        }
        self.outlet = Some(outlet);
        self
    }

    /// The store of a client without workers.
    pub(crate) fn sweeping_itself(self) -> Self {
        Self { sweeps_itself: true, ..self }
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    pub(super) fn shared(&self) -> (&Arc<Ledger>, PersonBounds) {
        (&self.ledger, self.bounds.person)
    }

    pub(super) fn shard(&self, hash: u64) -> &Shard {
        // The table uses the low bits for the place and the top seven as tags.
        &self.shards[(hash >> 40) as usize & (self.shards.len() - 1)]
    }

    pub(super) fn hash(&self, code: &str) -> u64 {
        self.hasher.hash(code.as_bytes())
    }

    /// The number of visitor codes in the store.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    /// The visitor, if the code is in the store.
    pub(crate) fn find(&self, code: &str) -> Option<Arc<Visitor>> {
        let hash = self.hash(code);
        self.shard(hash).get(hash, code)
    }

    /// What is known of a visitor; notes a use. None when the code is not in the store.
    pub(crate) fn snapshot(&self, code: &str, now: i64) -> Option<Snapshot> {
        loop {
            let snapshot = self.find(code)?.into_snapshot();
            if !snapshot.is_late() {
                snapshot.touch(self.ticker.seconds(now));
                return Some(snapshot);
            }
        }
    }

    /// What is known of a visitor, whose entry may be at hand; notes a use. Nothing when the code is
    /// not in the store. What is there when it is dropped is at hand for the thread's next call.
    #[inline(always)]
    pub(crate) fn at_hand(&self, code: &str, entry: Option<&Arc<Visitor>>, now: i64) -> AtHand {
        let mut at_hand = AtHand::take(self.id);
        match at_hand.snapshot() {
            Some(kept) if kept.is_of(code, entry) && kept.is_current() => {
                kept.touch(self.ticker.seconds(now));
            }
            _ => self.look_up(&mut at_hand, code, entry, now),
        }
        at_hand
    }

    fn look_up(&self, at_hand: &mut AtHand, code: &str, entry: Option<&Arc<Visitor>>, now: i64) {
        // An entry that was taken out of the store is not current: what is known is under the same
        // code, if anything.
        at_hand.set(match entry.map(|entry| entry.snapshot()).filter(Snapshot::is_current) {
            Some(snapshot) => {
                snapshot.touch(self.ticker.seconds(now));
                Some(snapshot)
            }
            None => self.snapshot(code, now),
        });
    }

    /// The visitor, made when the code is not in the store; notes a use.
    pub(crate) fn get_or_insert(&self, code: &str, now: i64) -> Arc<Visitor> {
        let hash = self.hash(code);
        let seconds = self.ticker.seconds(now);
        let shard = self.shard(hash);
        if let Some(visitor) = shard.get(hash, code) {
            visitor.person().touch(seconds);
            return visitor;
        }
        let (visitor, swept) = shard.get_or_insert(hash, code, seconds, self.most_per_shard, &self.ledger);
        self.note_eviction(swept);
        if self.sweeps_itself && self.inserted.fetch_add(1, Ordering::Relaxed) % INSERTIONS_PER_SWEEP == 0 {
            // Nothing is ever to be sent by a client without workers.
            let _unsent = self.sweep_next(now, true);
        }
        visitor
    }

    fn note_eviction(&self, swept: Swept) {
        self.remove_names(&swept.names);
        if swept.removed == 0 {
            return;
        }
        let before = self.ledger.visitors_evicted.fetch_add(swept.removed, Ordering::Relaxed);
        let lost = self.lost_with_evicted.fetch_add(swept.given_up, Ordering::Relaxed) + swept.given_up;
        if before == 0 || before / EVICTIONS_PER_WARNING != (before + swept.removed) / EVICTIONS_PER_WARNING {
            let _speaking = self.speaker.enter();
            log_warning!(
                "the visitor store is full: {} visitors used least recently had to go so far, with {lost} pieces \
                 of data that were not sent; raise `max_visitors` or `max_store_bytes`, or shorten the session \
                 duration",
                before + swept.removed
            );
        }
    }

    pub(super) fn remove_names(&self, names: &[Box<str>]) {
        for name in names {
            let hash = self.hash(name);
            self.shard(hash).remove_dead(hash, name);
        }
    }

    /// Changes what is known of a visitor, whose entry may be at hand. Snapshots that are not needed
    /// any more should be dropped before: the change is made in place while nobody holds one.
    pub(crate) fn change<R>(
        &self,
        code: &str,
        mut entry: Option<Arc<Visitor>>,
        now: i64,
        change: impl FnOnce(&mut Known<'_>) -> R,
    ) -> (Arc<Visitor>, R) {
        let mut change = Some(change);
        loop {
            let visitor = entry.take().unwrap_or_else(|| self.get_or_insert(code, now));
            let changed = visitor.change(now, self.shared(), |mut known| {
                let result = change.take().map(|change| change(&mut known));
                (result, known.news())
            });
            if let Ok((Some(result), news)) = changed {
                self.tell(&visitor, news);
                self.keep_within_bounds();
                return (visitor, result);
            }
            // Taken out of the store between look-up and change: look again.
        }
    }

    /// Changes what is known of the visitor at hand, or of the one with the code when there is none.
    /// What is known then is at hand.
    pub(crate) fn change_at_hand(
        &self,
        at_hand: &mut AtHand,
        code: &str,
        now: i64,
        change: impl FnOnce(&mut Known<'_>),
    ) {
        // Given up first, so that the change is made in place.
        let mut entry = at_hand.take_snapshot().map(|snapshot| snapshot.visitor);
        let mut change = Some(change);
        loop {
            let visitor = entry.take().unwrap_or_else(|| self.get_or_insert(code, now));
            let changed = visitor.change_and_show(now, self.shared(), |mut known| {
                change.take().into_iter().for_each(|change| change(&mut known));
            });
            if let Ok(((), snapshot)) = changed {
                at_hand.set(Some(snapshot));
                return self.keep_within_bounds();
            }
            // Taken out of the store between look-up and change: look again.
        }
    }

    /// Changes what is known of a visitor if anything is, without noting a use.
    pub(crate) fn change_known<R>(
        &self,
        visitor: &Arc<Visitor>,
        change: impl FnOnce(&mut Known<'_>) -> R,
    ) -> Option<R> {
        let (result, news) = visitor.change_known(self.shared(), |mut known| {
            let result = change(&mut known);
            (result, known.news())
        })?;
        self.tell(visitor, news);
        Some(result)
    }

    /// Tells whoever writes to the store that other servers read.
    pub(super) fn tell(&self, visitor: &Arc<Visitor>, news: Option<News>) {
        if let (Some(news), Some(outlet)) = (news, &self.outlet) {
            // Fails when the writer has ended: the client is closed.
            let _ = outlet.notices.send(Notice { person: visitor.person(), is_urgent: news == News::Urgent });
        }
    }

    /// Notes what the other servers have to be told of a person once more.
    pub(super) fn owe(&self, person: &Arc<Visitor>, owe: impl FnOnce(&mut Shared)) {
        let news = person.with_shared(|_, more| {
            let shared = more.shared.as_deref_mut()?;
            owe(shared);
            shared.news()
        });
        self.tell(person, news.flatten());
    }

    /// Other servers have to be told of everything once more.
    pub(crate) fn owe_everything(&self) {
        self.for_each_person(|person| self.owe(person, Shared::owe_all));
    }

    /// Lets visitors used least recently go when all together take more than they may.
    fn keep_within_bounds(&self) {
        if !self.ledger.is_time_to_look() {
            return;
        }
        for _ in 0..self.shards.len() * 2 {
            if self.ledger.bytes() <= self.bounds.bytes {
                return;
            }
            let place = self.next_evicted.fetch_add(1, Ordering::Relaxed) % self.shards.len();
            self.note_eviction(self.shards[place].evict_some(&self.ledger));
        }
    }

    /// What stands under a code, in the store or on its way out of it.
    pub(super) fn entry_of(&self, code: &str) -> Option<Arc<Visitor>> {
        let hash = self.hash(code);
        self.shard(hash).entry(hash, code)
    }

    /// Ends the request under way for the pieces with these nonces, whichever person they belong to
    /// now. Returns how many there were.
    pub(crate) fn finish(
        &self,
        visitor: &Arc<Visitor>,
        nonces: &[u64],
        outcome: Outcome,
        file: Option<&DataFile>,
    ) -> u64 {
        let mut count = 0;
        for person in visitor.persons() {
            count += person.finish(&self.ledger, nonces, outcome, file);
            if count as usize >= nonces.len() {
                break;
            }
        }
        count
    }

    /// Ends all that waits when the client is closed, each piece with the count that says why. Returns how
    /// many of those given up the platform may have.
    pub(crate) fn give_up(&self, has_file: bool) -> u64 {
        // Nobody is linked meanwhile: what moves from one person to another is nowhere.
        let _one_at_a_time = self.linking.lock();
        let mut unanswered = 0;
        self.for_each_person(|person| unanswered += person.give_up(has_file));
        unanswered
    }

    /// Sweeps the next shard. Returns the visitors of whom something is still to be sent though
    /// their time is over.
    pub(crate) fn sweep_next(&self, now: i64, has_file: bool) -> Vec<Arc<Visitor>> {
        let place = self.next_swept.fetch_add(1, Ordering::Relaxed) % self.shards.len();
        let now = self.ticker.seconds(now);
        let idle = now.saturating_sub(self.session);
        let retention = u32::try_from(UNSENT_RETENTION.as_secs()).unwrap_or(u32::MAX);
        let deadlines = Deadlines { now, idle, unsent: idle.saturating_sub(retention), has_file };
        let swept = self.shards[place].sweep(deadlines, &self.ledger);
        self.remove_names(&swept.names);
        if swept.given_up > 0 {
            log_rarely!(
                self.late,
                Warning,
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

    /// Looks at every person, shard by shard, and holds no shard meanwhile.
    pub(crate) fn for_each_person(&self, mut each: impl FnMut(&Arc<Visitor>)) {
        for shard in &self.shards {
            shard
                .all()
                .iter()
                .filter(|visitor| !visitor.is_alias() && !visitor.is_retired())
                .for_each(&mut each);
        }
    }

    /// Looks at every visitor code, shard by shard.
    pub(crate) fn for_each(&self, mut each: impl FnMut(&Arc<Visitor>)) {
        self.shards.iter().for_each(|shard| shard.all().iter().for_each(&mut each));
    }
}
