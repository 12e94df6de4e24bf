//! What the platform answers when nothing goes wrong.

use std::io::Write;
use std::time::Duration;

use kameleoon::RequestKind;
use kameleoon::emulator::Emulator;

use crate::client::{PATIENCE, get, get_with, post, read_all, read_to, request_head, socket};

const DATA_FILE: &str = r#"{"featureFlags": []}"#;

#[test]
fn the_data_file_is_served_at_both_addresses() {
    let emulator = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    for target in ["/site", "/v3/site", "/v3/site?environment=staging&ts=17"] {
        let answer = get(&emulator, target).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, DATA_FILE), "{target}");
        assert!(answer.header("last-modified").ends_with(" GMT"), "{target}");
    }
    assert_eq!(emulator.count(RequestKind::Configuration), 3);
}

#[test]
fn the_answer_to_head_has_no_body_that_the_next_one_begins_with() {
    let emulator = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    let head = "HEAD /v3/site HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let get = "GET /v3/site HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let text = read_all(&mut socket(&emulator, &format!("{head}{get}")));
    let (first, second) = text.split_once("\r\n\r\n").unwrap();
    assert!(first.contains("Content-Length: "), "{first}");
    assert!(second.starts_with("HTTP/1.1 200 "), "{second}");
    assert!(second.ends_with(DATA_FILE), "{second}");
}

