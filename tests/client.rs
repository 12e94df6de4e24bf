//! The running client against the emulated platform, over real sockets.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, Fault, Times};
use kameleoon::{ClientEvent, DataFileOrigin, KameleoonClientFactory, RequestKind};

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn flags_come_from_the_platform_and_exposures_go_there() {
    let shop = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shop.json")).unwrap();
    let platform = Emulator::builder().data_file(shop).start().unwrap();
    let client = KameleoonClientFactory::create("smoke", platform.client_config()).unwrap();
    client.wait_init(PATIENCE).unwrap();
    assert!(!client.get_feature_list().is_empty());
    for visitor in 0..100 {
        client.get_variation(&format!("visitor-{visitor}"), "new_checkout").unwrap();
    }
    assert!(platform.wait_until(PATIENCE, |log| log.count(RequestKind::Tracking) > 0));
    let report = client.flush_and_wait(PATIENCE);
    assert!(report.is_complete(), "{report:?}");
    let stats = client.tracking_stats();
    assert_eq!(stats.accepted, stats.sent, "{stats:?}");
    assert!(stats.sent > 0);
    assert!(KameleoonClientFactory::forget("smoke").unwrap().is_complete());
}

#[test]
fn a_close_may_take_for_ever() {
    let platform = Emulator::builder().data_file(r#"{"dateModified": 1}"#).start().unwrap();
    for by_guard in [false, true] {
        let client = kameleoon::KameleoonClient::new("for-ever", platform.client_config()).unwrap();
        client.wait_init(Duration::MAX).unwrap();
        client.track_conversion("visitor", 1).unwrap();
        let report = match by_guard {
            true => client.close_on_drop(Duration::MAX).finish(),
            false => client.close(Duration::MAX),
        };
        assert_eq!((report.delivered, report.timed_out), (1, false), "{report:?}");
    }
}

#[test]
fn a_site_has_one_client_and_after_its_close_a_new_one() {
    const SITE: &str = "again";
    let platform = Emulator::builder().data_file(r#"{"dateModified": 1}"#).start().unwrap();
    let create = || KameleoonClientFactory::create(SITE, platform.client_config()).unwrap();
    let first = create();
    first.wait_init(PATIENCE).unwrap();
    first.track_conversion("visitor", 1).unwrap();
    assert_eq!(create().tracking_stats().accepted, 1, "it is the same client");

    assert!(first.close(PATIENCE).is_complete());
    let second = create();
    second.wait_init(PATIENCE).unwrap();
    assert_eq!((second.visitor_count(), second.tracking_stats().accepted), (0, 0));
    second.track_conversion("visitor", 1).unwrap();
    assert_eq!(create().tracking_stats().accepted, 1);
    assert!(KameleoonClientFactory::forget(SITE).unwrap().is_complete());
    assert_eq!(platform.tracking_totals().lines, 2, "both have sent");
    assert!(KameleoonClientFactory::forget(SITE).is_none());
}

#[test]
fn a_site_has_one_client_for_each_environment() {
    const SITE: &str = "two environments";
    let platform = Emulator::builder().data_file("{}").start().unwrap();
    let create = |config| KameleoonClientFactory::create(SITE, config).unwrap();
    let usual = create(platform.client_config());
    let staging = create(platform.client_config().environment("staging"));
    usual.track_conversion("visitor", 1).unwrap();
    assert_eq!(staging.tracking_stats().accepted, 0, "they are two clients");
    let named = create(platform.client_config().environment("production"));
    assert_eq!(named.tracking_stats().accepted, 1, "the usual environment by its name is the same");
    for client in [&usual, &staging] {
        client.wait_init(PATIENCE).unwrap();
    }
    let asked: Vec<_> =
        platform.requests().iter().map(|request| request.query_value("environment")).collect();
    assert!(asked.contains(&None) && asked.contains(&Some("staging".to_owned())), "{asked:?}");

    let report = KameleoonClientFactory::forget(SITE).unwrap();
    assert!(report.is_complete() && report.delivered == 1, "{report:?}");
    assert!(KameleoonClientFactory::forget(SITE).is_none(), "both are released");
}

#[test]
fn a_refresh_that_takes_too_long_is_no_lack_of_a_data_file() {
    let platform = Emulator::builder().data_file("{}").start().unwrap();
    let client = KameleoonClientFactory::create("late-refresh", platform.client_config()).unwrap();
    client.wait_init(PATIENCE).unwrap();
    platform.fail(RequestKind::Configuration, Fault::late(Duration::from_secs(2)), Times::Always);
    let short = Duration::from_millis(20);
    for late in [client.refresh_data_file(short), client.wait_fresh(Duration::ZERO, short)] {
        let error = late.unwrap_err();
        assert_eq!((error.as_str(), error.is_not_ready()), ("timeout", false));
        assert!(error.to_string().contains("the one in use stays"), "{error}");
    }
    KameleoonClientFactory::forget("late-refresh");
}

#[test]
fn an_event_handler_hears_of_every_kind_of_request() {
    let streamed = r#"{"dateModified": 7, "configuration": {"realTimeUpdate": true}, "featureFlags": []}"#;
    let platform = Emulator::builder().data_file(streamed).start().unwrap();
    platform.set_map("key", "1");
    let client = KameleoonClientFactory::create("events", platform.client_config()).unwrap();
    let (sender, events) = mpsc::channel();
    client.set_event_handler(move |event| {
        let _ = sender.send(event.clone());
    });
    client.wait_init(PATIENCE).unwrap();
    client.refresh_data_file(PATIENCE).unwrap();
    client.get_remote_data("key").unwrap();
    client.get_remote_visitor_data("visitor").unwrap();
    client.track_conversion("visitor", 1).unwrap();
    let mut missing = vec![
        RequestKind::Configuration,
        RequestKind::Token,
        RequestKind::Tracking,
        RequestKind::VisitorData,
        RequestKind::DataMap,
        RequestKind::Stream,
    ];
    let mut files = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while !missing.is_empty() || files.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        match events.recv_timeout(left).unwrap_or_else(|_| panic!("nothing of {missing:?} {files:?}")) {
            ClientEvent::Request { kind, outcome, .. } => {
                assert!(outcome == Ok(200) || outcome == Ok(304), "{kind}: {outcome:?}");
                missing.retain(|wanted| *wanted != kind);
            }
            ClientEvent::DataFileUpdated { origin, date_modified, .. } => files.push((origin, date_modified)),
            _ => {}
        }
    }
    assert_eq!(files, [(DataFileOrigin::Polling, 7)]);
    KameleoonClientFactory::forget("events");
}
