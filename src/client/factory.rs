//! One client per site and environment.

use std::collections::HashMap;
use std::path::Path;

use parking_lot::Mutex;

use crate::client::KameleoonClient;
use crate::config::{DEFAULT_CONFIG_PATH, KameleoonClientConfig};
use crate::error::{KameleoonError, RequestFailure, RequestKind, Result};
use crate::fleet::MAX_DATA_FILE;
use crate::logging::{Voices, log_rarely_by};
use crate::platform::access::Platform;
use crate::platform::tracking::FlushReport;

static CLIENTS: Mutex<Option<HashMap<Key, KameleoonClient>>> = Mutex::new(None);

/// What a client is kept under.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    site_code: String,
    environment: String,
}

impl Key {
    fn new(site_code: &str, config: &KameleoonClientConfig) -> Self {
        // The environment that the platform answers for when none is named.
        const USUAL: &str = "production";
        let environment = config.settings().environment.as_deref().unwrap_or(USUAL);
        Self { site_code: site_code.to_owned(), environment: environment.to_owned() }
    }
}

/// Makes clients and keeps them, one per site code and environment.
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
    /// The client of a site and an environment: the one that is there already, or a new one, which
    /// begins to fetch its data file at once. One that was closed makes room for a new one.
    ///
    /// A client that is there already keeps the configuration it was made with. When this one is
    /// another, a warning in the log names the keys that differ; [`KameleoonClient::new`] makes a
    /// client of its own.
    ///
    /// # Errors
    /// [`SiteCodeIsEmpty`](KameleoonError::SiteCodeIsEmpty),
    /// [`ConfigCredentialsInvalid`](KameleoonError::ConfigCredentialsInvalid),
    /// [`ConfigInvalid`](KameleoonError::ConfigInvalid),
    /// [`System`](KameleoonError::System) when a thread cannot be started.
    pub fn create(site_code: &str, config: KameleoonClientConfig) -> Result<KameleoonClient> {
        if site_code.is_empty() {
            return Err(KameleoonError::SiteCodeIsEmpty);
        }
        let key = Key::new(site_code, &config);
        let client = CLIENTS.lock().as_ref().and_then(|clients| in_use(clients, &key));
        if let Some(client) = client {
            warn_if_other(&client, &key, &config);
            return Ok(client);
        }
        // Outside of the lock: what is wrong may be logged, and a logger may come back here.
        config.validate()?;
        // Held while the client is made, so that two threads do not make two.
        let mut guard = CLIENTS.lock();
        let clients = guard.get_or_insert_default();
        if let Some(client) = in_use(clients, &key) {
            drop(guard);
            warn_if_other(&client, &key, &config);
            return Ok(client);
        }
        let client = KameleoonClient::start(site_code, &config)?;
        let former = clients.insert(key, client.clone());
        // Outside of the lock: what a client lets go of with its last handle is the program's.
        drop(guard);
        drop(former);
        client.tell_notes(&config);
        Ok(client)
    }

    /// [`create`](Self::create) with a configuration file, which is read each time: it says which
    /// environment is meant.
    ///
    /// # Errors
    /// Those of [`create`](Self::create) and of
    /// [`read_from_yaml`](KameleoonClientConfig::read_from_yaml).
    #[doc(alias = "config_path")]
    pub fn create_from_file(site_code: &str, path: impl AsRef<Path>) -> Result<KameleoonClient> {
        if site_code.is_empty() {
            return Err(KameleoonError::SiteCodeIsEmpty);
        }
        Self::create(site_code, KameleoonClientConfig::read_from_yaml(path)?)
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

    /// Releases the clients of a site, of whatever environment, and closes them, one after the
    /// other: what is unsent is sent within each one's close timeout, and its threads end. Handles
    /// that are left evaluate from memory. None when there is no such client. To end the client of
    /// one environment, [`close`](KameleoonClient::close) it.
    pub fn forget(site_code: &str) -> Option<FlushReport> {
        // Closed outside of the lock: others need not wait.
        let reports = Self::release(site_code).into_iter().map(|client| client.close(client.close_timeout()));
        reports.reduce(FlushReport::and)
    }

    /// Takes the clients of a site out of the factory.
    pub(crate) fn release(site_code: &str) -> Vec<KameleoonClient> {
        let mut guard = CLIENTS.lock();
        let Some(clients) = guard.as_mut() else { return Vec::new() };
        let (released, kept): (HashMap<_, _>, _) =
            clients.drain().partition(|(key, _)| key.site_code == site_code);
        *clients = kept;
        released.into_values().collect()
    }

    /// Takes all clients out of the factory.
    pub(super) fn release_all() -> Vec<KameleoonClient> {
        CLIENTS.lock().take().map(|clients| clients.into_values().collect()).unwrap_or_default()
    }
}

/// The client that is kept, unless it was closed, or belongs to the process that this one was forked
/// from: its threads did not come along.
fn in_use(clients: &HashMap<Key, KameleoonClient>, key: &Key) -> Option<KameleoonClient> {
    clients.get(key).filter(|client| !client.is_closed() && client.is_of_this_process()).cloned()
}

/// Tells when a client that is there already was made with another configuration.
fn warn_if_other(client: &KameleoonClient, key: &Key, config: &KameleoonClientConfig) {
    static TOLD: Voices = Voices::new();
    let keys = client.keys_that_differ(config);
    if keys.is_empty() {
        return;
    }
    let keys: Vec<String> = keys.into_iter().map(|key| format!("`{key}`")).collect();
    let text = format!(
        "site `{}`: `create` gives the client that is there already for the environment `{}`; it keeps its \
         own configuration, and the new values of {} are not used: make it once, or see `KameleoonClient::new`",
        key.site_code,
        key.environment,
        keys.join(", ")
    );
    let _speaking = client.core.speaker.enter();
    log_rarely_by!(TOLD, &text, Warning, "{text}");
}
