//! Each fault as a client meets it.

use std::io::Read;
use std::time::{Duration, Instant};

use kameleoon::RequestKind;
use kameleoon::emulator::{Emulator, Fault, Times};

use crate::client::{Fetched, get, get_with, post, read_all, request_head, socket};

const DATA_FILE: &str = r#"{"featureFlags": [], "customData": []}"#;
const SHORT: Duration = Duration::from_millis(300);

/// One request for the data file under this fault, and one after it, which has to be well.
fn meet(fault: Fault, check: impl FnOnce(&Emulator, Fetched)) {
    let emulator = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    emulator.fail(RequestKind::Configuration, fault, Times::Once);
    check(&emulator, get_with(&emulator, "/v3/site", &[], SHORT));
    let after = get(&emulator, "/v3/site").unwrap();
    assert_eq!((after.status, after.body.as_str()), (200, DATA_FILE));
    assert_eq!(emulator.count(RequestKind::Configuration), 2);
}

fn status_of_first(emulator: &Emulator) -> Option<u16> {
    emulator.requests()[0].status
}

#[test]
fn the_connection_is_closed_without_an_answer() {
    meet(Fault::CloseWithoutAnswer, |emulator, fetched| {
        assert!(!matches!(fetched.unwrap_err(), ureq::Error::Timeout(_)));
        assert_eq!(status_of_first(emulator), None);
    });
}

#[test]
fn no_answer_comes() {
    meet(Fault::NeverAnswer, |emulator, fetched| {
        assert!(matches!(fetched, Err(ureq::Error::Timeout(_))), "{fetched:?}");
        assert_eq!(status_of_first(emulator), None);
    });
}

#[test]
fn the_answer_comes_byte_by_byte() {
    let emulator = Emulator::builder().data_file("{}").start().unwrap();
    let interval = Duration::from_millis(5);
    let slow = Fault::slow_bytes(interval);
    emulator.fail(RequestKind::Configuration, slow.clone(), Times::Once);
    let start = Instant::now();
    let answer = get(&emulator, "/v3/site").unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    // The status line and the type alone are more bytes than that.
    assert!(start.elapsed() > interval * 50, "{:?}", start.elapsed());

    // A client with less patience gives up.
    emulator.fail(RequestKind::Configuration, slow, Times::Once);
    let fetched = get_with(&emulator, "/v3/site", &[], Duration::from_millis(100));
    assert!(matches!(fetched, Err(ureq::Error::Timeout(_))), "{fetched:?}");
}

#[test]
fn the_answer_comes_late_and_whole() {
    let emulator = Emulator::builder().data_file("{}").start().unwrap();
    let delay = Duration::from_millis(150);
    emulator.fail(RequestKind::Configuration, Fault::late(delay), Times::Once);
    let start = Instant::now();
    let answer = get(&emulator, "/v3/site").unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert!(start.elapsed() >= delay, "{:?}", start.elapsed());

    emulator.fail(RequestKind::Configuration, Fault::late(Duration::from_secs(60)), Times::Once);
    let fetched = get_with(&emulator, "/v3/site", &[], Duration::from_millis(100));
    assert!(matches!(fetched, Err(ureq::Error::Timeout(_))), "{fetched:?}");
    assert!(get(&emulator, "/v3/site").is_ok(), "the next one is answered at once");
}

#[test]
fn the_connection_ends_in_the_headers() {
    let emulator = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    emulator.fail(RequestKind::Configuration, Fault::CutInHeaders, Times::Count(2));
    assert!(get(&emulator, "/v3/site").is_err());
    let text = read_all(&mut socket(&emulator, &request_head("/v3/site")));
    assert_eq!(text, "HTTP/1.1 200 OK\r\nCont");
    assert_eq!(status_of_first(&emulator), None);
}

#[test]
fn the_connection_ends_in_the_body() {
    for (fault, sign) in
        [(Fault::CutInBody, "Content-Length: 64"), (Fault::CutInChunk, "Transfer-Encoding: chunked")]
    {
        let emulator = Emulator::builder().data_file(DATA_FILE).start().unwrap();
        emulator.fail(RequestKind::Configuration, fault.clone(), Times::Count(2));
        assert!(get(&emulator, "/v3/site").is_err(), "{fault:?}");
        let text = read_all(&mut socket(&emulator, &request_head("/v3/site")));
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.contains(sign), "{text}");
        assert!(text.ends_with(&DATA_FILE[..DATA_FILE.len() / 2]), "{text}");
        assert_eq!(status_of_first(&emulator), Some(200));
    }
}

