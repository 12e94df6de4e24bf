//! One client per site.

use std::collections::HashMap;
use std::path::Path;

use parking_lot::Mutex;

use crate::client::KameleoonClient;
use crate::config::{DEFAULT_CONFIG_PATH, KameleoonClientConfig};
use crate::error::{KameleoonError, RequestFailure, RequestKind, Result};
use crate::logging::log_warning;
use crate::platform::access::Platform;
use crate::platform::tracking::FlushReport;
use crate::platform::updater::MAX_DATA_FILE;

static CLIENTS: Mutex<Option<HashMap<String, KameleoonClient>>> = Mutex::new(None);

/// Makes clients and keeps them, one per site code.
///
/// ```no_run
/// # fn main() -> kameleoon::Result<()> {
/// use std::time::Duration;
/// use kameleoon::{KameleoonClientConfig, KameleoonClientFactory};
///
/// // A file at the default path,
/// let client = KameleoonClientFactory::create_from_default_file("a8st4f59bj")?;
///
/// // a file adjusted in code,
/// let config = KameleoonClientConfig::read_from_yaml("/etc/shop/kameleoon.yaml")?
///     .top_level_domain("example.com");
/// let client = KameleoonClientFactory::create("a8st4f59bj", config)?;
///
/// // or code alone.
/// let config = KameleoonClientConfig::new("client-id", "client-secret").environment("staging");
/// let client = KameleoonClientFactory::create("a8st4f59bj", config)?;
/// client.wait_init(Duration::from_secs(5))?;
///
/// KameleoonClientFactory::forget("a8st4f59bj");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct KameleoonClientFactory;

impl KameleoonClientFactory {
    /// The client of a site: the one that is there already, whatever the configuration (a warning tells
    /// if another one was wanted; [`KameleoonClient::new`] makes a second client), or a new one, which begins to fetch its data file at once. One that was closed makes room for a new one.
    ///
    /// # Errors
    /// [`SiteCodeIsEmpty`](KameleoonError::SiteCodeIsEmpty),
    /// [`ConfigCredentialsInvalid`](KameleoonError::ConfigCredentialsInvalid),
    /// [`ConfigInvalid`](KameleoonError::ConfigInvalid),
    /// [`System`](KameleoonError::System) when a thread cannot be started.
    pub fn create(site_code: &str, config: KameleoonClientConfig) -> Result<KameleoonClient> {
        let client = Self::get_or_create(site_code, || Ok(config.clone()))?;
        if !client.is_made_with(&config) {
            log_warning!(
                "site `{site_code}` has a client already, with another configuration (environment, credentials \
                 or options); that one is given, and what differs is not used: see `KameleoonClient::new`"
            );
        }
        Ok(client)
    }

    /// [`create`](Self::create) with a configuration file.
    ///
    /// # Errors
    /// Those of [`create`](Self::create) and of
    /// [`read_from_yaml`](KameleoonClientConfig::read_from_yaml).
    pub fn create_from_file(site_code: &str, path: impl AsRef<Path>) -> Result<KameleoonClient> {
        Self::get_or_create(site_code, || KameleoonClientConfig::read_from_yaml(path.as_ref()))
    }

    /// [`create`](Self::create) with the configuration file at [`DEFAULT_CONFIG_PATH`].
    ///
    /// # Errors
    /// Those of [`create_from_file`](Self::create_from_file).
    pub fn create_from_default_file(site_code: &str) -> Result<KameleoonClient> {
        Self::create_from_file(site_code, DEFAULT_CONFIG_PATH)
    }

    /// Fetches the data file of a site once and gives its text, without making a client: to look at
    /// it, compare or keep it. No credentials are needed.
    ///
    /// # Errors
    /// [`SiteCodeIsEmpty`](KameleoonError::SiteCodeIsEmpty),
    /// [`ConfigInvalid`](KameleoonError::ConfigInvalid),
    /// [`Request`](KameleoonError::Request) when the platform gives none,
    /// [`DataFileInvalid`](KameleoonError::DataFileInvalid) when what it gives is no UTF-8.
    ///
    /// ```no_run
    /// # fn main() -> kameleoon::Result<()> {
    /// use kameleoon::{DataFileView, KameleoonClientConfig, KameleoonClientFactory};
    ///
    /// let config = KameleoonClientConfig::new("", "").environment("staging");
    /// let text = KameleoonClientFactory::fetch_data_file("a8st4f59bj", &config)?;
    /// println!("{} flags", DataFileView::parse(&text)?.flags().count());
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch_data_file(site_code: &str, config: &KameleoonClientConfig) -> Result<String> {
        if site_code.is_empty() {
            return Err(KameleoonError::SiteCodeIsEmpty);
        }
        // The data file is public: what stands for the credentials goes nowhere.
        config.clone().client_id("none").client_secret("none").validate()?;
        let platform = Platform::new(config.settings(), site_code)?;
        let endpoints = &platform.endpoints;
        let failed = |failure| {
            endpoints.failed(RequestKind::Configuration, failure, &endpoints.configuration_url(None))
        };
        let response = platform.fetch_data_file(None, None, MAX_DATA_FILE).map_err(failed)?;
        if !response.is_success() {
            return Err(failed(RequestFailure::Status(response.status)));
        }
        String::from_utf8(response.body)
            .map_err(|error| KameleoonError::DataFileInvalid { reason: format!("it is no UTF-8: {error}") })
    }

    fn get_or_create(
        site_code: &str,
        config: impl FnOnce() -> Result<KameleoonClientConfig>,
    ) -> Result<KameleoonClient> {
        if site_code.is_empty() {
            return Err(KameleoonError::SiteCodeIsEmpty);
        }
        if let Some(client) = CLIENTS.lock().as_ref().and_then(|clients| in_use(clients, site_code)) {
            return Ok(client);
        }
        // Outside of the lock: what is read may be logged, and a logger may come back here.
        let config = config()?;
        config.validate()?;
        if config.settings().top_level_domain.is_none() {
            log_warning!(
                "`top_level_domain` is not set: visitor code cookies are written for the answering host alone"
            );
        }
        // Held while the client is made, so that two threads do not make two.
        let mut guard = CLIENTS.lock();
        let clients = guard.get_or_insert_default();
        if let Some(client) = in_use(clients, site_code) {
            return Ok(client);
        }
        let client = KameleoonClient::start(site_code, &config)?;
        let former = clients.insert(site_code.to_owned(), client.clone());
        // Outside of the lock: what a client lets go of with its last handle is the program's.
        drop(guard);
        drop(former);
        Ok(client)
    }

    /// Releases the client of a site and closes it: what is unsent is sent within the configured
    /// close timeout, and its threads end. Handles that are left evaluate from memory. None when
    /// there is no such client.
    pub fn forget(site_code: &str) -> Option<FlushReport> {
        // Closed outside of the lock: others need not wait.
        Self::release(site_code).map(|client| client.close(client.close_timeout()))
    }

    /// Takes the client of a site out of the factory.
    pub(crate) fn release(site_code: &str) -> Option<KameleoonClient> {
        CLIENTS.lock().as_mut().and_then(|clients| clients.remove(site_code))
    }
}

/// The client of a site, unless it was closed, or belongs to the process that this one was forked
/// from: its threads did not come along.
fn in_use(clients: &HashMap<String, KameleoonClient>, site_code: &str) -> Option<KameleoonClient> {
    clients.get(site_code).filter(|client| !client.is_closed() && client.is_of_this_process()).cloned()
}
