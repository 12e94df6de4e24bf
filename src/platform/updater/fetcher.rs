//! Fetching the data file and putting it in use.

use std::sync::Arc;
use std::time::Instant;

use super::copy::Copy;
use super::readiness::Readiness;
use super::rollback::Rollback;
use super::schedule::Ending;
use super::wanted::{Answer, Wanted};
use crate::decision::datafile::DataFile;
use crate::error::{KameleoonError, RequestFailure, RequestKind};
use crate::logging::{Voices, log_info, log_rarely_by, log_warning};
use crate::platform::access::Platform;
use crate::platform::cell::ConfigCell;
use crate::platform::events::{ClientEvent, DataFileOrigin};
use crate::platform::net::Response;

/// How large a data file may be.
pub(crate) const MAX_DATA_FILE: usize = 64 * 1024 * 1024;
const NOT_MODIFIED: u16 = 304;

/// Fetches the data file and puts it in use. One that cannot be read never replaces the one in use,
/// and one that is older does not unless the platform insists.
pub(super) struct Fetcher {
    platform: Arc<Platform>,
    file: Arc<ConfigCell>,
    readiness: Arc<Readiness>,
    copy: Option<Copy>,
    last_modified: Option<String>,
    /// What the stream announced and is not in force yet.
    pub(super) wanted: Wanted,
    rollback: Rollback,
    /// What the log was told of failures, by their text.
    told: Voices,
}

impl Fetcher {
    pub(super) fn new(
        platform: Arc<Platform>,
        file: Arc<ConfigCell>,
        readiness: Arc<Readiness>,
        copy: Option<Copy>,
    ) -> Self {
        Self {
            platform,
            file,
            readiness,
            copy,
            last_modified: None,
            wanted: Wanted::default(),
            rollback: Rollback::default(),
            told: Voices::default(),
        }
    }

    pub(super) fn platform(&self) -> &Arc<Platform> {
        &self.platform
    }

    /// Puts the copy on disk in use, so that there is something before the first answer.
    pub(super) fn start_from_copy(&mut self) {
        let Some(copy) = &self.copy else { return };
        let read = match copy.read() {
            Ok(Some(read)) => read,
            Ok(None) => return,
            Err(reason) => {
                return log_warning!("the copy of the data file is not used: {reason}");
            }
        };
        let (body, last_modified) = read;
        match DataFile::parse(&body) {
            Ok(file) => {
                log_info!("a copy of the data file on disk is used until the platform has answered");
                self.last_modified = last_modified;
                self.put_in_use(file, DataFileOrigin::Copy);
                self.readiness.ready_from_copy();
            }
            Err(error) => log_warning!("the copy of the data file is not used: {error}"),
        }
    }

    /// Fetches once, with the time of the update that the stream announced, if it did.
    pub(super) fn fetch(&mut self, origin: DataFileOrigin) -> (Result<(), KameleoonError>, Ending) {
        let origin = if self.wanted.is_open() { DataFileOrigin::Streaming } else { origin };
        let failed = |failure| KameleoonError::Request { kind: RequestKind::Configuration, failure };
        let response =
            self.platform.fetch_data_file(self.wanted.ts(), self.last_modified.as_deref(), MAX_DATA_FILE);
        let (result, retry_after) = match response {
            Ok(response) => {
                let retry_after = response.retry_after.filter(|_| !response.is_success());
                (self.take(response, origin), retry_after)
            }
            Err(failure) => (Err(failed(failure)), None),
        };
        match result {
            Ok(answer) => {
                self.wanted.answered(answer);
                match self.wanted.ts() {
                    None => {
                        self.readiness.succeeded();
                        (Ok(()), Ending::Good)
                    }
                    Some(ts) => (Err(self.fail(not_there(ts))), Ending::Unanswered),
                }
            }
            Err(error) => (Err(self.fail(error)), Ending::Failed { retry_after }),
        }
    }

    /// Notes and tells a failure.
    fn fail(&self, error: KameleoonError) -> KameleoonError {
        if !matches!(error, KameleoonError::Request { failure: RequestFailure::Closed, .. }) {
            let in_use =
                if self.date_in_use().is_some() { "the one in use stays" } else { "there is none yet" };
            log_rarely_by!(self.told, &error.to_string(), Warning, "no new data file, {in_use}: {error}");
            self.readiness.failed(error.clone());
        }
        error
    }

    /// Takes over what the platform answered.
    fn take(&mut self, response: Response, origin: DataFileOrigin) -> Result<Answer, KameleoonError> {
        let in_use = self.date_in_use();
        if let (NOT_MODIFIED, Some(_), Some(date)) = (response.status, &self.last_modified, in_use) {
            self.rollback.is_over();
            return Ok(Answer::Unchanged { date });
        }
        if !response.is_success() {
            let failure = RequestFailure::Status(response.status);
            return Err(KameleoonError::Request { kind: RequestKind::Configuration, failure });
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
        let has_flag_list = file.has_flag_list;
        self.last_modified = response.last_modified;
        self.put_in_use(file, origin);
        // After it is in use: a disk may take its time. Without flags it may be an error message in
        // JSON: nothing to start from next time.
        if let Some(copy) = self.copy.as_ref().filter(|_| has_flag_list) {
            if let Err(reason) = copy.write(&response.body, self.last_modified.as_deref()) {
                log_rarely_by!(
                    self.told,
                    &reason,
                    Warning,
                    "the copy of the data file could not be written: {reason}"
                );
            }
        }
        Ok(Answer::Taken { date, former })
    }

    fn put_in_use(&self, file: DataFile, origin: DataFileOrigin) {
        let date_modified = file.date_modified;
        self.platform.set_data_api_domain(file.settings.data_api_domain.as_deref());
        let replaced = self.file.replace(file);
        log_info!("a data file is in use that was last modified at {date_modified}");
        self.platform.events.emit_file(ClientEvent::DataFileUpdated { origin, date_modified, replaced });
    }

    /// When the data file in use was last modified, if there is one.
    fn date_in_use(&self) -> Option<i64> {
        self.file.load().as_deref().map(|file| file.date_modified)
    }

    pub(super) fn has_data_file(&self) -> bool {
        self.file.load().is_some()
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
