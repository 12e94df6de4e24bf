//! Dropping the last handle where nothing may block.

#![allow(clippy::unwrap_used, reason = "helpers of a test count as production code")]

use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use crate::client::KameleoonClient;
use crate::emulator::{Emulator, Fault, Times};
use crate::error::RequestKind;

const PATIENCE: Duration = Duration::from_secs(10);
/// More than a drop that does not block ever takes, on a machine that is busy; much less than the
/// two seconds of a close that has something to wait for.
const AT_ONCE: Duration = Duration::from_millis(700);
const DATA_FILE: &str = r#"{"featureFlags":[{"featureKey":"banner","environmentEnabled":true,
    "defaultVariationKey":"off","variations":[{"key":"off"}]}]}"#;

fn runtimes() -> [Runtime; 2] {
    [
        Builder::new_current_thread().enable_time().build().unwrap(),
        Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap(),
    ]
}

#[test]
fn the_last_handle_can_be_dropped_in_async_code() {
    for runtime in runtimes() {
        let platform = Emulator::builder().data_file(DATA_FILE).start().unwrap();
        let client = KameleoonClient::start("site", &platform.client_config()).unwrap();
        runtime.block_on(async move {
            client.wait_init_async(PATIENCE).await.unwrap();
            client.track_conversion("visitor", 1).unwrap();
            let other = client.clone();
            let task = tokio::spawn(async move { drop(other) });
            drop(client);
            task.await.unwrap();
        });
        // What was unsent is sent all the same.
        let arrived = platform.wait_until(PATIENCE, |log| log.tracking_totals().nonces == 1);
        assert!(arrived, "{:?}", platform.tracking_totals());
    }
}

#[test]
fn dropping_does_not_wait_for_a_platform_that_does_not_answer() {
    for runtime in runtimes() {
        let platform = Emulator::builder().data_file(DATA_FILE).start().unwrap();
        platform.fail(RequestKind::Tracking, Fault::NeverAnswer, Times::Always);
        let client = KameleoonClient::start("site", &platform.client_config()).unwrap();
        let took = runtime.block_on(async move {
            client.wait_init_async(PATIENCE).await.unwrap();
            client.track_conversion("visitor", 1).unwrap();
            let start = Instant::now();
            drop(client);
            start.elapsed()
        });
        assert!(took < AT_ONCE, "{took:?}");
        assert!(platform.wait_until(PATIENCE, |log| log.count(RequestKind::Tracking) > 0));
    }
}

#[test]
fn a_client_that_never_saw_async_code_closes_as_it_is_dropped() {
    let platform = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    let client = KameleoonClient::start("site", &platform.client_config()).unwrap();
    client.wait_init(PATIENCE).unwrap();
    client.track_conversion("visitor", 1).unwrap();
    drop(client);
    assert_eq!(platform.tracking_totals().nonces, 1);
}

#[test]
fn an_abandoned_client_sends_what_is_left_and_ends() {
    let platform = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    let client = KameleoonClient::start("site", &platform.client_config()).unwrap();
    client.wait_init(PATIENCE).unwrap();
    client.track_conversion("visitor", 1).unwrap();
    client.abandon(PATIENCE);
    assert!(platform.wait_until(PATIENCE, |log| log.tracking_totals().nonces == 1));
    assert!(client.is_closed());
    let start = Instant::now();
    drop(client);
    assert!(start.elapsed() < AT_ONCE);
}
