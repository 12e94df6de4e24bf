//! How a client is set up: in code, from a file, or both.

mod check;
mod differences;
mod file;
mod own_log;
mod same_site;
mod secret;
mod settings;
mod short_lived;
mod size;
mod span;
mod stores;
#[cfg(test)]
mod tests;
mod tls;

pub(crate) use check::is_host;
#[cfg(fuzzing)]
pub(crate) use file::parse_configuration;
pub use same_site::SameSite;
pub(crate) use secret::Secret;
pub(crate) use settings::Settings;
pub use tls::{TlsProvider, TlsRoots};

use crate::error::Result;
use crate::logging::log_warning;
use size::Size;
use span::Span;
use std::path::PathBuf;
use std::time::Duration;

/// Where the configuration file is looked for when no other path is given.
pub const DEFAULT_CONFIG_PATH: &str = "/etc/kameleoon/client-rust.yaml";

/// What the log says of a key that the documentation has deprecated.
const MULTI_THREADING: &str =
    "configuration key `multi_threading`: is deprecated and changes nothing; leave it out";

/// How a client is set up.
///
/// Made in code with [`new`](Self::new), or read from a file with
/// [`read_from_yaml`](Self::read_from_yaml); either way the setters change it further. A setter that
/// gets a value out of its bounds corrects it, which the log is told when a client is made of it, as
/// warnings; what cannot be corrected is an error then. `Debug` shows every value except the secret and a proxy's URL.
///
/// ```
/// use kameleoon::KameleoonClientConfig;
///
/// let config = KameleoonClientConfig::new("client-id", "client-secret")
///     .refresh_interval_minute(15)
///     .top_level_domain("example.com")
///     .environment("staging");
/// assert!(!format!("{config:?}").contains("client-secret"));
/// ```
#[doc(alias = "KameleoonClientConfigBuilder")]
#[derive(Clone)]
#[must_use]
pub struct KameleoonClientConfig {
    settings: Settings,
    /// What was corrected. Kept until a client is made: the program may set its logger after this.
    notes: Vec<String>,
}

/// Whether the settings are the same, however they came about.
impl PartialEq for KameleoonClientConfig {
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
    }
}

impl Eq for KameleoonClientConfig {}

impl std::fmt::Debug for KameleoonClientConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Addresses with a password in them are refused, but shown before anybody has looked.
        let mut shown = self.settings.clone();
        let addresses = [
            &mut shown.top_level_domain,
            &mut shown.network_domain,
            &mut shown.configuration_url,
            &mut shown.data_api_url,
            &mut shown.automation_url,
            &mut shown.events_url,
        ];
        addresses.into_iter().flatten().for_each(secret::hide_credentials);
        f.debug_tuple("KameleoonClientConfig").field(&shown).finish()
    }
}

