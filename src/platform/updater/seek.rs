//! Bringing the data file up to date where servers share it: by what is in the store, or by a fetch
//! for all.

use std::time::{Duration, Instant, SystemTime};

use super::fetcher::Fetcher;
use super::follow::{Mark, Which, which};
use super::kept::Found;
use super::schedule::Ending;
use super::share::Share;
use crate::decision::datafile::DataFile;
use crate::error::Result;
use crate::fleet::{FileCounters, StoredDataFile};
use crate::logging::{cause_of, log_info, log_rarely_by};
use crate::platform::events::DataFileOrigin;

/// What a client that ends waits for the store at most.
const AT_THE_END: Duration = Duration::from_millis(100);

impl Fetcher {
    /// Brings the data file up to date. Without a store that is a fetch. With one it is looked at
    /// first, and of all servers that find nothing there one fetches, while the others look again. A
    /// store that fails is as good as none.
    pub(super) fn seek(&mut self, origin: DataFileOrigin) -> (Result<()>, Ending) {
        let former = self.date_in_use();
        match self.found(former) {
            Ok(Some(known)) => return (Ok(()), known),
            Ok(None) => {}
            Err(_) => return self.fetch(origin),
        }
        let has_file = self.date_in_use().is_some();
        let Some(share) = &mut self.share else { return self.fetch(origin) };
        match share.lease() {
            Ok(false) => {
                if let Some(pause) = share.patience.denied(Instant::now(), has_file) {
                    return (Ok(()), Ending::Waiting(pause));
                }
            }
            // Whoever had it may have put something there since.
            Ok(true) => {
                if let Ok(Some(known)) = self.found(former) {
                    self.release(Duration::MAX);
                    return (Ok(()), known);
                }
            }
            Err(_) => {}
        }
        let (result, ending) = self.fetch(origin);
        // Who asks again at once keeps it, so that nobody else asks for the same.
        if ending != Ending::Unanswered {
            self.release(Duration::MAX);
        }
        (result, ending)
    }

    /// Looks at the store. Returns how a fetch would have ended, where none is needed. `former`: the
    /// date of the data file that was in use before.
    ///
    /// # Errors
    /// The store fails.
    fn found(&mut self, former: Option<i64>) -> Result<Option<Ending>> {
        self.look()?;
        let ts = self.wanted.ts().filter(|_| self.wanted.is_open());
        let (Some(date), Some(share)) = (self.date_in_use(), &mut self.share) else { return Ok(None) };
        let confirmed = share.confirmed();
        if !share.want(Instant::now(), ts).is_met(date, former, confirmed) {
            return Ok(None);
        }
        self.wanted.settle();
        share.settle();
        self.readiness.is_up_to_date();
        Ok(Some(Ending::Known { age: confirmed.map_or(Duration::ZERO, |at| at.elapsed()) }))
    }

    /// When the store is looked at next, though nothing is due.
    pub(super) fn next_look(&self) -> Option<Instant> {
        self.share.as_ref()?.next_look()
    }

    /// An event announced a data file, with its time or without.
    pub(super) fn announce(&mut self, ts: Option<i64>) {
        self.wanted.announce(ts);
        if let Some(share) = &mut self.share {
            share.require(Instant::now());
        }
    }

    /// The client ends: others need not wait for what it was about to fetch.
    pub(super) fn end(&mut self) {
        self.release(AT_THE_END);
    }

    /// Gives the lease back, if it is here, within this time.
    fn release(&mut self, timeout: Duration) {
        if let Some(share) = &mut self.share {
            share.release(timeout);
        }
    }

    /// Looks at the store: what is newer there is in use from now on, and what is newer here is put
    /// there.
    ///
    /// # Errors
    /// The store fails.
    pub(super) fn look(&mut self) -> Result<()> {
        let Some(share) = &mut self.share else { return Ok(()) };
        let began = Instant::now();
        share.looks(began, rand::random());
        let found = share.kept.look();
        share.has_looked(found.is_ok());
        // By the store's own clock: what another server's says does not count.
        let since = |age: Option<Duration>| began.checked_sub(age?);
        match found? {
            Found::Nothing => self.offer(),
            Found::Seen(seen, age) => {
                let is_ours = self.in_use.as_ref().is_some_and(|ours| ours.version() == seen.version);
                match seen.date {
                    _ if is_ours => self.confirm(since(age), age),
                    None => self.offer(),
                    // It was not taken, so it is not newer; whether it is to stay is asked anew.
                    Some(date) => self.offer_over(date, since(age)),
                }
            }
            Found::Other(stored, file) => self.take_shared(&stored, *file, since(stored.age())),
            Found::Unusable(reason) => {
                FileCounters::add(&share.counters.refused);
                log_rarely_by!(
                    self.told,
                    &cause_of(&reason),
                    Warning,
                    "the data file in the store is not used: {reason}"
                );
                self.offer();
            }
        }
        Ok(())
    }

    /// Another data file is in the store than the one that was seen there last.
    fn take_shared(&mut self, stored: &StoredDataFile, file: DataFile, confirmed: Option<Instant>) {
        if self.in_use.as_ref().is_some_and(|ours| ours.version() == stored.version()) {
            return self.confirm(confirmed, stored.age());
        }
        let date = file.date_modified;
        match (self.date_in_use(), &mut self.share) {
            (None, _) if self.ages.is_too_old(stored.age()) => {
                // As the configuration wants it: nothing to warn of.
                log_info!("the data file in the store is too old to be used");
            }
            (Some(ours), Some(share))
                if which(share.mark(ours), Mark::of(date, confirmed)) != Which::Take =>
            {
                self.offer_over(date, confirmed);
            }
            (former, Some(share)) => {
                FileCounters::add(&share.counters.taken);
                share.replaced(confirmed);
                self.use_stored(stored, file, DataFileOrigin::Store);
                let at = stored.age().and_then(|age| SystemTime::now().checked_sub(age));
                self.keep_copy(stored, date, Some(former.unwrap_or(0)), at);
            }
            (_, None) => {}
        }
    }

    /// The one in use is in the store, too, and was confirmed then, by whomever.
    fn confirm(&mut self, at: Option<Instant>, age: Option<Duration>) {
        let is_later = self.share.as_mut().is_some_and(|share| share.confirm(at));
        if let (true, Some(age)) = (is_later, age) {
            self.readiness.confirmed_before(age);
        }
    }

    /// Puts the one in use in the store, where there is none that can be used.
    fn offer(&mut self) {
        if let (Some(date), Some(ours), Some(share)) = (self.date_in_use(), &self.in_use, &mut self.share) {
            share.offer(ours, date, false, false);
        }
    }

    /// Puts the one in use in the place of the one of `date` in the store, unless that stands.
    fn offer_over(&mut self, date: i64, confirmed: Option<Instant>) {
        let stands =
            |ours: i64, share: &Share| which(share.mark(ours), Mark::of(date, confirmed)) != Which::Offer;
        match (self.date_in_use(), &self.in_use, &mut self.share) {
            (Some(date), Some(ours), Some(share)) if !stands(date, share) => {
                share.offer(ours, date, false, false)
            }
            _ => {}
        }
    }
}