#[test]
fn a_cut_needs_a_body_even_where_the_answer_has_none() {
    let emulator = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    let date = get(&emulator, "/v3/site").unwrap().header("last-modified").to_owned();
    emulator.fail(RequestKind::Configuration, Fault::CutInBody, Times::Once);
    let known = [("If-Modified-Since", date.as_str())];
    assert!(get_with(&emulator, "/v3/site", &known, SHORT).is_err());
    emulator.fail(RequestKind::Tracking, Fault::CutInBody, Times::Once);
    assert!(post(&emulator, "/visit/events", "nonce=1").is_err());
}

#[test]
fn the_length_is_too_short() {
    meet(Fault::LengthTooShort, |_, fetched| {
        assert_eq!(fetched.unwrap().body, DATA_FILE[..DATA_FILE.len() / 2]);
    });
}

#[test]
fn the_length_is_too_long() {
    meet(Fault::LengthTooLong, |_, fetched| {
        // The body is there, and still the client waits for more.
        assert!(matches!(fetched, Err(ureq::Error::Timeout(_))), "{fetched:?}");
    });
}

#[test]
fn the_body_is_not_what_it_should_be() {
    for (fault, kind, body) in [
        (Fault::Html, "text/html; charset=utf-8", "<!DOCTYPE html>"),
        (Fault::EmptyBody, "application/json", ""),
        (Fault::WrongShape, "application/json", "[\"this is JSON\""),
        (Fault::Json("{\"access_token\": 7}".into()), "application/json", "{\"access_token\": 7}"),
    ] {
        meet(fault.clone(), |_, fetched| {
            let answer = fetched.unwrap();
            assert_eq!((answer.status, answer.header("content-type")), (200, kind), "{fault:?}");
            assert!(answer.body.starts_with(body), "{fault:?}: {}", answer.body);
            assert_eq!(answer.body.is_empty(), body.is_empty(), "{fault:?}");
        });
    }
}

#[test]
fn the_gzip_is_none() {
    meet(Fault::WrongGzip, |emulator, fetched| {
        assert!(fetched.is_err());
        assert_eq!(status_of_first(emulator), Some(200));
    });
}

#[test]
fn redirects_go_round_while_the_fault_lasts() {
    let emulator = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    emulator.fail(RequestKind::Configuration, Fault::RedirectLoop, Times::Always);
    let fetched = get(&emulator, "/v3/site?ts=5");
    assert!(matches!(fetched, Err(ureq::Error::TooManyRedirects)), "{fetched:?}");
    assert!(emulator.count(RequestKind::Configuration) > 3);
    assert!(emulator.requests().iter().all(|request| request.query == "ts=5"));
    emulator.clear_faults();
    assert_eq!(get(&emulator, "/v3/site").unwrap().status, 200);
}

#[test]
fn a_status_may_bring_headers() {
    let fault = Fault::status_with(429, [("Retry-After", "7"), ("X-Odd", "two\r\nlines")]);
    meet(fault, |_, fetched| {
        let answer = fetched.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (429, "error"));
        assert_eq!(answer.header("retry-after"), "7");
        assert_eq!(answer.header("x-odd"), "two  lines");
    });
}

#[test]
fn a_huge_body_is_valid_json_of_that_size() {
    let emulator = Emulator::start().unwrap();
    let size = 12_000_000;
    emulator.fail(RequestKind::DataMap, Fault::huge_body(size), Times::Once);
    let mut response = crate::client::agent(crate::client::PATIENCE)
        .get(format!("{}/map/map?key=a", emulator.url()))
        .call()
        .unwrap();
    let mut body = Vec::new();
    response.body_mut().as_reader().read_to_end(&mut body).unwrap();
    assert_eq!(body.len() as u64, size);
    assert!(serde_json::from_slice::<serde_json::Value>(&body).unwrap().is_object());
}

#[test]
fn faults_wait_in_a_queue_of_their_own_route() {
    let emulator = Emulator::builder().data_file("{}").start().unwrap();
    emulator.fail(RequestKind::Tracking, Fault::status(500), Times::Once);
    emulator.fail(RequestKind::Tracking, Fault::Pass, Times::Once);
    emulator.fail(RequestKind::Tracking, Fault::status(502), Times::Count(2));
    emulator.tracking_statuses([202]);
    assert_eq!(get(&emulator, "/v3/site").unwrap().status, 200);
    let statuses: Vec<u16> =
        (0..5).map(|_| post(&emulator, "/visit/events", "nonce=1").unwrap().status).collect();
    assert_eq!(statuses, [500, 202, 502, 502, 200]);
}
