//! Fetching the data file and putting it in use.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::kept::{Found, Kept, reason_of};
use super::readiness::Readiness;
use super::rollback::Rollback;
use super::schedule::Ending;
use super::share::Share;
use super::wanted::{Answer, Wanted};
use crate::clock::Clock;
use crate::decision::datafile::DataFile;
use crate::error::{KameleoonError, RequestFailure, RequestKind};
use crate::fleet::{MAX_DATA_FILE, StoredDataFile};
use crate::logging::{Voices, cause_of, failure_facts, log_facts, log_info, log_rarely_by, log_warning};
use crate::platform::access::Platform;
use crate::platform::cell::ConfigCell;
use crate::platform::events::{ClientEvent, DataFileOrigin};
use crate::platform::net::{Quiet, Response};

const NOT_MODIFIED: u16 = 304;

/// Fetches the data file and puts it in use. One that cannot be read never replaces the one in use,
/// and one that is older does not unless the platform insists.
pub(super) struct Fetcher {
    platform: Arc<Platform>,
    file: Arc<ConfigCell>,
    pub(super) readiness: Arc<Readiness>,
    /// The copy on disk.
    copy: Option<Kept>,
    /// What other servers share.
    pub(super) share: Option<Share>,
    pub(super) ages: CopyAges,
    /// For the ages of copies.
    clock: Clock,
    quiet: Quiet,
    /// When the copy was last made young.
    confirmed: Option<Instant>,
    last_modified: Option<String>,
    /// The data file in use as stores have it: only with one, and with its text only where it is
    /// shared.
    pub(super) in_use: Option<StoredDataFile>,
    /// What the stream announced and is not in force yet.
    pub(super) wanted: Wanted,
    rollback: Rollback,
    /// What the log was told of failures, by their text.
    pub(super) told: Voices,
}

/// Where data files are kept.
pub(super) struct Stores {
    /// The copy on disk.
    pub(super) copy: Option<Kept>,
    /// What other servers share.
    pub(super) share: Option<Share>,
}

/// What the configuration says of the copy's age.
#[derive(Debug, Clone, Copy)]
pub(super) struct CopyAges {
    /// Younger: the platform need not be asked.
    pub(super) fresh_for: Duration,
    /// Older, or of unknown age: not used. None: used however old.
    pub(super) most: Option<Duration>,
}

impl CopyAges {
    /// Whether a data file of this age, if it is known, is not to be started with.
    pub(super) fn is_too_old(self, age: Option<Duration>) -> bool {
        self.most.is_some_and(|most| age.is_none_or(|age| age > most))
    }

    /// A copy is not made young again before this has passed: its age is then that much too high at
    /// most, and a program that asks all the time does not write all the time.
    fn between_confirmations(self) -> Duration {
        let minute = Duration::from_secs(60);
        if self.fresh_for.is_zero() { minute } else { minute.min(self.fresh_for / 10) }
    }
}

impl Fetcher {
    pub(super) fn new(
        platform: Arc<Platform>,
        file: Arc<ConfigCell>,
        readiness: Arc<Readiness>,
        stores: Stores,
        ages: CopyAges,
        clock: Clock,
    ) -> Self {
        let Stores { copy, share } = stores;
        Self {
            platform,
            file,
            readiness,
            copy,
            share,
            ages,
            clock,
            quiet: Quiet::new(!ages.fresh_for.is_zero()),
            confirmed: None,
            last_modified: None,
            in_use: None,
            wanted: Wanted::default(),
            rollback: Rollback::default(),
            told: Voices::default(),
        }
    }

    pub(super) fn platform(&self) -> &Arc<Platform> {
        &self.platform
    }

    /// Puts the copy on disk in use, so that there is something before the first answer. Returns for
    /// how long the platform need not be asked.
    pub(super) fn start_from_copy(&mut self) -> Duration {
        let found = self.copy.as_mut().map_or(Ok(Found::Nothing), Kept::look);
        let used = match found {
            Ok(Found::Other(stored, file)) => Ok(self.use_copy(&stored, *file)),
            Ok(Found::Nothing | Found::Seen(..)) => Ok(Duration::ZERO),
            Ok(Found::Unusable(reason)) => Err(reason),
            Err(error) => Err(reason_of(error)),
        };
        used.unwrap_or_else(|reason| {
            log_warning!("the copy of the data file is not used: {reason}");
            Duration::ZERO
        })
    }

