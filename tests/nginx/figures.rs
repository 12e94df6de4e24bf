//! What fifty clients ask the platform for, without a relay.

use std::time::{Duration, Instant};

use kameleoon::emulator::Emulator;
use kameleoon::{KameleoonClient, KameleoonClientConfig, RequestKind};

use crate::rig::{PATIENCE, say, wait_until};

const CLIENTS: usize = 50;
const KINDS: [RequestKind; 4] =
    [RequestKind::Configuration, RequestKind::Stream, RequestKind::Token, RequestKind::Tracking];

fn file(date: i64) -> String {
    format!(r#"{{"configuration": {{"realTimeUpdate": true}}, "dateModified": {date}, "featureFlags": []}}"#)
}

/// Requests of each kind since the last time, and the most of them within a second.
fn report(what: &str, platform: &Emulator, begun: Instant) {
    let counts: Vec<String> = KINDS.iter().map(|kind| format!("{} {kind}", platform.count(*kind))).collect();
    let mut times: Vec<Duration> = platform
        .requests()
        .iter()
        .map(|request| request.received_at.saturating_duration_since(begun))
        .collect();
    times.sort();
    let within = |start: &Duration| {
        times.iter().filter(|at| *at >= start && **at < *start + Duration::from_secs(1)).count()
    };
    let most = times.iter().map(within).max().unwrap_or_default();
    let bytes: usize = platform.requests().iter().map(|request| request.body_length).sum();
    let span = times.last().copied().unwrap_or_default();
    say(&format!(
        "{what}: {} over {span:?}; at most {most} requests within a second; {bytes} bytes of bodies",
        counts.join(", ")
    ));
    platform.clear_requests();
}

/// `cargo test --features full --test nginx -- --ignored --nocapture`
#[test]
#[ignore = "prints the figures of docs/fleet.md, and takes a minute"]
fn what_fifty_clients_ask_for() {
    let platform = Emulator::builder().data_file(file(1_000)).keep_requests(100_000).start().unwrap();
    // As in production: what the emulator's own configuration shortens stays as it is.
    let config = KameleoonClientConfig::new("id", "secret")
        .configuration_url(platform.url())
        .data_api_url(platform.url())
        .automation_url(platform.url())
        .events_url(platform.url());
    let begun = Instant::now();
    let clients: Vec<KameleoonClient> =
        (0..CLIENTS).map(|_| KameleoonClient::new("site", config.clone()).unwrap()).collect();
    clients.iter().for_each(|client| client.wait_init(PATIENCE).unwrap());
    assert!(platform.wait_until(PATIENCE, |log| log.open_streams() == CLIENTS));
    report("at start", &platform, begun);

    let begun = Instant::now();
    platform.set_data_file(file(2_000));
    platform.push_update(2_000);
    wait_until("all have it", || platform.count(RequestKind::Configuration) >= CLIENTS);
    report("at an update", &platform, begun);

    let steady = Duration::from_secs(10);
    let begun = Instant::now();
    while begun.elapsed() < steady {
        clients.iter().for_each(|client| client.track_conversion("visitor", 1).unwrap());
        std::thread::sleep(Duration::from_millis(100));
    }
    report("ten seconds of traffic", &platform, begun);

    platform.pause();
    let away = Instant::now();
    while away.elapsed() < Duration::from_secs(15) {
        clients.iter().for_each(|client| client.track_conversion("visitor", 1).unwrap());
        std::thread::sleep(Duration::from_millis(100));
    }
    let begun = Instant::now();
    platform.clear_requests();
    platform.resume().unwrap();
    assert!(platform.wait_until(PATIENCE, |log| log.open_streams() == CLIENTS));
    wait_until("everything has arrived", || {
        clients.iter().all(|client| client.tracking_stats().pending == 0)
    });
    let back = begun.elapsed();
    report("after an outage of 15 s", &platform, begun);
    say(&format!("all were back after {back:?}"));
    std::thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| client.close(Duration::from_secs(5)));
        }
    });
}
