//! Clients of one site, one platform, one store.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, EmulatorBuilder};
use kameleoon::fleet::{StoreTerms, StoredDataFile};
use kameleoon::{EvaluationOptions, KameleoonClient, KameleoonClientConfig, LogLevel, Logger};

use crate::shelf::Shelf;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Of a request of the clients here.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);
pub(crate) const SITE: &str = "shared";
/// Under which the store has the data file of these clients.
pub(crate) const NAME: &str = "shared/";
pub(crate) const TERMS: fn() -> StoreTerms =
    || StoreTerms::new(Duration::from_secs(1), Duration::from_secs(60));

/// A data file whose flag has the date in its key.
pub(crate) fn text(date: i64, real_time: bool) -> String {
    format!(
        r#"{{"configuration": {{"realTimeUpdate": {real_time}}}, "dateModified": {date},
            "featureFlags": [{{"id": 1, "featureKey": "flag{date}", "environmentEnabled": true,
            "defaultVariationKey": "on", "variations": [{{"key": "on"}}], "rules": []}}]}}"#
    )
}

pub(crate) fn stored(date: i64, age: Option<Duration>) -> StoredDataFile {
    StoredDataFile::new(NAME, text(date, true)).with_age(age)
}

pub(crate) fn platform() -> EmulatorBuilder {
    Emulator::builder().heartbeat(Duration::from_millis(200))
}

pub(crate) fn config(platform: &Emulator, store: &Shelf) -> KameleoonClientConfig {
    platform
        .client_config()
        .default_timeout(TIMEOUT)
        .stream_retry_delay(Duration::from_millis(50))
        .update_spread(Duration::from_millis(200))
        .data_file_store(store.clone())
}

pub(crate) fn client(platform: &Emulator, store: &Shelf) -> KameleoonClient {
    KameleoonClient::new(SITE, config(platform, store)).unwrap()
}

pub(crate) fn ready(platform: &Emulator, store: &Shelf) -> KameleoonClient {
    let client = client(platform, store);
    client.wait_init(PATIENCE).unwrap();
    client
}

/// Ready, and nothing is left to be asked.
pub(crate) fn settled(platform: &Emulator, store: &Shelf) -> KameleoonClient {
    let client = ready(platform, store);
    wait_until("the stream is open", || client.health().is_streaming);
    client
}

pub(crate) fn date(client: &KameleoonClient) -> Option<i64> {
    client.health().date_modified
}

/// What its visitors get.
pub(crate) fn has(client: &KameleoonClient, date: i64) -> bool {
    let options = EvaluationOptions::new().track(false);
    client.is_feature_active_with("v", &format!("flag{date}"), options) == Ok(true)
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What a client logs.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    pub(crate) fn count(&self, part: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|line| line.contains(part)).count()
    }
}

impl Logger for Lines {
    fn log(&self, _: LogLevel, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}
