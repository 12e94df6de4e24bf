//! The platform's HTTP interface as a server on the loopback, for development and tests.
//!
//! An [`Emulator`] serves the data file, tokens, visitor data, the data map and the event stream,
//! takes tracking requests, remembers what arrived, and lets any of it go wrong on demand. It
//! needs no account and no network. All services answer on one port:
//!
//! | route | answer |
//! |---|---|
//! | `GET /{siteCode}`, `GET /v3/{siteCode}` | the data file with a `Last-Modified`; 304 when the client has it already |
//! | `POST /oauth/token` | an access token |
//! | `POST /visit/events` | 200 with an empty body; the tracking lines are recorded |
//! | `GET /visit/visitor` | what [`set_visitor_data`](Emulator::set_visitor_data) stored for `visitorCode` or `mappingValue`, else `{}` |
//! | `GET /map/map` | what [`set_map`](Emulator::set_map) stored under `key`, else 404 |
//! | `GET /sse` | an event stream, fed by [`push_update`](Emulator::push_update) |
//!
//! ```
//! use std::io::{Read, Write};
//! use std::time::Duration;
//! use kameleoon::RequestKind;
//! use kameleoon::emulator::{Emulator, Fault, Times};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().data_file(r#"{"featureFlags": []}"#).start()?;
//! // One outage before the data file can be had.
//! emulator.fail(RequestKind::Configuration, Fault::status(503), Times::Once);
//!
//! for expected in ["HTTP/1.1 503", "HTTP/1.1 200"] {
//!     let mut socket = std::net::TcpStream::connect(("127.0.0.1", emulator.port()))?;
//!     socket.write_all(b"GET /v3/my_site HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
//!     let mut answer = String::new();
//!     socket.read_to_string(&mut answer)?;
//!     assert!(answer.starts_with(expected));
//! }
//! assert_eq!(emulator.count(RequestKind::Configuration), 2);
//! # Ok(())
//! # }
//! ```
//!
//! The emulator speaks plain HTTP, binds to `127.0.0.1` alone, checks no credentials and is no
//! server for production. Dropping it ends its threads and closes all its connections.

mod exchange;
mod faults;
mod http;
mod platform;
mod record;
mod routes;
mod server;
mod stream;
mod time;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use faults::{Fault, Times};
pub use record::{Log, Request, TrackingLine, TrackingTotals};

use crate::{KameleoonClientConfig, KameleoonError, RequestKind, Result};
use platform::{LineHook, Platform, RequestHook, Settings};
use routes::Content;
use server::Server;

/// The platform on a port of this machine; see the [module](self).
pub struct Emulator {
    server: Server,
    platform: Arc<Platform>,
    url: String,
}

impl Emulator {
    /// Starts an emulator on a free port, without a data file.
    ///
    /// # Errors
    /// [`KameleoonError::System`] when no port can be opened or no thread started.
    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    /// An emulator with settings of its own.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// The base URL of every service, such as `http://127.0.0.1:40123`, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a client needs to talk to this emulator and to nothing else: made-up credentials and
    /// the four base URLs. Setters change it further.
    ///
    /// ```
    /// use kameleoon::emulator::Emulator;
    /// # fn main() -> kameleoon::Result<()> {
    /// let emulator = Emulator::start()?;
    /// let config = emulator.client_config().tracking_interval_millisecond(100);
    /// # Ok(())
    /// # }
    /// ```
    pub fn client_config(&self) -> KameleoonClientConfig {
        KameleoonClientConfig::new("emulator", "emulator")
            .configuration_url(&self.url)
            .data_api_url(&self.url)
            .automation_url(&self.url)
            .events_url(&self.url)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// Replaces the data file. The text is served as it is, under a `Last-Modified` of its own;
    /// `null` makes the platform answer 500, as it does before there is a data file.
    pub fn set_data_file(&self, json: impl Into<String>) {
        let json = json.into();
        self.platform.content(|content| content.set_data_file(json));
    }

    /// Sets what is known about a visitor code or mapping value.
    ///
    /// The text is served as it is; `{"$status": 500}` stands for an answer with that status.
    pub fn set_visitor_data(&self, code: impl Into<String>, json: impl Into<String>) {
        let (code, json) = (code.into(), json.into());
        self.platform.content(|content| content.set_visitor_data(code, json));
    }

    /// Sets the value of a key of the data map.
    ///
    /// The text is served as it is; `{"$status": 500}` stands for an answer with that status.
    pub fn set_map(&self, key: impl Into<String>, json: impl Into<String>) {
        let (key, json) = (key.into(), json.into());
        self.platform.content(|content| content.set_map(key, json));
    }

    /// Sets the token that is given out from now on, and its life, of which whole seconds count.
    /// Defaults to `tok-0123456789` and two hours.
    pub fn set_token(&self, token: &str, life: Duration) {
        self.platform.content(|content| content.set_token(token, life));
    }

    /// Sets the statuses of the next tracking requests, in order; those after them get 200. A
    /// request that meets a fault without a right answer in it takes no status from the list.
    pub fn tracking_statuses(&self, statuses: impl IntoIterator<Item = u16>) {
        let statuses = statuses.into_iter().collect();
        self.platform.content(|content| content.set_tracking_statuses(statuses));
    }

    /// Lets the next requests of a kind fail. Faults of one kind wait in a queue.
    ///
    /// ```
    /// use kameleoon::RequestKind;
    /// use kameleoon::emulator::{Emulator, Fault, Times};
    /// # fn main() -> kameleoon::Result<()> {
    /// let emulator = Emulator::start()?;
    /// emulator.fail(RequestKind::Tracking, Fault::CloseWithoutAnswer, Times::Count(2));
    /// emulator.fail(RequestKind::Tracking, Fault::status_with(429, [("Retry-After", "1")]), Times::Once);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fail(&self, kind: RequestKind, fault: Fault, times: Times) {
        self.platform.faults(|faults| faults.push(kind, fault, times));
    }

