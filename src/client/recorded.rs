//! The client of the testing kit: no network, and whoever tests takes in what is sent.

use std::sync::Arc;

use super::KameleoonClient;
use super::runtime::Runtime;
use crate::clock::Clock;
use crate::config::KameleoonClientConfig;
use crate::decision::datafile::DataFile;
use crate::error::Result;
use crate::platform::cell::ConfigCell;
use crate::platform::events::{ClientEvent, DataFileOrigin};
use crate::platform::tracking::{Tracker, Transport};
use crate::visitor::VisitorStore;

/// Where nothing answers, should anything be asked after all; and no TLS is needed for it.
const NOWHERE: &str = "http://offline.invalid";

impl KameleoonClient {
    /// A client without a network that sends only when a test says so.
    pub(crate) fn without_network<T: Transport + 'static>(
        data_file: String,
        config: KameleoonClientConfig,
        clock: Clock,
        transport: impl FnOnce(&Arc<ConfigCell>) -> T,
    ) -> Result<Self> {
        let speaker = config.speaker("");
        let _speaking = speaker.enter();
        let file = DataFile::parse(data_file.as_bytes())?;
        let mut settings = config.settings().clone();
        settings.manual_tracking = true;
        for url in [
            &mut settings.configuration_url,
            &mut settings.data_api_url,
            &mut settings.automation_url,
            &mut settings.events_url,
        ] {
            *url = Some(NOWHERE.to_owned());
        }
        let (core, runtime) = Runtime::start_without_network(settings, clock, file, transport)?;
        Ok(Self::from_parts(core, Some(runtime)))
    }

    /// The visitors and the tracker of a client that tracks.
    pub(crate) fn insides(&self) -> (Arc<VisitorStore>, Option<Arc<Tracker>>) {
        (Arc::clone(&self.core.visitors), self.core.tracker.clone())
    }

    #[cfg(fuzzing)]
    pub(crate) fn core(&self) -> &super::core::Core {
        &self.core
    }

    /// Puts another data file in use.
    pub(crate) fn replace_data_file(&self, data_file: String) -> Result<()> {
        let file = DataFile::parse(data_file.as_bytes())?;
        self.core.file.replace(file);
        Ok(())
    }

    /// Tells the handlers that a data file came by streaming.
    pub(crate) fn announce_data_file(&self) {
        let date_modified = self.core.file.load().as_deref().map_or(0, |file| file.date_modified);
        if let Some(runtime) = &self.runtime {
            let origin = DataFileOrigin::Streaming;
            let event = ClientEvent::DataFileUpdated { origin, date_modified, replaced: true };
            runtime.platform.events.emit_file(event);
        }
    }
}
