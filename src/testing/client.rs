//! A client for tests.

use std::ops::Deref;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;

use super::forced::{self, Forced};
use super::recorder::{Recorder, RecordingTransport};
use super::{DataFile, TestClock, clock};
use crate::client::KameleoonClient;
use crate::config::KameleoonClientConfig;
use crate::error::{KameleoonError, Result};

/// A client that needs no network: it evaluates a data file of the test's own, which may change
/// while it runs, and records what would have been sent.
///
/// It is a [`KameleoonClient`] in all else: use it as one, or hand
/// [`client`](Self::client)`().clone()` to the program under test. Calls that need the network fail
/// with [`Offline`](KameleoonError::Offline).
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// use kameleoon::testing::{DataFile, Flag, Rule, TestClient};
///
/// let file = DataFile::new().flag(Flag::new("checkout").rule(Rule::experiment([("off", 50.0), ("on", 50.0)])));
/// let client = TestClient::new(file)?;
/// client.force("checkout", "on")?;
/// client.force_for("anna", "checkout", "off")?;
///
/// assert_eq!(client.get_variation("ben", "checkout")?.key(), "on");
/// assert_eq!(client.get_variation("anna", "checkout")?.key(), "off");
/// client.recorder().assert_exposure("anna", "checkout", "off");
/// # Ok(())
/// # }
/// ```
pub struct TestClient {
    client: KameleoonClient,
    clock: TestClock,
    recorder: Recorder,
    state: Mutex<State>,
}

/// The data file in use is always the base with the forced results in it.
struct State {
    base: Value,
    forced: Vec<Forced>,
}

impl TestClient {
    /// A client on a data file.
    ///
    /// # Errors
    /// [`DataFileInvalid`](KameleoonError::DataFileInvalid) when the data file does not fit
    /// together, [`System`](KameleoonError::System) when the tracking thread cannot be started.
    pub fn new(data_file: DataFile) -> Result<Self> {
        Self::start(data_file.build()?, KameleoonClientConfig::new("", ""))
    }

    /// A client on the text of a data file, say of one that the platform has written.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn from_json(data_file: impl AsRef<[u8]>) -> Result<Self> {
        Self::start(parse(data_file.as_ref())?, KameleoonClientConfig::new("", ""))
    }

    /// A client with a configuration: the session duration, the cookie settings, the number of
    /// visitors count; credentials and addresses do not.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn with_config(data_file: DataFile, config: KameleoonClientConfig) -> Result<Self> {
        Self::start(data_file.build()?, config)
    }

    fn start(base: Value, config: KameleoonClientConfig) -> Result<Self> {
        let (clock, hands) = clock::manual();
        let log = Arc::default();
        let transport = |file: &_| RecordingTransport { log: Arc::clone(&log), file: Arc::clone(file) };
        let client = KameleoonClient::without_network(base.to_string(), config, clock, transport)?;
        let (visitors, tracker) = client.insides();
        let clock = TestClock { hands, visitors, tracker: tracker.clone() };
        let recorder = Recorder { log, tracker };
        Ok(Self { client, clock, recorder, state: Mutex::new(State { base, forced: Vec::new() }) })
    }

    /// The client, for the program under test.
    pub fn client(&self) -> &KameleoonClient {
        &self.client
    }

    /// What the client would have sent.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// The client's clock.
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// Puts another data file in use, as the platform would by streaming: the handler of
    /// [`on_update_configuration`](KameleoonClient::on_update_configuration) is called. Forced
    /// results stay in force. What was tracked before is recorded by the names of the data file before.
    ///
    /// # Errors
    /// Those of [`new`](Self::new), and those of [`force`](Self::force) when a forced result does
    /// not fit the new data file. The old one stays in use then.
    pub fn set_data_file(&self, data_file: DataFile) -> Result<()> {
        self.set(data_file.build()?)
    }

    /// [`set_data_file`](Self::set_data_file) with the text of a data file.
    ///
    /// # Errors
    /// Those of [`set_data_file`](Self::set_data_file).
    pub fn set_data_file_json(&self, data_file: impl AsRef<[u8]>) -> Result<()> {
        self.set(parse(data_file.as_ref())?)
    }

    fn set(&self, base: Value) -> Result<()> {
        let mut state = self.state.lock();
        let file = forced::apply(&base, &state.forced)?;
        // What is tracked so far belongs to the data file that was in use.
        self.recorder.end_interval();
        self.client.replace_data_file(file.to_string())?;
        state.base = base;
        self.client.announce_data_file();
        Ok(())
    }

    /// Gives everybody this variation of a flag, whatever its rules say, even if the flag is
    /// disabled. It is tracked as any. A result forced for a visitor comes first, and so does a
    /// holdout; the flag leaves its exclusive group for as long as something is forced for it.
    ///
    /// # Errors
    /// [`FeatureNotFound`](KameleoonError::FeatureNotFound),
    /// [`FeatureVariationNotFound`](KameleoonError::FeatureVariationNotFound).
    pub fn force(&self, feature_key: &str, variation_key: &str) -> Result<()> {
        self.add_forced(feature_key, None, variation_key)
    }

    /// Gives one visitor this variation of a flag, whatever its rules say.
    ///
    /// # Errors
    /// Those of [`force`](Self::force), and
    /// [`FeatureEnvironmentDisabled`](KameleoonError::FeatureEnvironmentDisabled) for a disabled
    /// flag, which cannot be enabled for one visitor alone.
    pub fn force_for(&self, visitor_code: &str, feature_key: &str, variation_key: &str) -> Result<()> {
        self.add_forced(feature_key, Some(visitor_code.to_owned()), variation_key)
    }

    /// Takes back everything that was forced for a flag. Does nothing when nothing was.
    ///
    /// # Errors
    /// None as things stand: the data file was in use before.
    pub fn release(&self, feature_key: &str) -> Result<()> {
        self.change_forced(|list| list.retain(|forced| forced.feature_key != feature_key))
    }

    /// Takes back everything that was forced.
    ///
    /// # Errors
    /// None as things stand: the data file was in use before.
    pub fn release_all(&self) -> Result<()> {
        self.change_forced(Vec::clear)
    }

    fn add_forced(&self, feature_key: &str, visitor_code: Option<String>, variation_key: &str) -> Result<()> {
        let (feature_key, variation_key) = (feature_key.to_owned(), variation_key.to_owned());
        let new = Forced { feature_key, visitor_code, variation_key };
        self.change_forced(|list| {
            list.retain(|known| !known.has_place_of(&new));
            list.push(new);
        })
    }

    fn change_forced(&self, change: impl FnOnce(&mut Vec<Forced>)) -> Result<()> {
        let mut state = self.state.lock();
        let mut list = state.forced.clone();
        change(&mut list);
        let file = forced::apply(&state.base, &list)?;
        self.recorder.end_interval();
        self.client.replace_data_file(file.to_string())?;
        state.forced = list;
        Ok(())
    }
}

impl Deref for TestClient {
    type Target = KameleoonClient;

    fn deref(&self) -> &KameleoonClient {
        &self.client
    }
}

// As the client is.
impl std::panic::UnwindSafe for TestClient {}
impl std::panic::RefUnwindSafe for TestClient {}

impl std::fmt::Debug for TestClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestClient").field("client", &self.client).finish_non_exhaustive()
    }
}

fn parse(text: &[u8]) -> Result<Value> {
    serde_json::from_slice(text)
        .map_err(|error| KameleoonError::DataFileInvalid { reason: format!("it is no JSON: {error}") })
}