    /// Takes all waiting faults back. An answer that is failing already goes on failing.
    pub fn clear_faults(&self) {
        self.platform.faults(|faults| faults.clear());
    }

    /// Announces a data file to every open stream, with its timestamp in milliseconds since the
    /// epoch; gives the number of streams that took it. It does not replace the data file.
    pub fn push_update(&self, ts: i64) -> usize {
        self.push_event("configuration-update-event", &format!(r#"{{"ts": {ts}}}"#))
    }

    /// Sends an event of any name to every open stream; gives the number of streams that took it.
    pub fn push_event(&self, name: &str, data: &str) -> usize {
        self.push_raw(&format!("event: {name}\ndata: {data}\n\n"))
    }

    /// Sends any text to every open stream, as it is; gives the number of streams that took it.
    pub fn push_raw(&self, text: &str) -> usize {
        self.platform.streams().iter().filter(|stream| stream.send(text)).count()
    }

    /// How many event streams are open.
    pub fn open_streams(&self) -> usize {
        self.platform.log(|log| log.open_streams())
    }

    /// Breaks every open stream off, without the end that a stream has in good order.
    pub fn drop_streams(&self) {
        self.platform.streams().iter().for_each(|stream| stream.close());
    }

    /// Plays an outage: closes every connection and the port, so that new ones are refused.
    pub fn pause(&self) {
        self.server.close();
    }

    /// Ends an outage: opens the same port again.
    ///
    /// # Errors
    /// [`KameleoonError::System`] when another program took the port meanwhile.
    pub fn resume(&self) -> Result<()> {
        self.server.reopen().map_err(|error| KameleoonError::System {
            reason: format!("the emulator cannot open {} again: {error}", self.url),
        })
    }

    /// The requests that arrived and are kept, oldest first.
    pub fn requests(&self) -> Vec<Arc<Request>> {
        self.platform.log(|log| log.shared_requests())
    }

    /// The tracking lines that were accepted, oldest first; empty when bodies are not kept.
    pub fn tracking_lines(&self) -> Vec<TrackingLine> {
        // Decoded without the lock, which would hold up the connections.
        record::accepted_lines(self.requests().iter().map(AsRef::as_ref))
    }

    /// What all tracking requests together brought.
    pub fn tracking_totals(&self) -> TrackingTotals {
        self.platform.log(|log| log.tracking_totals())
    }

    /// How many requests of a kind arrived, kept or not.
    pub fn count(&self, kind: RequestKind) -> usize {
        self.platform.log(|log| log.count(kind))
    }

    /// Forgets the requests, counts and totals.
    pub fn clear_requests(&self) {
        self.platform.log(Log::clear);
    }

    /// Waits until a condition holds, and says whether it does; `timeout` is the longest wait.
    ///
    /// The condition is asked at once and after every request or change of the open streams. It
    /// reads the log that it is given: a call on the emulator from within it would wait for ever.
    ///
    /// ```
    /// use std::time::Duration;
    /// use kameleoon::RequestKind;
    /// use kameleoon::emulator::Emulator;
    /// # fn main() -> kameleoon::Result<()> {
    /// let emulator = Emulator::start()?;
    /// let arrived = emulator
    ///     .wait_until(Duration::from_millis(10), |log| log.count(RequestKind::Tracking) > 0);
    /// assert!(!arrived, "nobody has sent anything");
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_until(&self, timeout: Duration, condition: impl FnMut(&Log) -> bool) -> bool {
        self.platform.wait_until(timeout, condition)
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("url", &self.url).finish_non_exhaustive()
    }
}

/// The settings of an [`Emulator`], made by [`Emulator::builder`].
#[must_use = "nothing runs before `start`"]
pub struct EmulatorBuilder {
    port: u16,
    data_file: Option<String>,
    site_codes: Vec<String>,
    max_connections: usize,
    settings: Settings,
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            port: 0,
            data_file: None,
            site_codes: Vec::new(),
            max_connections: 256,
            settings: Settings {
                heartbeat: Duration::from_secs(15),
                record_bodies: true,
                keep_requests: 100_000,
                on_request: None,
                on_line: None,
            },
        }
    }
}

