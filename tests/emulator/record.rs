//! What a test can read of what arrived.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kameleoon::RequestKind;
use kameleoon::emulator::{Emulator, Fault, Times};

use crate::client::{PATIENCE, get, get_with, post};

#[test]
fn a_request_is_recorded_whole() {
    let emulator = Emulator::start().unwrap();
    let before = Instant::now();
    get_with(&emulator, "/map/map?siteCode=s&key=a%20b%2Fc", &[("Authorization", "Bearer t")], PATIENCE)
        .unwrap();
    let requests = emulator.requests();
    let request = &requests[0];
    assert_eq!(request.kind, Some(RequestKind::DataMap));
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/map/map"));
    assert_eq!(request.query, "siteCode=s&key=a%20b%2Fc");
    assert_eq!(request.query_value("key").as_deref(), Some("a b/c"));
    assert_eq!(request.query_value("other"), None);
    assert_eq!(request.header("authorization"), Some("Bearer t"));
    assert_eq!(request.status, Some(404));
    assert!(request.received_at >= before && request.received_at <= Instant::now());
    assert_eq!(request.to_string(), "404 GET /map/map?siteCode=s&key=a%20b%2Fc");
}

#[test]
fn accepted_lines_are_decoded_and_others_are_not_counted() {
    let emulator = Emulator::start().unwrap();
    emulator.tracking_statuses([500, 403]);
    let first = "nonce=AA&eventType=customData&index=1&valuesCountMap=%7B%22a%20b%22%3A1%7D&visitorCode=v";
    let second = "nonce=BB&eventType=activity&mappingValue=w";
    for body in [first, first, &format!("{first}\n{second}\n")] {
        post(&emulator, "/visit/events?siteCode=s", body).unwrap();
    }
    let lines = emulator.tracking_lines();
    assert_eq!(lines.iter().map(|line| line.raw()).collect::<Vec<_>>(), [first, first, second]);
    assert_eq!(lines[0].get("valuesCountMap"), Some("{\"a b\":1}"));
    let expected = [("nonce", "BB"), ("eventType", "activity"), ("mappingValue", "w")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(lines[2].pairs(), expected);
    assert_eq!(lines[2].to_map(), BTreeMap::from(expected));
    // The lines of a failed request can still be read from it.
    assert_eq!(emulator.requests()[0].tracking_lines()[0].get("nonce"), Some("AA"));

    let totals = emulator.tracking_totals();
    assert_eq!((totals.accepted_requests, totals.failed_requests), (2, 1));
    assert_eq!((totals.lines, totals.nonces, totals.repeated_nonces, totals.visitors), (3, 2, 1, 2));
    assert_eq!(totals.bytes, first.len() * 2 + second.len() + 2);
}

#[test]
fn a_lost_answer_is_no_acceptance() {
    let emulator = Emulator::start().unwrap();
    for fault in [Fault::CloseWithoutAnswer, Fault::CutInHeaders, Fault::status(503)] {
        emulator.fail(RequestKind::Tracking, fault, Times::Once);
        let _ = post(&emulator, "/visit/events", "nonce=AA&visitorCode=v");
    }
    assert_eq!(emulator.tracking_lines(), []);
    assert_eq!(emulator.tracking_totals().failed_requests, 3);
    assert_eq!(emulator.count(RequestKind::Tracking), 3);
}

#[test]
fn clearing_forgets_requests_and_totals() {
    let emulator = Emulator::start().unwrap();
    post(&emulator, "/visit/events", "nonce=AA&visitorCode=v").unwrap();
    emulator.clear_requests();
    assert!(emulator.requests().is_empty() && emulator.tracking_lines().is_empty());
    assert_eq!(emulator.count(RequestKind::Tracking), 0);
    assert_eq!(emulator.tracking_totals(), Default::default());
    post(&emulator, "/visit/events", "nonce=AA&visitorCode=v").unwrap();
    assert_eq!(emulator.tracking_totals().repeated_nonces, 0);
}

#[test]
fn waiting_ends_with_the_condition_or_with_the_time() {
    let emulator = Emulator::start().unwrap();
    let start = Instant::now();
    std::thread::scope(|scope| {
        let (waiting, begin) = std::sync::mpsc::channel();
        let emulator = &emulator;
        scope.spawn(move || {
            begin.recv().unwrap();
            for _ in 0..3 {
                post(emulator, "/visit/events", "nonce=AA").unwrap();
            }
        });
        // Nothing is sent before the condition has been asked once, so the wait is a real one.
        assert!(emulator.wait_until(PATIENCE, |log| {
            let _ = waiting.send(());
            log.count(RequestKind::Tracking) == 3
        }));
    });
    assert!(start.elapsed() < PATIENCE, "the arrivals woke nobody");
    let start = Instant::now();
    assert!(!emulator.wait_until(Duration::from_millis(30), |log| log.requests().len() > 3));
    assert!(start.elapsed() >= Duration::from_millis(30));
    assert!(emulator.wait_until(Duration::MAX, |log| log.tracking_lines().len() == 3));
}

#[test]
fn a_load_test_keeps_counts_and_no_bodies() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    let emulator = Emulator::builder()
        .record_bodies(false)
        .keep_requests(4)
        .on_tracking_line(move |line| {
            assert!(line.starts_with("nonce="));
            counter.fetch_add(1, Ordering::Relaxed);
        })
        .start()
        .unwrap();
    emulator.fail(RequestKind::Tracking, Fault::status(500), Times::Once);
    for batch in 0..11 {
        let lines: Vec<String> = (0..1_000)
            .map(|line| format!("nonce={:016X}&eventType=activity&visitorCode=v{line}", batch * 1_000 + line))
            .collect();
        post(&emulator, "/visit/events", &lines.join("\n")).unwrap();
    }
    let totals = emulator.tracking_totals();
    assert_eq!((totals.accepted_requests, totals.failed_requests), (10, 1));
    assert_eq!((totals.lines, totals.nonces, totals.repeated_nonces), (10_000, 10_000, 0));
    assert_eq!(totals.visitors, 1_000);
    assert_eq!(seen.load(Ordering::Relaxed), 10_000);
    assert_eq!(emulator.count(RequestKind::Tracking), 11);
    let kept = emulator.requests();
    assert_eq!(kept.len(), 4);
    assert!(kept.iter().all(|request| request.body.is_empty() && request.body_length > 50_000));
}

#[test]
fn a_hook_sees_each_request_and_may_panic() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    let emulator = Emulator::builder()
        .data_file("{}")
        .on_request(move |request| {
            counter.fetch_add(1, Ordering::Relaxed);
            assert_ne!(request.query, "panic", "this panic is part of the test");
        })
        .start()
        .unwrap();
    assert!(get(&emulator, "/v3/site?panic").is_err());
    assert_eq!(get(&emulator, "/v3/site").unwrap().status, 200);
    assert_eq!(seen.load(Ordering::Relaxed), 2);
}

#[test]
fn clients_at_the_same_time_are_all_served() {
    let emulator = Emulator::builder().data_file("{}").start().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    assert_eq!(get(&emulator, "/v3/site").unwrap().body, "{}");
                }
            });
        }
    });
    assert_eq!(emulator.count(RequestKind::Configuration), 200);
}