    fn use_copy(&mut self, stored: &StoredDataFile, file: DataFile) -> Duration {
        let age = stored.age();
        if self.ages.is_too_old(age) {
            // As the configuration wants it: nothing to warn of.
            log_info!("the copy of the data file is too old to be used");
            return Duration::ZERO;
        }
        let fresh = age.map_or(Duration::ZERO, |age| self.ages.fresh_for.saturating_sub(age));
        if fresh.is_zero() {
            log_info!("a copy of the data file on disk is used until the platform has answered");
        } else {
            log_info!("a copy of the data file on disk is used; it is fresh for {} s more", fresh.as_secs());
        }
        self.use_stored(stored, file, DataFileOrigin::Copy);
        if let Some(share) = &mut self.share {
            share.replaced(age.and_then(|age| Instant::now().checked_sub(age)));
        }
        fresh
    }

    /// Puts a data file in use that a store had.
    pub(super) fn use_stored(&mut self, stored: &StoredDataFile, file: DataFile, origin: DataFileOrigin) {
        self.last_modified = stored.last_modified().map(str::to_owned);
        self.note_in_use(stored.clone());
        self.put_in_use(file, origin, stored.age());
        self.readiness.ready_from_copy();
    }

    fn note_in_use(&mut self, file: StoredDataFile) {
        self.in_use = Some(if self.share.is_some() { file } else { file.without_text() });
    }

    /// Fetches once, with the time of the update that the stream announced, if it did.
    pub(super) fn fetch(&mut self, origin: DataFileOrigin) -> (Result<(), KameleoonError>, Ending) {
        let origin = if self.wanted.is_open() { DataFileOrigin::Streaming } else { origin };
        let asked = (Instant::now(), self.clock.time());
        let response =
            self.platform.fetch_data_file(self.wanted.ts(), self.last_modified.as_deref(), MAX_DATA_FILE);
        let (result, retry_after) = match response {
            Ok(response) => {
                let retry_after = response.retry_after.filter(|_| !response.is_success());
                (self.take(&response, origin).map(|answer| (answer, response.body)), retry_after)
            }
            Err(failure) => (Err(self.failed(failure)), None),
        };
        match result {
            Ok((answer, body)) => {
                self.wanted.answered(answer);
                let missing = self.wanted.ts();
                // Before anybody hears of it, so that a close that follows at once knows.
                self.readiness.set_writes(true);
                if missing.is_none() {
                    self.readiness.succeeded(asked);
                    self.share.iter_mut().for_each(Share::settle);
                }
                // After it is in use, and told: a disk may take its time.
                self.keep(answer, body, missing.is_none().then_some(asked));
                self.readiness.set_writes(false);
                match missing {
                    None => (Ok(()), Ending::Good),
                    Some(ts) => (Err(self.fail(not_there(ts))), Ending::Unanswered),
                }
            }
            Err(error) => (Err(self.fail(error)), Ending::Failed { retry_after }),
        }
    }

    fn failed(&self, failure: RequestFailure) -> KameleoonError {
        let endpoints = &self.platform.endpoints;
        endpoints.failed(RequestKind::Configuration, failure, &endpoints.configuration_url(None))
    }

    /// Notes and tells a failure.
    fn fail(&self, error: KameleoonError) -> KameleoonError {
        if error != KameleoonError::Closed {
            let (has_one, cause) = (self.date_in_use().is_some(), cause_of(&error.to_string()));
            let in_use = if has_one { "the one in use stays" } else { "there is none yet" };
            let (facts, is_expected) = match &error {
                KameleoonError::Request { kind, failure, .. } => {
                    (failure_facts(*kind, failure), has_one && self.quiet.covers(failure))
                }
                error => (vec![("error", error.as_str().into())], false),
            };
            if is_expected {
                log_rarely_by!(self.told, &cause, Info, facts: &facts, "no new data file, {in_use}: {error}");
            } else {
                log_rarely_by!(self.told, &cause, Warning, facts: &facts, "no new data file, {in_use}: {error}");
            }
            self.readiness.failed(error.clone());
        }
        error
    }

    /// Takes over what the platform answered.
    fn take(&mut self, response: &Response, origin: DataFileOrigin) -> Result<Answer, KameleoonError> {
        let in_use = self.date_in_use();
        if let (NOT_MODIFIED, Some(_), Some(date)) = (response.status, &self.last_modified, in_use) {
            self.rollback.is_over();
            return Ok(Answer::Unchanged { date });
        }
        if !response.is_success() {
            return Err(self.failed(RequestFailure::Status(response.status)));
        }
        let file = DataFile::parse(&response.body)?;
        if !file.has_flag_list && in_use.is_some() {
            // An error message in JSON, say.
            return Err(KameleoonError::DataFileInvalid {
                reason: "it has no `featureFlags`, so it does not replace one that has".to_owned(),
            });
        }
        let (date, former) = (file.date_modified, in_use.unwrap_or(0));
        if Rollback::is_older(date, former) {
            if !self.rollback.insists(Instant::now()) {
                return Err(KameleoonError::DataFileOutdated {
                    reason: format!("it is of {date}, the one in use of {former}"),
                });
            }
            log_warning!(
                "the platform insists on an older data file, of {date} instead of {former}; it is taken"
            );
            // Whatever was announced: this is what the platform wants in force.
            self.wanted.settle();
        }
        self.rollback.is_over();
        self.last_modified.clone_from(&response.last_modified);
        self.put_in_use(file, origin, None);
        Ok(Answer::Taken { date, former })
    }

