//! How a client ends when its last handle goes.

use crossbeam_channel::bounded;

use super::*;
use crate::client::KameleoonClient;
use crate::emulator::{Emulator, Fault, Times};
use crate::error::RequestKind;

const PATIENCE: Duration = Duration::from_secs(20);
const LATE: Duration = Duration::from_millis(500);

/// A client that no factory holds: dropping its handles is its end.
fn client(platform: &Emulator) -> KameleoonClient {
    let config = platform.client_config().default_timeout(Duration::from_secs(60)).manual_tracking();
    let client = KameleoonClient::start("site", &config).unwrap();
    client.wait_init(PATIENCE).unwrap();
    client.track_conversion("visitor", 1).unwrap();
    client
}

fn platform() -> Emulator {
    let file = r#"{"configuration": {"realTimeUpdate": true}, "featureFlags": []}"#;
    Emulator::builder().data_file(file).start().unwrap()
}

#[test]
fn a_drop_sends_what_is_left() {
    let platform = platform();
    let client = client(&platform);
    drop(client.clone());
    assert_eq!(platform.tracking_totals().lines, 0, "another handle is left");
    drop(client);
    assert_eq!(platform.tracking_totals().lines, 1);
}

#[test]
fn a_drop_keeps_to_its_bound_when_everything_hangs() {
    let platform = platform();
    platform.fail(RequestKind::Stream, Fault::StreamStalls, Times::Always);
    platform.fail(RequestKind::Tracking, Fault::NeverAnswer, Times::Always);
    let client = client(&platform);
    let bound = client.close_timeout();
    client.flush_instant("visitor").unwrap();
    assert!(
        platform
            .wait_until(PATIENCE, |log| { log.open_streams() == 1 && log.count(RequestKind::Tracking) == 1 })
    );
    let start = Instant::now();
    drop(client);
    assert!(start.elapsed() < bound + LATE, "{:?}", start.elapsed());
    assert!(platform.wait_until(PATIENCE, |log| log.open_streams() == 0), "the connections are closed");
}

#[test]
fn the_last_handle_may_be_dropped_inside_a_handler() {
    let platform = platform();
    let client = client(&platform);
    let bound = client.close_timeout();
    let (sender, dropped) = bounded(1);
    let last = Arc::new(Mutex::new(None::<KameleoonClient>));
    let in_handler = Arc::clone(&last);
    client.set_event_handler(move |_| {
        let start = Instant::now();
        if let Some(client) = in_handler.lock().take() {
            drop(client);
            sender.send(start.elapsed()).unwrap();
        }
    });
    *last.lock() = Some(client);
    drop(last);
    platform.push_update(1);
    let took = dropped.recv_timeout(PATIENCE).unwrap();
    assert!(took < bound + LATE, "{took:?}");
    assert_eq!(platform.tracking_totals().lines, 1);
}
