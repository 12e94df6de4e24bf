//! The values of a configuration, as the rest of the crate reads them.

use super::same_site::SameSite;
use super::secret::Secret;
use super::span;
use super::tls::{TlsProvider, TlsRoots};
use crate::fleet::{DataFileStore, Shelf, VisitorDataStore};
use crate::logging::{LogLevel, OwnLogger};
use std::path::PathBuf;
use std::time::Duration;

/// How many visitors are kept unless the configuration says otherwise.
pub(super) const DEFAULT_MAX_VISITORS: usize = 500_000;

/// How many bytes conditions may read about one visitor.
pub(super) const DEFAULT_MAX_VISITOR_BYTES: usize = 256 * 1024;
/// How many bytes may wait to be sent about one visitor.
pub(super) const DEFAULT_MAX_VISITOR_UNSENT_BYTES: usize = 16 * 1024 * 1024;
/// How many bytes all visitors may take.
pub(super) const DEFAULT_MAX_STORE_BYTES: usize = 512 * 1024 * 1024;

/// How many bytes the spool may take.
pub(super) const DEFAULT_SPOOL_BYTES: u64 = 8 * 1024 * 1024;

/// Every value in its final form: corrected, in its bounds, normalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    pub(crate) refresh_interval: Duration,
    pub(crate) session_duration: Duration,
    pub(crate) default_timeout: Duration,
    pub(crate) tracking_interval: Duration,
    /// Lower case, without scheme; a leading dot stays. `None` when not given.
    pub(crate) top_level_domain: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) network_domain: Option<String>,
    /// Base URLs without a slash at the end.
    pub(crate) configuration_url: Option<String>,
    pub(crate) data_api_url: Option<String>,
    pub(crate) automation_url: Option<String>,
    pub(crate) events_url: Option<String>,
    /// A URL that may hold credentials.
    pub(crate) proxy: Option<Secret>,
    pub(crate) max_visitors: usize,
    pub(crate) max_visitor_bytes: usize,
    pub(crate) max_visitor_unsent_bytes: usize,
    pub(crate) max_store_bytes: usize,
    pub(crate) tracking_retry_delay: Duration,
    pub(crate) close_timeout: Duration,
    /// The folder for lines that cannot be sent in time.
    pub(crate) tracking_spool: Option<PathBuf>,
    pub(crate) tracking_spool_max_bytes: u64,
    pub(crate) tracking_spool_max_age: Duration,
    /// Its files are forced to the disk.
    pub(crate) tracking_spool_sync: bool,
    /// Lines are put there before each request.
    pub(crate) tracking_spool_before_sending: bool,
    pub(crate) data_file_cache: Option<PathBuf>,
    /// The file of the visitor code of this program's user.
    pub(crate) visitor_code_file: Option<PathBuf>,
    /// A copy that is younger need not be asked for.
    pub(crate) data_file_fresh_for: Duration,
    /// A copy that is older is not used; `None` for any age.
    pub(crate) data_file_max_age: Option<Duration>,
    pub(crate) stream_idle_timeout: Duration,
    pub(crate) stream_retry_delay: Duration,
    /// What the fetch after an event of the stream waits at most, at random.
    pub(crate) update_spread: Duration,
    pub(crate) cookie_secure: bool,
    pub(crate) cookie_same_site: SameSite,
    /// A code that came from the cookie is written again.
    pub(crate) renew_cookie: bool,
    pub(crate) tls_provider: TlsProvider,
    pub(crate) tls_roots: TlsRoots,
    /// Where servers keep what they know of visitors for each other.
    pub(crate) visitor_store: Option<Shelf<dyn VisitorDataStore>>,
    /// Where servers keep the data file for each other.
    pub(crate) data_file_store: Option<Shelf<dyn DataFileStore>>,
    /// In place of the process's.
    pub(crate) logger: Option<OwnLogger>,
    pub(crate) log_level: Option<LogLevel>,
    /// Tracking requests go out only when a test says so.
    pub(crate) manual_tracking: bool,
}

impl Settings {
    pub(super) fn new(client_id: String, client_secret: Secret) -> Self {
        Self {
            client_id,
            client_secret,
            refresh_interval: span::REFRESH_INTERVAL.default(),
            session_duration: span::SESSION_DURATION.default(),
            default_timeout: span::DEFAULT_TIMEOUT.default(),
            tracking_interval: span::TRACKING_INTERVAL.default(),
            top_level_domain: None,
            environment: None,
            network_domain: None,
            configuration_url: None,
            data_api_url: None,
            automation_url: None,
            events_url: None,
            proxy: None,
            max_visitors: DEFAULT_MAX_VISITORS,
            max_visitor_bytes: DEFAULT_MAX_VISITOR_BYTES,
            max_visitor_unsent_bytes: DEFAULT_MAX_VISITOR_UNSENT_BYTES,
            max_store_bytes: DEFAULT_MAX_STORE_BYTES,
            tracking_retry_delay: span::TRACKING_RETRY_DELAY.default(),
            close_timeout: span::CLOSE_TIMEOUT.default(),
            tracking_spool: None,
            tracking_spool_max_bytes: DEFAULT_SPOOL_BYTES,
            tracking_spool_max_age: span::TRACKING_SPOOL_MAX_AGE.default(),
            tracking_spool_sync: false,
            tracking_spool_before_sending: false,
            data_file_cache: None,
            visitor_code_file: None,
            data_file_fresh_for: span::DATA_FILE_FRESH_FOR.default(),
            data_file_max_age: None,
            stream_idle_timeout: span::STREAM_IDLE_TIMEOUT.default(),
            stream_retry_delay: span::STREAM_RETRY_DELAY.default(),
            update_spread: span::UPDATE_SPREAD.default(),
            cookie_secure: true,
            cookie_same_site: SameSite::default(),
            renew_cookie: false,
            tls_provider: TlsProvider::default(),
            tls_roots: TlsRoots::default(),
            visitor_store: None,
            data_file_store: None,
            logger: None,
            log_level: None,
            manual_tracking: false,
        }
    }
}
