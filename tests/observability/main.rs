//! What a program hears of its clients: lines of the log, events, health.
//!
//! The log holds for the whole process: all tests here share a logger of the facade, and find their
//! lines by their site.

#![allow(clippy::unwrap_used)] // helpers of tests count as production code

mod alerts;
mod cookie_domain;
mod events;
mod log_lines;
mod own_logger;
mod records;

use std::time::Duration;

use kameleoon::KameleoonClientConfig;
use kameleoon::emulator::{Emulator, EmulatorBuilder};

/// Long enough for a busy machine; nothing waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// A data file with an experiment for everybody, and what two kinds of messages need.
fn data_file(date: i64, real_time: bool) -> String {
    format!(
        r#"{{"dateModified": {date}, "configuration": {{"realTimeUpdate": {real_time}}},
        "customData": [{{"index": 1, "id": 9, "name": "plan"}}],
        "featureFlags": [{{"id": 1, "featureKey": "flag", "environmentEnabled": true, "defaultVariationKey": "off",
        "variations": [{{"key": "off"}}, {{"key": "on"}}],
        "rules": [{{"id": 2, "order": 0, "type": "EXPERIMENTATION", "exposition": 1.0, "experimentId": 3,
        "variationByExposition": [{{"variationKey": "on", "variationId": 5, "exposition": 1.0}}]}}]}}, 7]}}"#
    )
}

fn platform(real_time: bool) -> EmulatorBuilder {
    Emulator::builder().heartbeat(Duration::from_millis(200)).data_file(data_file(1, real_time))
}

/// Short times, so that nothing waits for long.
fn quick(config: KameleoonClientConfig) -> KameleoonClientConfig {
    config
        .default_timeout(Duration::from_secs(2))
        .tracking_interval(Duration::from_millis(100))
        .tracking_retry_delay(Duration::from_millis(50))
        .stream_retry_delay(Duration::from_millis(50))
        .stream_idle_timeout(Duration::from_millis(1_500))
        .update_spread(Duration::ZERO)
}

/// Waits for something that another thread brings about.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !holds() {
        assert!(std::time::Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
