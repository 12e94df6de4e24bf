//! The data file that servers share: what is in the store, and who asks the platform for all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::follow::{Mark, Patience, Want};
use super::kept::{Kept, Put};
use crate::error::Result;
use crate::fleet::{FileCounters, StoredDataFile};

/// What the lease lasts longer than a fetch may take.
const LEASE_AFTER_FETCH: Duration = Duration::from_secs(5);
/// The store is looked at this often, also while nothing is due: who was missed by an event has its
/// update by then, and a store that was emptied is filled again. Stretched by up to a tenth at random.
const LOOK: Duration = Duration::from_secs(30);
/// What was confirmed so shortly before the stream was opened is as if confirmed by it.
const STREAM_SLACK: Duration = Duration::from_secs(1);

pub(super) struct Share {
    pub(super) kept: Kept,
    pub(super) counters: Arc<FileCounters>,
    pub(super) patience: Patience,
    /// Who this client is to the store.
    holder: String,
    lease: Duration,
    has_lease: bool,
    /// What was confirmed before is to be asked for again.
    required: Option<Instant>,
    /// Polls are content with what is younger.
    young: Duration,
    /// When the platform said that the data file in use is the newest, to whomever.
    confirmed: Option<Instant>,
    /// The date of the one that the platform took back.
    rolled_back: i64,
    next_look: Option<Instant>,
    /// The last call failed: whatever follows it would wait in vain.
    is_out: bool,
}

impl Share {
    pub(super) fn new(
        kept: Kept,
        counters: Arc<FileCounters>,
        interval: Duration,
        fetch_timeout: Duration,
    ) -> Self {
        Self {
            kept,
            counters,
            patience: Patience::default(),
            holder: format!("{:016x}", rand::random::<u64>()),
            lease: fetch_timeout.saturating_add(LEASE_AFTER_FETCH),
            has_lease: false,
            required: None,
            young: interval / 2,
            confirmed: None,
            rolled_back: 0,
            next_look: None,
            is_out: false,
        }
    }

    /// What has to be known before no fetch is needed.
    pub(super) fn want(&self, now: Instant, ts: Option<i64>) -> Want {
        Want { since: self.required.or_else(|| now.checked_sub(self.young)), ts }
    }

    /// What was confirmed before this moment will not do: an update may have been announced since.
    pub(super) fn require(&mut self, since: Instant) {
        self.required = self.required.max(Some(since));
    }

    /// A stream was opened at that moment: an update before it may have been missed.
    pub(super) fn stream_opened(&mut self, now: Instant) -> bool {
        let since = now.checked_sub(STREAM_SLACK).unwrap_or(now);
        let is_fresh = self.confirmed.is_some_and(|confirmed| confirmed >= since);
        if !is_fresh {
            self.require(since);
        }
        !is_fresh
    }

    /// Nothing is wanted any more.
    pub(super) fn settle(&mut self) {
        self.required = None;
        self.patience.is_over();
    }

    /// What is known of the data file in use.
    pub(super) fn mark(&self, date: i64) -> Mark {
        Mark { date, stands_over: date.max(self.rolled_back), confirmed: self.confirmed }
    }

    pub(super) fn confirmed(&self) -> Option<Instant> {
        self.confirmed
    }

    /// Another data file is in use, confirmed then.
    pub(super) fn replaced(&mut self, confirmed: Option<Instant>) {
        self.confirmed = confirmed;
        self.rolled_back = 0;
    }

    /// The data file in use was confirmed then, too. Returns whether that is later than what was known.
    pub(super) fn confirm(&mut self, at: Option<Instant>) -> bool {
        let is_later = at > self.confirmed;
        self.confirmed = self.confirmed.max(at);
        is_later
    }

    /// When the store is looked at next, though nothing is due.
    pub(super) fn next_look(&self) -> Option<Instant> {
        self.next_look
    }

    /// A look begins.
    pub(super) fn looks(&mut self, now: Instant, random: f64) {
        self.next_look = Some(now + LOOK.mul_f64(1.0 + 0.1 * random.clamp(0.0, 1.0)));
    }

    /// A look has ended, well or not.
    pub(super) fn has_looked(&mut self, is_good: bool) {
        self.is_out = !is_good;
        if is_good {
            FileCounters::add(&self.counters.looks);
        }
    }

    /// Whether this client is to ask the platform for all.
    pub(super) fn lease(&mut self) -> Result<bool> {
        let leased = self.kept.lease(&self.holder, self.lease);
        self.is_out = leased.is_err();
        self.has_lease = leased?;
        let count = if self.has_lease { &self.counters.leases } else { &self.counters.waits };
        FileCounters::add(count);
        Ok(self.has_lease)
    }

    /// Gives the lease back, if it is here. A store that does not answer is waited for for this long
    /// at most; the lease runs out by itself.
    pub(super) fn release(&mut self, timeout: Duration) {
        if std::mem::take(&mut self.has_lease) && !self.is_out {
            self.is_out = self.kept.release(&self.holder, timeout).is_err();
        }
    }

    /// Brings the store in line with what the platform answered: `ours`, of `date`, is in use.
    /// `asked`: when the platform was asked, if it has answered with all that was announced. `former`:
    /// the date of the one that it took the place of, if it did.
    pub(super) fn keep(
        &mut self,
        ours: &StoredDataFile,
        date: i64,
        former: Option<i64>,
        asked: Option<Instant>,
    ) {
        if let Some(former) = former {
            self.confirmed = asked;
            self.rolled_back = if date < former { former } else { 0 };
        } else if asked.is_some() {
            self.confirmed = asked;
        } else {
            return;
        }
        if !self.is_out {
            let is_willed = self.rolled_back > 0;
            self.offer(ours, date, former.is_none(), is_willed);
        }
    }

    /// Puts the data file in use in the store. `may_be_there`: it is there, perhaps, and only older.
    pub(super) fn offer(&mut self, ours: &StoredDataFile, date: i64, may_be_there: bool, is_willed: bool) {
        let ours = ours.clone().with_age(self.confirmed.map(|confirmed| confirmed.elapsed()));
        let is_there = if may_be_there { self.kept.confirm(&ours) } else { Ok(false) };
        let put = match is_there {
            Ok(true) => return,
            Ok(false) => self.kept.put(&ours, date, is_willed),
            Err(error) => Err(error),
        };
        self.is_out = put.is_err();
        if put == Ok(Put::Saved) {
            FileCounters::add(&self.counters.saved);
        }
    }
}