    /// Brings the stores in line with an answer. `asked`: when the platform was asked, if what it
    /// answered is all that was announced.
    fn keep(&mut self, answer: Answer, body: Vec<u8>, asked: Option<(Instant, SystemTime)>) {
        let Some(kept) = self.copy.as_ref().or(self.share.as_ref().map(|share| &share.kept)) else { return };
        let former = match answer {
            // Without flags it may be an error message in JSON: nothing to start from next time.
            Answer::Taken { .. } if self.file.load().as_deref().is_none_or(|file| !file.has_flag_list) => {
                self.in_use = None;
                return;
            }
            Answer::Taken { former, .. } => {
                let file = kept.file(body).with_last_modified(self.last_modified.clone());
                self.in_use = Some(file);
                Some(former)
            }
            Answer::Unchanged { .. } => None,
        };
        let (Answer::Taken { date, .. } | Answer::Unchanged { date }) = answer;
        let Some(file) = self.in_use.take() else { return };
        self.keep_copy(&file, date, former, asked.map(|(_, at)| at));
        self.readiness.set_writes(false);
        if let Some(share) = &mut self.share {
            share.keep(&file, date, former, asked.map(|(since, _)| since));
        }
        self.note_in_use(file);
    }

    /// Brings the copy in line: `file`, of `date`, is in use. `former`: the date of the one that it took
    /// the place of, if it did. `confirmed`: when it was the newest, if that is known.
    pub(super) fn keep_copy(
        &mut self,
        file: &StoredDataFile,
        date: i64,
        former: Option<i64>,
        confirmed: Option<SystemTime>,
    ) {
        let Some(copy) = &mut self.copy else { return };
        let now = self.clock.time();
        let age = confirmed.map(|at| now.duration_since(at).unwrap_or_default());
        let file = file.clone().with_age(age);
        let is_young = self.confirmed.is_some_and(|at| at.elapsed() < self.ages.between_confirmations());
        let kept = match (former, age) {
            (Some(former), _) => copy.put(&file, date, Rollback::is_older(date, former)).map(drop),
            (None, Some(_)) if !is_young => copy.confirm(&file).map(drop),
            (None, _) => return,
        };
        self.confirmed = confirmed.map(|_| Instant::now());
        if let Err(error) = kept {
            let reason = reason_of(error);
            log_rarely_by!(
                self.told,
                &cause_of(&reason),
                Warning,
                "the copy of the data file could not be written: {reason}"
            );
        }
    }

    /// `age`: how old it is, where it did not come just now.
    fn put_in_use(&self, file: DataFile, origin: DataFileOrigin, age: Option<Duration>) {
        let date_modified = file.date_modified;
        self.platform.set_data_api_domain(file.settings.data_api_domain.as_deref());
        let replaced = self.file.replace(file);
        self.readiness.replaced(origin, age);
        let facts = [("date_modified", date_modified.into()), ("origin", origin.as_str().into())];
        log_facts!(Info, &facts, "a data file is in use that was last modified at {date_modified}");
        self.platform.events.emit_file(ClientEvent::DataFileUpdated { origin, date_modified, replaced });
    }

    /// When the data file in use was last modified, if there is one.
    pub(super) fn date_in_use(&self) -> Option<i64> {
        self.file.load().as_deref().map(|file| file.date_modified)
    }

    /// Notes whether the stream is open.
    pub(super) fn set_streaming(&self, is_streaming: bool) {
        self.readiness.set_streaming(is_streaming);
    }

    /// Notes whether there is nothing to fetch now.
    pub(super) fn set_rests(&self, rests: bool) {
        self.readiness.set_rests(rests);
    }

    pub(super) fn wants_stream(&self) -> bool {
        self.file.load().as_deref().is_some_and(|file| file.settings.real_time_update)
    }
}

fn not_there(ts: i64) -> KameleoonError {
    KameleoonError::DataFileOutdated {
        reason: format!("the stream announced one of {ts}, which the platform does not answer with yet"),
    }
}
