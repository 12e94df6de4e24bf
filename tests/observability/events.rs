//! Events of clients, and their health.

use std::sync::Arc;
use std::time::Duration;

use kameleoon::emulator::{Fault, Times};
use kameleoon::{ClientEvent, KameleoonClient, RequestKind};
use parking_lot::Mutex;

use crate::{PATIENCE, data_file, eventually, platform, quick, records};

type Seen = Arc<Mutex<Vec<ClientEvent>>>;

fn watch(client: &KameleoonClient) -> Seen {
    let seen = Seen::default();
    let told = Arc::clone(&seen);
    client.set_event_handler(move |event| told.lock().push(event.clone()));
    seen
}

fn saw(seen: &Seen, what: impl Fn(&ClientEvent) -> bool) -> bool {
    seen.lock().iter().any(what)
}

#[test]
fn streams_come_and_go_in_events_and_in_the_health() {
    records::record();
    let platform = platform(true).start().unwrap();
    platform.fail(RequestKind::Configuration, Fault::status(500), Times::Once);
    let client = KameleoonClient::new("streams", quick(platform.client_config())).unwrap();
    let seen = watch(&client);
    assert!(!client.health().is_streaming);
    client.wait_init(PATIENCE).unwrap();
    eventually("a stream", || client.health().is_streaming);
    eventually("its event", || saw(&seen, |event| *event == ClientEvent::StreamOpened));
    let health = client.health();
    assert!(health.is_ready && health.wants_stream && !health.is_closed);
    assert_eq!(health.date_modified, Some(1));
    assert!(health.last_success.unwrap() >= health.last_error_at.unwrap(), "the first fetch failed");
    assert_eq!(health.last_error.unwrap().as_str(), "request");
    let page = client.health().prometheus();
    for line in [
        r#"kameleoon_streaming{site="streams"} 1"#,
        r#"kameleoon_stream_wanted{site="streams"} 1"#,
        r#"kameleoon_data_file_modified_timestamp_seconds{site="streams"} 0.001"#,
    ] {
        assert_eq!(page.lines().filter(|known| *known == line).count(), 1, "{line} in {page}");
    }
    platform.drop_streams();
    eventually("the loss", || saw(&seen, |event| matches!(event, ClientEvent::StreamLost { .. })));
    eventually("another stream", || client.health().is_streaming && platform.open_streams() == 1);
    platform.set_data_file(data_file(2, false));
    platform.push_update(2);
    eventually("polling", || saw(&seen, |event| matches!(event, ClientEvent::StreamClosed { .. })));
    let health = client.health();
    assert!(!health.wants_stream && !health.is_streaming);
    let _ = client.close(PATIENCE);
}

#[test]
fn batches_evictions_and_losses_are_told_with_their_numbers() {
    records::record();
    let platform = platform(false).start().unwrap();
    let config = quick(platform.client_config()).max_visitors(64);
    let client = KameleoonClient::new("losses", config).unwrap();
    client.wait_init(PATIENCE).unwrap();
    let seen = watch(&client);
    client.get_variation("anna", "flag").unwrap();
    assert!(client.flush_and_wait(PATIENCE).is_complete());
    eventually("a batch", || {
        saw(&seen, |event| {
            matches!(event, ClientEvent::TrackingSent { lines: 1, visitors: 1, bytes, outcome: Ok(200), .. }
                if *bytes > 50)
        })
    });
    platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    for number in 0..1_000 {
        client.track_conversion(&format!("visitor-{number}"), 83).unwrap();
    }
    eventually("a batch that fails", || {
        saw(&seen, |event| matches!(event, ClientEvent::TrackingSent { outcome: Err(_), .. }))
    });
    let _ = client.close(Duration::from_millis(200));
    // The last events are told after the close, on the handlers' own thread.
    let sums = || {
        seen.lock().iter().fold((0, 0), |(evicted, lost), event| match event {
            ClientEvent::VisitorsEvicted { visitors, .. } => (evicted + visitors, lost),
            ClientEvent::DataLost { given_up, .. } => (evicted, lost + given_up),
            _ => (evicted, lost),
        })
    };
    let stats = client.tracking_stats();
    assert!(stats.visitors_evicted > 900 && stats.given_up >= 1_000, "{stats:?}");
    eventually("all that was lost", || sums() == (stats.visitors_evicted, stats.given_up));
}

#[test]
fn what_goes_through_the_spool_is_told() {
    records::record();
    let folder = std::env::temp_dir().join(format!("kameleoon-observed-{}", std::process::id()));
    let platform = platform(false).start().unwrap();
    let config = || quick(platform.client_config()).tracking_spool(&folder);
    let first = KameleoonClient::new("spool", config()).unwrap();
    let seen = watch(&first);
    first.wait_init(PATIENCE).unwrap();
    platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    first.get_variation("anna", "flag").unwrap();
    assert_eq!(first.close(Duration::ZERO).spooled, 1);
    eventually("what was kept", || {
        saw(&seen, |event| matches!(event, ClientEvent::SpoolWritten { lines: 1, .. }))
    });
    platform.clear_faults();
    let second = KameleoonClient::new("spool", config()).unwrap();
    let seen = watch(&second);
    second.wait_init(PATIENCE).unwrap();
    eventually("what was sent", || {
        saw(&seen, |event| matches!(event, ClientEvent::SpoolDrained { lines: 1, .. }))
    });
    assert!(saw(&seen, |event| matches!(event, ClientEvent::TrackingSent { is_from_spool: true, .. })));
    let _ = second.close(PATIENCE);
    std::fs::remove_dir_all(&folder).unwrap();
}
