//! The emulator in the hands of a test.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::faults::{Fault, Times};
use super::line::TrackingLine;
use super::platform::Platform;
use super::record::{Log, Request, TrackingTotals, accepted_lines};
use super::server::Server;
use crate::{KameleoonClientConfig, KameleoonError, RequestKind, Result};

/// The platform on a port of this machine; see the [module](super).
pub struct Emulator {
    server: Server,
    platform: Arc<Platform>,
    url: String,
}

impl Emulator {
    pub(super) fn new(server: Server, platform: Arc<Platform>) -> Self {
        let url = format!("http://{}", server.address());
        Self { server, platform, url }
    }

    /// The base URL of every service, such as `http://127.0.0.1:40123`, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a client needs to talk to this emulator and to nothing else: made-up credentials, the
    /// four base URLs, and updates that are fetched at once
    /// ([`update_spread`](KameleoonClientConfig::update_spread) is zero). Setters change it further.
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
            .update_spread(Duration::ZERO)
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

    /// Answers tracking requests by what is in them: `judge` is given the lines and returns a status,
    /// or none for the usual answer. It may not call the emulator.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # use kameleoon::emulator::Emulator;
    /// let emulator = Emulator::start()?;
    /// emulator.judge_tracking(|lines| lines.contains("visitorCode=poison").then_some(400));
    /// # Ok(())
    /// # }
    /// ```
    pub fn judge_tracking(&self, judge: impl Fn(&str) -> Option<u16> + Send + 'static) {
        self.platform.content(|content| content.set_judge(Box::new(judge)));
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
        accepted_lines(self.requests().iter().map(AsRef::as_ref))
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

// Its locks are held by the crate's own code alone.
impl std::panic::UnwindSafe for Emulator {}
impl std::panic::RefUnwindSafe for Emulator {}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("url", &self.url).finish_non_exhaustive()
    }
}