#[test]
fn a_data_file_that_the_client_has_is_not_sent_again() {
    let emulator = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    let mut known = Vec::new();
    for version in 0..3 {
        emulator.set_data_file(format!(r#"{{"dateModified": {version}}}"#));
        let first = get(&emulator, "/v3/site").unwrap();
        let date = first.header("last-modified").to_owned();
        assert!(!known.contains(&date), "the date of version {version} was seen before");
        for old in &known {
            let again = get_with(&emulator, "/v3/site", &[("If-Modified-Since", old)], PATIENCE).unwrap();
            assert_eq!((again.status, &again.body), (200, &first.body));
        }
        let again = get_with(&emulator, "/v3/site", &[("If-Modified-Since", &date)], PATIENCE).unwrap();
        assert_eq!((again.status, again.body.as_str()), (304, ""));
        assert_eq!(again.header("last-modified"), date);
        known.push(date);
    }
}

#[test]
fn without_a_data_file_the_status_is_500() {
    let emulator = Emulator::start().unwrap();
    assert_eq!(get(&emulator, "/v3/site").unwrap().status, 500);
    emulator.set_data_file("{}");
    assert_eq!(get(&emulator, "/v3/site").unwrap().status, 200);
    emulator.set_data_file("null");
    assert_eq!(get(&emulator, "/v3/site").unwrap().status, 500);
}

#[test]
fn a_site_code_can_be_unknown() {
    let emulator =
        Emulator::builder().data_file("{}").site_code("one").site_code("two words").start().unwrap();
    for (target, status) in [("/v3/one", 200), ("/one", 200), ("/v3/two%20words", 200), ("/v3/three", 404)] {
        assert_eq!(get(&emulator, target).unwrap().status, status, "{target}");
    }
}

#[test]
fn a_token_is_given_and_can_be_changed() {
    let emulator = Emulator::start().unwrap();
    let token = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let first = post(&emulator, "/oauth/token?siteCode=s", "grant_type=client_credentials").unwrap();
    assert_eq!(first.header("content-type"), "application/json");
    assert_eq!(
        token(&first.body),
        serde_json::json!({"access_token": "tok-0123456789", "token_type": "bearer", "expires_in": 7200})
    );
    emulator.set_token("a \"quoted\" one", Duration::from_secs(90));
    let second = token(&post(&emulator, "/oauth/token", "").unwrap().body);
    assert_eq!(second["access_token"], "a \"quoted\" one");
    assert_eq!(second["expires_in"], 90);
    assert_eq!(emulator.requests()[0].body_text(), "grant_type=client_credentials");
}

#[test]
fn visitor_data_is_found_by_code_or_mapping_value() {
    let emulator = Emulator::start().unwrap();
    emulator.set_visitor_data("anna b", r#"{"currentVisit": {}}"#);
    emulator.set_visitor_data("gone", r#"{"$status": 503}"#);
    for (query, status, body) in [
        ("siteCode=s&visitorCode=anna%20b&version=0", 200, r#"{"currentVisit": {}}"#),
        ("siteCode=s&mappingValue=anna+b", 200, r#"{"currentVisit": {}}"#),
        ("visitorCode=stranger&mappingValue=anna%20b", 200, "{}"),
        ("siteCode=s", 200, "{}"),
        ("visitorCode=gone", 503, "error"),
    ] {
        let answer = get(&emulator, &format!("/visit/visitor?{query}")).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{query}");
    }
}

#[test]
fn the_map_is_read_by_key() {
    let emulator = Emulator::start().unwrap();
    emulator.set_map("prices", "[1, 2]");
    emulator.set_map("broken", r#"{"$status": 500}"#);
    for (key, status, kind, body) in [
        ("prices", 200, "application/json", "[1, 2]"),
        ("broken", 500, "text/plain", "error"),
        ("absent", 404, "text/plain", "no such key"),
    ] {
        let answer = get(&emulator, &format!("/map/map?siteCode=s&key={key}")).unwrap();
        assert_eq!((answer.status, answer.header("content-type")), (status, kind), "{key}");
        assert_eq!(answer.body, body, "{key}");
    }
}

#[test]
fn tracking_is_answered_with_the_statuses_of_the_list_and_then_200() {
    let emulator = Emulator::start().unwrap();
    emulator.tracking_statuses([503, 403, 204]);
    let statuses: Vec<u16> =
        (0..5).map(|_| post(&emulator, "/visit/events", "nonce=1").unwrap().status).collect();
    assert_eq!(statuses, [503, 403, 204, 200, 200]);
    assert_eq!(post(&emulator, "/visit/events", "nonce=1").unwrap().body, "");
}

#[test]
fn other_paths_and_methods_are_refused() {
    let emulator = Emulator::builder().data_file("{}").start().unwrap();
    for target in ["/", "/v4/site", "/visit/nothing"] {
        assert_eq!(get(&emulator, target).unwrap().status, 404, "{target}");
    }
    for (target, allowed) in [("/oauth/token", "POST"), ("/visit/events", "POST")] {
        let answer = get(&emulator, target).unwrap();
        assert_eq!((answer.status, answer.header("allow")), (405, allowed), "{target}");
    }
    for target in ["/v3/site", "/visit/visitor", "/map/map?key=a", "/sse?siteCode=s"] {
        let answer = post(&emulator, target, "").unwrap();
        assert_eq!((answer.status, answer.header("allow")), (405, "GET"), "{target}");
    }
}

#[test]
fn one_connection_carries_many_requests() {
    let emulator = Emulator::builder().data_file("{}").start().unwrap();
    // The second request is on its way before the first is answered.
    let two = request_head("/v3/site") + &request_head("/map/map?key=a");
    let mut socket = socket(&emulator, &two);
    assert!(read_to(&mut socket, "{}").starts_with("HTTP/1.1 200"));
    assert!(read_to(&mut socket, "no such key").starts_with("HTTP/1.1 404"));
    let last = "GET /v3/site HTTP/1.1\r\nConnection: close\r\n\r\n";
    socket.write_all(last.as_bytes()).unwrap();
    assert!(read_all(&mut socket).ends_with("{}"));
    assert_eq!(emulator.requests().len(), 3);
}

#[test]
fn a_body_may_come_in_chunks_or_after_being_asked_for() {
    let emulator = Emulator::start().unwrap();
    let chunked = "POST /visit/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                   5\r\nnonce\r\n3;x=y\r\n=A1\r\n0\r\nTrailer: t\r\n\r\n";
    let mut first = socket(&emulator, chunked);
    assert!(read_all(&mut first).starts_with("HTTP/1.1 200"));
    let asking = "POST /visit/events HTTP/1.1\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\
                  Connection: close\r\n\r\n";
    let mut second = socket(&emulator, asking);
    assert_eq!(read_to(&mut second, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    second.write_all(b"nonce=B2").unwrap();
    assert!(read_all(&mut second).starts_with("HTTP/1.1 200"));
    let lines = emulator.tracking_lines();
    assert_eq!(lines.iter().map(|line| line.raw()).collect::<Vec<_>>(), ["nonce=A1", "nonce=B2"]);
}

#[test]
fn what_is_no_acceptable_request_is_refused_and_not_recorded() {
    let emulator = Emulator::start().unwrap();
    let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(70_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(200));
    for (request, status) in [
        ("\0\0\0\0\r\n\r\n", "400"),
        ("POST /visit/events HTTP/1.1\r\nContent-Length: many\r\n\r\n", "400"),
        ("POST /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
        ("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
        ("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc", "400"),
        ("POST /a HTTP/1.1\r\nTransfer-Encoding: br\r\n\r\n", "501"),
        ("POST /visit/events HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "413"),
        ("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\n", "413"),
        (&many, "431"),
        (&long, "431"),
    ] {
        let answer = read_to(&mut socket(&emulator, request), "\r\n");
        let what = &request[..request.len().min(60)];
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what:?} gave {answer:?}");
    }
    assert!(emulator.requests().is_empty());
}
