//! Fifty clients, one relay, one platform.

use std::time::{Duration, Instant};

use kameleoon::emulator::Emulator;
use kameleoon::{CustomData, DataFileOrigin, EvaluationOptions, KameleoonClient, RequestKind};

use crate::rig::{PATIENCE, Relay, say, wait_until};

const CLIENTS: usize = 50;

fn file(date: i64) -> String {
    format!(
        r#"{{"configuration": {{"realTimeUpdate": true, "dataApiDomain": "elsewhere.invalid"}}, "dateModified": {date},
            "featureFlags": [{{"id": 1, "featureKey": "flag{date}", "environmentEnabled": true,
            "defaultVariationKey": "on", "variations": [{{"key": "on"}}], "rules": []}}]}}"#
    )
}

fn platform() -> Emulator {
    Emulator::builder().data_file(file(1_000)).keep_requests(10_000).start().unwrap()
}

/// All at once, each on a thread of its own, ready.
fn start(relay: &Relay) -> Vec<KameleoonClient> {
    std::thread::scope(|scope| {
        let starting: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let client = relay.client();
                    client.wait_init(PATIENCE).unwrap();
                    client
                })
            })
            .collect();
        starting.into_iter().map(|client| client.join().unwrap()).collect()
    })
}

fn close(clients: &[KameleoonClient]) {
    std::thread::scope(|scope| {
        for client in clients {
            scope.spawn(|| assert!(!client.close(PATIENCE).timed_out));
        }
    });
}

#[test]
fn a_fleet_asks_the_platform_as_one_server_would() {
    let platform = platform();
    let Some(relay) = Relay::start("a_fleet_asks_the_platform_as_one_server_would", &platform) else {
        return;
    };
    let begun = Instant::now();
    let clients = start(&relay);
    let ready = begun.elapsed();
    let fetches = platform.count(RequestKind::Configuration);
    assert!((1..=2).contains(&fetches), "{fetches} fetches for {CLIENTS} clients that started at once");

    // Every stream goes through, and an update reaches all, with a request or two.
    assert!(platform.wait_until(PATIENCE, |log| log.open_streams() == CLIENTS), "{}", relay.errors());
    let before = platform.count(RequestKind::Configuration);
    platform.set_data_file(file(2_000));
    let pushed = Instant::now();
    platform.push_update(2_000);
    wait_until("all have the update", || {
        clients.iter().all(|client| client.is_feature_active("v", "flag2000") == Ok(true))
    });
    let reached = pushed.elapsed();
    let updates = platform.count(RequestKind::Configuration) - before;
    assert!((1..=4).contains(&updates), "{updates} fetches for one update");
    assert!(clients.iter().all(|client| client.data_file_origin() == Some(DataFileOrigin::Streaming)));

    // Tracking goes through too, whatever the data file says of the data API, and large.
    for (number, client) in clients.iter().enumerate() {
        client.track_conversion("v", number as i64).unwrap();
    }
    for number in 0..40 {
        let long = "x".repeat(64 * 1024);
        clients[0].add_data(&format!("long{number}"), CustomData::new(0, [long])).unwrap();
        clients[0].flush(&format!("long{number}")).unwrap();
    }
    assert!(clients.iter().all(|client| client.flush_and_wait(PATIENCE).is_complete()), "{}", relay.errors());
    let goals = platform.tracking_lines().iter().filter(|line| line.get("goalId").is_some()).count();
    assert_eq!(goals, CLIENTS);
    let requests = platform.requests();
    let largest = requests.iter().map(|request| request.body.len()).max().unwrap_or_default();
    assert!(largest > 2_000_000, "the largest request had {largest} bytes");
    say(&format!(
        "{CLIENTS} clients at once behind nginx: ready after {ready:?}, {fetches} fetches upstream; an update \
         was everywhere after {reached:?}, {updates} fetches; {} tokens",
        platform.count(RequestKind::Token)
    ));
    close(&clients);
}

#[test]
fn a_platform_that_is_down_keeps_no_client_from_starting() {
    let platform = platform();
    let test = "a_platform_that_is_down_keeps_no_client_from_starting";
    let Some(relay) = Relay::start(test, &platform) else { return };
    assert!(relay.data_file().contains("flag1000"));
    platform.pause();
    // The next slot asks the platform, in vain.
    wait_until("the slot is over", || !relay.data_file().contains("X-Relay: HIT"));
    let times: Vec<Duration> = (0..5)
        .map(|_| {
            let begun = Instant::now();
            let client = relay.client();
            client.wait_init(PATIENCE).unwrap();
            let ready = begun.elapsed();
            let options = EvaluationOptions::new().track(false);
            assert_eq!(client.is_feature_active_with("v", "flag1000", options), Ok(true));
            let _ = client.close(Duration::from_millis(100));
            ready
        })
        .collect();
    let best = times.iter().min().copied().unwrap_or_default();
    say(&format!("platform down: fresh clients were ready after {times:?}"));
    assert!(best < Duration::from_millis(100), "{times:?}");
    // And when it is back, what it has counts again.
    platform.set_data_file(file(3_000));
    platform.resume().unwrap();
    wait_until("the new one is served", || relay.data_file().contains("flag3000"));
}
