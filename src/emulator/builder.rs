//! How an emulator is set up and started.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::control::Emulator;
use super::platform::{LineHook, Platform, RequestHook, Settings};
use super::record::Request;
use super::routes::Content;
use super::server::Server;
use crate::{KameleoonError, Result};

/// A heartbeat without any time in between would be a loop without rest.
const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(1);

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

    /// The time between two heartbeat comments on an event stream, at least 1 ms. Defaults to 15 s.
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.settings.heartbeat = interval.max(SHORTEST_HEARTBEAT);
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
        Ok(Emulator::new(server, platform))
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