impl EmulatorBuilder {
    /// The port to listen on. Defaults to 0: a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The first data file; see [`Emulator::set_data_file`]. Defaults to none.
    pub fn data_file(mut self, json: impl Into<String>) -> Self {
        self.data_file = Some(json.into());
        self
    }

    /// Knows this site code, and no longer any: a data file asked for under another one is a 404.
    /// May be called several times. Defaults to all site codes being known.
    pub fn site_code(mut self, site_code: impl Into<String>) -> Self {
        self.site_codes.push(site_code.into());
        self
    }

    /// The time between two heartbeat comments on an event stream. Defaults to 15 s.
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.settings.heartbeat = interval;
        self
    }

    /// Whether the bodies of requests are kept. Defaults to true; without them
    /// [`Emulator::tracking_lines`] is empty, while totals and hooks work as ever.
    pub fn record_bodies(mut self, keep: bool) -> Self {
        self.settings.record_bodies = keep;
        self
    }

    /// How many requests are kept; the oldest go first. Defaults to 100,000.
    pub fn keep_requests(mut self, count: usize) -> Self {
        self.settings.keep_requests = count;
        self
    }

    /// How many connections may be open; more are closed as soon as they come. Defaults to 256.
    pub fn max_connections(mut self, count: usize) -> Self {
        self.max_connections = count;
        self
    }

    /// Calls `hook` with every request before it is answered, on the thread of its connection. A
    /// hook that takes long delays the answer and the end of the emulator.
    pub fn on_request(mut self, hook: impl Fn(&Request) + Send + Sync + 'static) -> Self {
        let hook: RequestHook = Box::new(hook);
        self.settings.on_request = Some(hook);
        self
    }

    /// Calls `hook` with every accepted tracking line, as it was sent, before the request is
    /// answered: for load tests that keep no bodies.
    pub fn on_tracking_line(mut self, hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        let hook: LineHook = Box::new(hook);
        self.settings.on_line = Some(hook);
        self
    }

    /// Starts the emulator.
    ///
    /// # Errors
    /// [`KameleoonError::System`] when the port cannot be opened or no thread started.
    pub fn start(self) -> Result<Emulator> {
        let mut content = Content::new(self.site_codes);
        if let Some(json) = self.data_file {
            content.set_data_file(json);
        }
        let platform = Arc::new(Platform::new(content, self.settings));
        let server =
            Server::start(self.port, self.max_connections, Arc::clone(&platform)).map_err(|error| {
                let reason = format!(
                    "the emulator cannot listen on 127.0.0.1:{}: {error}; port 0 takes a free one",
                    self.port
                );
                KameleoonError::System { reason }
            })?;
        let url = format!("http://{}", server.address());
        Ok(Emulator { server, platform, url })
    }
}

impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorBuilder")
            .field("port", &self.port)
            .field("site_codes", &self.site_codes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Emulator;

    #[test]
    fn its_configuration_is_valid_and_leads_nowhere_else() {
        let emulator = Emulator::start().unwrap();
        let config = emulator.client_config();
        config.validate().unwrap();
        let settings = config.settings();
        for url in [
            &settings.configuration_url,
            &settings.data_api_url,
            &settings.automation_url,
            &settings.events_url,
        ] {
            assert_eq!(url.as_deref(), Some(emulator.url()));
        }
    }
}
