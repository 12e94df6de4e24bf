//! A client without a network.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use super::KameleoonClient;
use super::bounds::store_bounds;
use super::core::Core;
use crate::clock::{self, Clock};
use crate::config::KameleoonClientConfig;
use crate::decision::datafile::DataFile;
use crate::error::{KameleoonError, Result};
use crate::platform::cell::ConfigCell;
use crate::platform::updater::data_file_in;
use crate::visitor::VisitorStore;

impl KameleoonClient {
    /// A client built from the text of a data file, without any network: the whole evaluation,
    /// nothing fetched and nothing sent. For tests, tools and batch jobs.
    ///
    /// # Errors
    /// [`KameleoonError::DataFileInvalid`] when the text is no JSON object.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// use kameleoon::KameleoonClient;
    ///
    /// let client = KameleoonClient::offline(
    ///     r#"{"featureFlags": [{"featureKey": "banner", "environmentEnabled": true,
    ///         "defaultVariationKey": "on", "variations": [{"key": "on"}]}]}"#,
    /// )?;
    /// assert!(client.is_feature_active("visitor", "banner")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn offline(data_file: impl AsRef<[u8]>) -> Result<Self> {
        Self::offline_with(data_file, KameleoonClientConfig::new("", ""))
    }

    /// A client as [`offline`](Self::offline) makes it, from a file on disk: a data file as the
    /// platform sends it, or a copy that a client keeps as
    /// [`data_file_cache`](KameleoonClientConfig::data_file_cache), of whatever site.
    ///
    /// # Errors
    /// [`KameleoonError::System`] when the file cannot be read, [`KameleoonError::DataFileInvalid`]
    /// when it holds no JSON object, or is a copy that is damaged.
    pub fn offline_from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read(path).map_err(|error| KameleoonError::System {
            reason: format!("the data file `{}` cannot be read: {error}", path.display()),
        })?;
        let data_file = data_file_in(&text).map_err(|reason| KameleoonError::DataFileInvalid {
            reason: format!("`{}` is a copy that cannot be used: {reason}", path.display()),
        })?;
        Self::offline(data_file)
    }

    /// A client as [`offline`](Self::offline) makes it, with the session duration, the number of
    /// visitors and the cookie settings of a configuration; no credentials are needed.
    ///
    /// # Errors
    /// [`KameleoonError::DataFileInvalid`] when the text is no JSON object.
    pub fn offline_with(data_file: impl AsRef<[u8]>, config: KameleoonClientConfig) -> Result<Self> {
        let speaker = config.speaker("");
        let _speaking = speaker.enter();
        let file = DataFile::parse(data_file.as_ref())?;
        config.tell_notes();
        let (settings, clock) = (config.settings().clone(), Clock::System);
        let visitors = VisitorStore::new(store_bounds(&settings), settings.session_duration, clock.clone())
            .sweeping_itself();
        let core = Core {
            settings,
            clock,
            calendar: clock::calendar(),
            file: Arc::new(ConfigCell::new(Some(file))),
            visitors: Arc::new(visitors),
            tracker: None,
            evaluations: Arc::default(),
            site_code: Box::default(),
            speaker: speaker.clone(),
            told_of_domain: AtomicBool::new(false),
            watch: None,
            local_code: OnceLock::new(),
        };
        Ok(Self::from_parts(core, None))
    }
}
