//! Fetching the data file and putting it in use.

use std::sync::Arc;
use std::time::Duration;

use super::copy::Copy;
use super::readiness::Readiness;
use crate::decision::datafile::DataFile;
use crate::error::{KameleoonError, RequestFailure, RequestKind};
use crate::logging::{log_info, log_warning};
use crate::platform::access::Platform;
use crate::platform::cell::ConfigCell;
use crate::platform::events::{ClientEvent, DataFileOrigin};

/// How large a data file may be.
pub(super) const MAX_DATA_FILE: usize = 64 * 1024 * 1024;
const NOT_MODIFIED: u16 = 304;

/// Fetches the data file and puts it in use. One that cannot be read never replaces the one in use.
pub(super) struct Fetcher {
    pub(super) platform: Arc<Platform>,
    pub(super) file: Arc<ConfigCell>,
    pub(super) readiness: Arc<Readiness>,
    pub(super) copy: Option<Copy>,
    pub(super) last_modified: Option<String>,
    /// How long the platform asked to be left alone when it last refused.
    pub(super) retry_after: Option<Duration>,
}

impl Fetcher {
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

    /// Fetches once. `ts` is the time of the stream's event that asks for it.
    pub(super) fn fetch(&mut self, ts: Option<i64>, origin: DataFileOrigin) -> Result<(), KameleoonError> {
        let result = self.try_fetch(ts, origin);
        match &result {
            Ok(()) => self.readiness.succeeded(),
            Err(KameleoonError::Request { failure: RequestFailure::Closed, .. }) => {}
            Err(error) => {
                let in_use =
                    if self.file.load().is_some() { "the one in use stays" } else { "there is none yet" };
                log_warning!("no new data file, {in_use}: {error}");
                self.readiness.failed(error.clone());
            }
        }
        result
    }

    fn try_fetch(&mut self, ts: Option<i64>, origin: DataFileOrigin) -> Result<(), KameleoonError> {
        let failed = |failure| KameleoonError::Request { kind: RequestKind::Configuration, failure };
        self.retry_after = None;
        let response = self
            .platform
            .fetch_data_file(ts, self.last_modified.as_deref(), MAX_DATA_FILE)
            .map_err(failed)?;
        self.retry_after = response.retry_after.filter(|_| !response.is_success());
        if response.status == NOT_MODIFIED && self.last_modified.is_some() && self.file.load().is_some() {
            return Ok(());
        }
        if !response.is_success() {
            return Err(failed(RequestFailure::Status(response.status)));
        }
        let file = DataFile::parse(&response.body)?;
        if !file.has_flag_list && self.file.load().is_some() {
            // An error message in JSON, say.
            return Err(KameleoonError::DataFileInvalid {
                reason: "it has no `featureFlags`, so it does not replace one that has".to_owned(),
            });
        }
        // Without flags it may be an error message in JSON: nothing to start from next time.
        if let Some(copy) = self.copy.as_ref().filter(|_| file.has_flag_list) {
            if let Err(reason) = copy.write(&response.body, response.last_modified.as_deref()) {
                log_warning!("the copy of the data file could not be written: {reason}");
            }
        }
        self.last_modified = response.last_modified;
        self.put_in_use(file, origin);
        Ok(())
    }

    fn put_in_use(&self, file: DataFile, origin: DataFileOrigin) {
        let date_modified = file.date_modified;
        self.platform.set_data_api_domain(file.settings.data_api_domain.as_deref());
        let replaced = self.file.replace(file);
        log_info!("a data file is in use that was last modified at {date_modified}");
        self.platform.events.emit_file(ClientEvent::DataFileUpdated { origin, date_modified, replaced });
    }

    pub(super) fn wants_stream(&self) -> bool {
        self.file.load().as_deref().is_some_and(|file| file.settings.real_time_update)
    }
}