impl KameleoonClientConfig {
    /// A configuration with these API credentials and the default of everything else.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self { settings: Settings::new(client_id.into(), Secret::new(client_secret)), notes: Vec::new() }
    }

    /// The id of the API credentials.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.settings.client_id = client_id.into();
        self
    }

    /// The secret of the API credentials. It is sent to the platform's token service and shown
    /// nowhere.
    pub fn client_secret(mut self, client_secret: impl Into<String>) -> Self {
        self.settings.client_secret = Secret::new(client_secret);
        self
    }

    /// How often the data file is fetched, in minutes, while it is not streamed. Defaults to 60,
    /// which zero and negative numbers stand for too; at most 366 days.
    pub fn refresh_interval_minute(mut self, minutes: i64) -> Self {
        self.settings.refresh_interval = self.told(span::REFRESH_INTERVAL.of_number(minutes));
        self
    }

    /// [`refresh_interval_minute`](Self::refresh_interval_minute) in any unit.
    pub fn refresh_interval(mut self, interval: Duration) -> Self {
        self.settings.refresh_interval = self.settled(&span::REFRESH_INTERVAL, interval);
        self
    }

    /// How long a visitor and its data are kept in memory after their last use, in minutes.
    /// Defaults to 30, which zero and negative numbers stand for too; at most 3,660 days.
    pub fn session_duration_minute(mut self, minutes: i64) -> Self {
        self.settings.session_duration = self.told(span::SESSION_DURATION.of_number(minutes));
        self
    }

    /// [`session_duration_minute`](Self::session_duration_minute) in any unit.
    pub fn session_duration(mut self, duration: Duration) -> Self {
        self.settings.session_duration = self.settled(&span::SESSION_DURATION, duration);
        self
    }

    /// How long a request may take as a whole, in milliseconds, unless a call says otherwise.
    /// Defaults to 10,000, which zero and negative numbers stand for too; at most a day.
    pub fn default_timeout_millisecond(mut self, milliseconds: i64) -> Self {
        self.settings.default_timeout = self.told(span::DEFAULT_TIMEOUT.of_number(milliseconds));
        self
    }

    /// [`default_timeout_millisecond`](Self::default_timeout_millisecond) in any unit.
    pub fn default_timeout(mut self, timeout: Duration) -> Self {
        self.settings.default_timeout = self.settled(&span::DEFAULT_TIMEOUT, timeout);
        self
    }

    /// The time between two tracking requests, in milliseconds, 100 to 1,000; what is outside is
    /// moved to the nearer end. Defaults to 1,000.
    pub fn tracking_interval_millisecond(mut self, milliseconds: i64) -> Self {
        self.settings.tracking_interval = self.told(span::TRACKING_INTERVAL.of_number(milliseconds));
        self
    }

    /// [`tracking_interval_millisecond`](Self::tracking_interval_millisecond) in any unit.
    pub fn tracking_interval(mut self, interval: Duration) -> Self {
        self.settings.tracking_interval = self.settled(&span::TRACKING_INTERVAL, interval);
        self
    }

    /// The domain of the visitor code's cookie, such as `example.com`, without `https://` (which is
    /// taken off) or `www` (which stays, with a warning). Without one (the default) the cookie belongs
    /// to the very host that sets it, which a warning says at the first cookie. What is no domain, such
    /// as `localhost:3000`, is used as it is, with an error in the log; a name that is not ASCII is left
    /// out of the cookie, likewise.
    pub fn top_level_domain(mut self, domain: impl AsRef<str>) -> Self {
        self.settings.top_level_domain = domain_name(domain.as_ref());
        self
    }

    /// The environment whose flags are used, such as `staging`. Without one (the default) the
    /// platform answers for `production`.
    pub fn environment(mut self, environment: impl AsRef<str>) -> Self {
        self.settings.environment = given(environment.as_ref());
        self
    }

    /// Changes nothing, and logs a warning that says so: the client always has two threads for the
    /// network, and calls never wait for them.
    #[deprecated(note = "it changes nothing; leave it out")]
    pub fn multi_threading(mut self, _multi_threading: bool) -> Self {
        self.note(Some(MULTI_THREADING.to_owned()));
        self
    }

    /// A domain that stands in for the platform's hosts: `sdk-config.`, `data.`, `api.` and
    /// `events.` (port 8110) are put before it. Defaults to none.
    pub fn network_domain(mut self, domain: impl AsRef<str>) -> Self {
        self.settings.network_domain = domain_name(domain.as_ref());
        self
    }

    /// The base URL of the configuration service. Defaults to `https://sdk-config.kameleoon.eu`,
    /// or what follows from [`network_domain`](Self::network_domain).
    pub fn configuration_url(mut self, url: impl AsRef<str>) -> Self {
        self.settings.configuration_url = base_url(url.as_ref());
        self
    }

    /// The base URL of the data API (tracking and remote data). Defaults to
    /// `https://data.kameleoon.io`, then to what the data file says, or what follows from
    /// [`network_domain`](Self::network_domain); a URL given here always wins.
    pub fn data_api_url(mut self, url: impl AsRef<str>) -> Self {
        self.settings.data_api_url = base_url(url.as_ref());
        self
    }

    /// The base URL of the automation API (access tokens). Defaults to
    /// `https://api.kameleoon.com`, or what follows from [`network_domain`](Self::network_domain).
    pub fn automation_url(mut self, url: impl AsRef<str>) -> Self {
        self.settings.automation_url = base_url(url.as_ref());
        self
    }

    /// The base URL of the stream of configuration events. Defaults to
    /// `https://events.kameleoon.eu:8110`, or what follows from
    /// [`network_domain`](Self::network_domain).
    pub fn events_url(mut self, url: impl AsRef<str>) -> Self {
        self.settings.events_url = base_url(url.as_ref());
        self
    }

    /// The URL of an HTTP proxy, such as `http://user:password@proxy.example.com:3128`. Defaults
    /// to none: the variables `HTTP_PROXY` and the like are not read.
    pub fn proxy(mut self, url: impl AsRef<str>) -> Self {
        self.settings.proxy = given(url.as_ref()).map(Secret::new);
        self
    }

    /// How many visitors are kept in memory; past it the one used longest ago makes room.
    /// Defaults to 500,000, which 0 stands for too.
    pub fn max_visitors(mut self, visitors: usize) -> Self {
        self.settings.max_visitors = self.sized(&size::MAX_VISITORS, visitors);
        self
    }

    /// How many bytes targeting may read about one visitor; beyond it the oldest pages, then the
    /// oldest custom data are forgotten, counted as `profiles_cut` in
    /// [`tracking_stats`](crate::KameleoonClient::tracking_stats). What waits to be sent is not touched.
    /// Defaults to 262,144, which 0 stands for too; at least 4,096.
    pub fn max_visitor_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_visitor_bytes = self.sized(&size::MAX_VISITOR_BYTES, bytes);
        self
    }

    /// How many bytes may wait to be sent about one visitor; beyond it the oldest are given up and
    /// counted. Defaults to 16,777,216, which 0 stands for too; at least 4,096.
    pub fn max_visitor_unsent_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_visitor_unsent_bytes = self.sized(&size::MAX_VISITOR_UNSENT_BYTES, bytes);
        self
    }

    /// About how many bytes all visitors may take together; beyond it those used longest ago make
    /// room, as with [`max_visitors`](Self::max_visitors). Defaults to 536,870,912, which 0 stands
    /// for too; at least 4,096.
    pub fn max_store_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_store_bytes = self.sized(&size::MAX_STORE_BYTES, bytes);
        self
    }

    /// The delay before a failed tracking request is repeated, in milliseconds. Defaults to
    /// 5,000, which zero and negative numbers stand for too; at most a day.
    pub fn tracking_retry_delay_millisecond(mut self, milliseconds: i64) -> Self {
        self.settings.tracking_retry_delay = self.told(span::TRACKING_RETRY_DELAY.of_number(milliseconds));
        self
    }

    /// [`tracking_retry_delay_millisecond`](Self::tracking_retry_delay_millisecond) in any unit.
    pub fn tracking_retry_delay(mut self, delay: Duration) -> Self {
        self.settings.tracking_retry_delay = self.settled(&span::TRACKING_RETRY_DELAY, delay);
        self
    }

    /// How long `forget` may take to send what is unsent, in milliseconds.
    /// Defaults to 2,000, which negative numbers stand for too; 0 means not to wait; at most a
    /// day. An explicit `close` has its own timeout.
    pub fn close_timeout_millisecond(mut self, milliseconds: i64) -> Self {
        self.settings.close_timeout = self.told(span::CLOSE_TIMEOUT.of_number(milliseconds));
        self
    }

    /// [`close_timeout_millisecond`](Self::close_timeout_millisecond) in any unit.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.settings.close_timeout = self.settled(&span::CLOSE_TIMEOUT, timeout);
        self
    }

    /// A file in which the last good data file is kept, for a start while the platform cannot be
    /// reached, or need not be asked ([`data_file_fresh_for`](Self::data_file_fresh_for)). It is
    /// readable for its user alone. Defaults to none.
    pub fn data_file_cache(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.settings.data_file_cache = (!path.as_os_str().is_empty()).then_some(path);
        self
    }

    /// For how long the [copy](Self::data_file_cache) need not be asked for, in minutes, counted from
    /// when the platform last said that it is the newest: a start within that time makes no request
    /// and opens no stream before the time is over. An older copy is in use at once too, and asked
    /// for while the program runs. Defaults to 0, which negative numbers stand for too: each start
    /// asks; at most 366 days.
    ///
    /// What it costs: a flag that was switched off on the platform stays on for that long.
    pub fn data_file_fresh_for_minute(mut self, minutes: i64) -> Self {
        self.settings.data_file_fresh_for = self.told(span::DATA_FILE_FRESH_FOR.of_number(minutes));
        self
    }

    /// [`data_file_fresh_for_minute`](Self::data_file_fresh_for_minute) in any unit.
    pub fn data_file_fresh_for(mut self, time: Duration) -> Self {
        self.settings.data_file_fresh_for = self.settled(&span::DATA_FILE_FRESH_FOR, time);
        self
    }

    /// How old the [copy](Self::data_file_cache) may be to be used at a start, in minutes; an older
    /// one, or one whose age the clock contradicts, is left alone until the platform answers.
    /// Defaults to any age, which zero and negative numbers stand for too.
    pub fn data_file_max_age_minute(mut self, minutes: i64) -> Self {
        let age = self.told(span::DATA_FILE_MAX_AGE.of_number(minutes));
        self.settings.data_file_max_age = span::DATA_FILE_MAX_AGE.bound(age);
        self
    }

    /// [`data_file_max_age_minute`](Self::data_file_max_age_minute) in any unit.
    pub fn data_file_max_age(mut self, age: Duration) -> Self {
        let age = self.settled(&span::DATA_FILE_MAX_AGE, age);
        self.settings.data_file_max_age = span::DATA_FILE_MAX_AGE.bound(age);
        self
    }

    /// After how many milliseconds without a byte a stream counts as dead. Defaults to 120,000,
    /// which zero and negative numbers stand for too; at most a day.
    pub fn stream_idle_timeout_millisecond(mut self, milliseconds: i64) -> Self {
        self.settings.stream_idle_timeout = self.told(span::STREAM_IDLE_TIMEOUT.of_number(milliseconds));
        self
    }

    /// [`stream_idle_timeout_millisecond`](Self::stream_idle_timeout_millisecond) in any unit.
    pub fn stream_idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.stream_idle_timeout = self.settled(&span::STREAM_IDLE_TIMEOUT, timeout);
        self
    }

    /// The first delay before a lost stream is opened again, in milliseconds; later ones grow.
    /// Defaults to 3,000, which zero and negative numbers stand for too; at most a day.
    pub fn stream_retry_delay_millisecond(mut self, milliseconds: i64) -> Self {
        self.settings.stream_retry_delay = self.told(span::STREAM_RETRY_DELAY.of_number(milliseconds));
        self
    }

    /// [`stream_retry_delay_millisecond`](Self::stream_retry_delay_millisecond) in any unit.
    pub fn stream_retry_delay(mut self, delay: Duration) -> Self {
        self.settings.stream_retry_delay = self.settled(&span::STREAM_RETRY_DELAY, delay);
        self
    }

    /// What the fetch after an event of the stream waits at most, in milliseconds: each client waits
    /// a random part of it, so that all servers of a site do not ask in the same instant. Defaults
    /// to 2,000, which negative numbers stand for too; 0 means at once; at most a day.
    pub fn update_spread_millisecond(mut self, milliseconds: i64) -> Self {
        self.settings.update_spread = self.told(span::UPDATE_SPREAD.of_number(milliseconds));
        self
    }

    /// [`update_spread_millisecond`](Self::update_spread_millisecond) in any unit.
    pub fn update_spread(mut self, spread: Duration) -> Self {
        self.settings.update_spread = self.settled(&span::UPDATE_SPREAD, spread);
        self
    }

    /// Whether the visitor code's cookie has the attribute `Secure`. Defaults to true: browsers
    /// then never send it over plain HTTP. For development on a plain-HTTP host other than
    /// `localhost` switch it off, or the browser drops the cookie and every page sees a new visitor.
    pub fn cookie_secure(mut self, secure: bool) -> Self {
        self.settings.cookie_secure = secure;
        self
    }

    /// The attribute `SameSite` of the visitor code's cookie. Defaults to [`SameSite::Lax`].
    pub fn cookie_same_site(mut self, same_site: SameSite) -> Self {
        self.settings.cookie_same_site = same_site;
        self
    }

    /// Whether each response sets the visitor code's cookie, also for a code that came from the
    /// cookie, so that its 380 days begin anew with each visit. Defaults to false, as the platform's
    /// SDKs behave: a browser that visits daily loses its code 380 days after the first visit. Where
    /// the site requires consent, the cookie is renewed only of visitors who are known to have given
    /// it. A response that sets a cookie is kept out of shared caches.
    pub fn renew_cookie(mut self, renew: bool) -> Self {
        self.settings.renew_cookie = renew;
        self
    }

    /// The TLS library. Defaults to rustls, whatever is compiled in. A choice that is not compiled
    /// in is an error when the client is created, unless no address begins with `https:`.
    pub fn tls_provider(mut self, provider: TlsProvider) -> Self {
        self.settings.tls_provider = provider;
        self
    }

    /// The root certificates that are trusted. Defaults to [`TlsRoots::WebPki`].
    pub fn tls_roots(mut self, roots: TlsRoots) -> Self {
        self.settings.tls_roots = roots;
        self
    }

    /// Sends tracking requests only when a test says so: at
    /// [`end_tracking_interval`](crate::testing::end_tracking_interval) and at flushes that do not
    /// wait for the interval.
    #[cfg(feature = "testing")]
    pub fn manual_tracking(mut self) -> Self {
        self.settings.manual_tracking = true;
        self
    }

    /// Tells the log what was corrected.
    pub(crate) fn tell_notes(&self) {
        for note in &self.notes {
            log_warning!("{note}");
        }
        check::tell_of_cookie_domain(self.settings.top_level_domain.as_deref().unwrap_or_default());
    }

    fn settled(&mut self, span: &Span, value: Duration) -> Duration {
        self.told(span.of_duration(value))
    }

    fn told(&mut self, (value, note): (Duration, Option<String>)) -> Duration {
        self.note(note);
        value
    }

    fn sized(&mut self, size: &Size, value: usize) -> usize {
        let (value, note) = size.settle(value as u64);
        self.note(note);
        usize::try_from(value).unwrap_or(usize::MAX)
    }

    fn note(&mut self, note: Option<String>) {
        // Once, however often a setter is called.
        self.notes.extend(note.filter(|note| !self.notes.contains(note)));
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Checks what must hold before a client is made: credentials, names of domains, URLs, and
    /// what browsers demand of the cookie.
    pub(crate) fn validate(&self) -> Result<()> {
        check::check(&self.settings)
    }
}

/// The text without white space around it, if anything is left.
fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn domain_name(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let name = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(&text);
    given(name.trim_end_matches('/'))
}

fn base_url(text: &str) -> Option<String> {
    given(text.trim().trim_end_matches('/'))
}
