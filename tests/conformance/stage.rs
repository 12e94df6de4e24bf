//! A client and the platform it talks to, for one scenario.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use kameleoon::emulator::{Emulator, Request};
use kameleoon::{
    KameleoonClient, KameleoonClientConfig, KameleoonClientFactory, KameleoonError, RequestKind,
};
use serde_json::{Map, Value};

use crate::argument::Malformed;
use crate::json::Json;
use crate::placeholder::{self, Moments};
use crate::scenario::Scenario;
use crate::store;

/// Nothing takes so long, on however slow a machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What a call asked the platform, by parameter.
pub(crate) type Query = BTreeMap<String, String>;

/// A client and the platform it talks to.
pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    site_code: String,
    client: Option<KameleoonClient>,
    updates: Receiver<()>,
    /// How many requests of each kind earlier steps have looked at.
    pub(crate) seen_tracking: usize,
    pub(crate) seen_configuration: usize,
    /// Fetches of the data file that this runner asked for and no step.
    pub(crate) own_fetches: usize,
    /// What failed tracking requests carried so far.
    pub(crate) failed_nonces: HashSet<String>,
    pub(crate) any_failed: bool,
}

impl Stage {
    /// Starts the platform of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Result<Self, String> {
        let emulator = Emulator::start().map_err(|error| error.to_string())?;
        emulator.set_data_file(placeholder::data_file(&scenario.data_file));
        let moments = Moments::of_now();
        for (code, value) in scenario.remote.visitor_data.fields() {
            emulator.set_visitor_data(code, moments.fill(value).to_string());
        }
        for (key, value) in scenario.remote.map.fields() {
            emulator.set_map(key, moments.fill(value).to_string());
        }
        emulator.tracking_statuses(scenario.remote.tracking_status.iter().copied());
        Ok(Self {
            emulator,
            site_code: scenario.site_code.clone(),
            client: None,
            updates: channel().1,
            seen_tracking: 0,
            seen_configuration: 0,
            own_fetches: 0,
            failed_nonces: HashSet::new(),
            any_failed: false,
        })
    }

    /// A configuration with a scenario's options that leads to the stage's platform.
    pub(crate) fn config(&self, options: &Map<String, Value>) -> KameleoonClientConfig {
        let text = |name| options.get(name).and_then(Value::as_str);
        let mut config = self
            .emulator
            .client_config()
            .client_id(text("client_id").unwrap_or_default())
            .client_secret(text("client_secret").unwrap_or_default())
            .tracking_retry_delay_millisecond(1)
            .manual_tracking();
        config = store::plug_in(config);
        if let Some(environment) = text("environment") {
            config = config.environment(environment);
        }
        if let Some(domain) = text("top_level_domain") {
            config = config.top_level_domain(domain);
        }
        config
    }

    /// Creates the client.
    pub(crate) fn create(
        &mut self,
        site_code: &str,
        config: KameleoonClientConfig,
    ) -> Result<(), KameleoonError> {
        self.site_code = site_code.to_owned();
        let client = KameleoonClientFactory::create(site_code, config)?;
        let (sender, updates) = channel();
        // The stage may be over.
        client.on_update_configuration(move || sender.send(()).unwrap_or_default());
        self.updates = updates;
        self.client = Some(client);
        Ok(())
    }

    /// Waits for the first data file.
    pub(crate) fn wait_init(&self) -> Result<(), KameleoonError> {
        self.client.as_ref().map_or(Err(KameleoonError::Closed), |client| client.wait_init(PATIENCE))
    }

    pub(crate) fn client(&self) -> Result<&KameleoonClient, Malformed> {
        self.client.as_ref().ok_or_else(|| "there is no client".to_owned())
    }

    /// The requests of a kind so far.
    pub(crate) fn requests(&self, kind: RequestKind) -> Vec<Arc<Request>> {
        let mut requests = self.emulator.requests();
        requests.retain(|request| request.kind == Some(kind));
        requests
    }

    /// The query of the request that a call makes; none when it makes none.
    pub(crate) fn query_of<R>(&self, kind: RequestKind, call: impl FnOnce() -> R) -> (R, Option<Query>) {
        let before = self.emulator.count(kind);
        let result = call();
        (result, self.requests(kind).split_off(before).last().map(|request| query(request)))
    }

    /// Replaces the data file and lets the client fetch it.
    pub(crate) fn update_data_file(&self, data_file: &Json) -> Result<(), Trouble> {
        self.emulator.set_data_file(placeholder::data_file(data_file));
        Ok(self.client()?.refresh_data_file(PATIENCE)?)
    }

    /// Replaces the data file and announces it. Says whether the client's handler was called, and
    /// what the client asked for.
    pub(crate) fn push_data_file(
        &mut self,
        data_file: &Json,
        ts: i64,
    ) -> Result<(bool, Option<Query>), Trouble> {
        if !self.emulator.wait_until(PATIENCE, |log| log.open_streams() > 0) {
            return Err("the client opens no stream".to_owned().into());
        }
        // What the client fetches because the stream is open comes before what it is asked for.
        let before = self.emulator.count(RequestKind::Configuration);
        self.client()?.refresh_data_file(PATIENCE)?;
        self.own_fetches += self.emulator.count(RequestKind::Configuration) - before;
        let (is_called, query) = self.query_of(RequestKind::Configuration, || {
            self.emulator.set_data_file(placeholder::data_file(data_file));
            self.emulator.push_update(ts);
            self.updates.recv_timeout(PATIENCE).is_ok()
        });
        Ok((is_called, query))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // None when the scenario made no client.
        let _ = KameleoonClientFactory::forget(&self.site_code);
    }
}

/// The decoded query of a request, without what identifies the SDK.
pub(crate) fn query(request: &Request) -> Query {
    let identity = ["sdkName", "sdkVersion"];
    request.query_pairs().into_iter().filter(|(key, _)| !identity.contains(&key.as_str())).collect()
}

/// Why a step gave no result.
pub(crate) enum Trouble {
    Error(KameleoonError),
    Malformed(Malformed),
}

impl From<KameleoonError> for Trouble {
    fn from(error: KameleoonError) -> Self {
        Self::Error(error)
    }
}

impl From<Malformed> for Trouble {
    fn from(problem: Malformed) -> Self {
        Self::Malformed(problem)
    }
}
