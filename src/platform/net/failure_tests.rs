//! What is said when the network, or what is in between, is not as it should be.

use std::net::TcpListener;
use std::time::Duration;

use super::endpoints::Endpoints;
use super::fake::{Fake, PATIENCE, response};
use super::http::Request;
use super::http_tests::{client, config};
use super::stage::may_have_arrived;
use crate::config::KameleoonClientConfig;
use crate::error::{RequestFailure, RequestKind};

const BUDGET: Duration = Duration::from_millis(400);

/// Why a tracking request to `url` fails, as a program is told, and whether it may have arrived.
fn failure_of(config: &KameleoonClientConfig, url: &str, time: Duration) -> (RequestFailure, String, bool) {
    let failure = client(config).send(&Request::post(url, b"line", time, 1_000)).unwrap_err();
    let endpoints = Endpoints::new(config.settings(), "site");
    let told = endpoints.failed(RequestKind::Tracking, failure.clone(), url).to_string();
    (failure, told, may_have_arrived())
}

fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("127.0.0.1:{}", listener.local_addr().unwrap().port())
}

#[test]
fn a_timeout_says_what_the_request_was_at_and_what_gives_it_more_time() {
    for (answer, stage) in [
        ("", "still waiting for the answer after 0."),
        ("HTTP/1.1 200 OK\r\n", "still waiting for the answer after 0."),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", "still reading the answer after 0."),
    ] {
        let fake = Fake::start(move |connection| {
            connection.request();
            connection.send(answer);
            connection.hang();
        });
        let (failure, told, arrived) = failure_of(&config(), &fake.url(), BUDGET);
        assert!(matches!(failure, RequestFailure::Timeout(_)), "{failure:?}");
        assert!(told.contains(stage) && told.contains("`default_timeout_millisecond`"), "{told}");
        assert!(arrived, "{told}");
    }
}

#[test]
fn a_handshake_that_hangs_is_told_as_connecting_and_nothing_has_arrived() {
    if !cfg!(feature = "rustls") {
        return;
    }
    let fake = Fake::start(|connection| connection.hang());
    let (failure, told, arrived) = failure_of(&config(), &fake.url().replace("http:", "https:"), BUDGET);
    assert!(matches!(failure, RequestFailure::Timeout(_)), "{failure:?}");
    assert!(told.contains("still connecting after 0.") && !arrived, "{told}");
}

#[test]
fn an_end_without_an_answer_says_when_it_came() {
    let fake = Fake::start(|connection| drop(connection.request()));
    let (failure, told, arrived) = failure_of(&config(), &fake.url(), PATIENCE);
    assert!(matches!(failure, RequestFailure::Connection(_)), "{failure:?}");
    assert!(told.contains("the other side ended it while waiting for the answer") && arrived, "{told}");
}

#[test]
fn a_proxy_that_cannot_be_reached_is_named_as_the_cause() {
    for proxy in [closed_port(), "no-such-proxy.invalid:3128".to_owned()] {
        let config = config().proxy(format!("http://user:s3cr3t@{proxy}"));
        let (failure, told, arrived) = failure_of(&config, "http://platform.example/", PATIENCE);
        assert!(matches!(failure, RequestFailure::Connection(_)), "{failure:?}");
        assert!(told.contains("the proxy cannot be reached: "), "{told}");
        assert!(told.contains("check the address in `proxy`"), "{told}");
        assert!(!told.contains("s3cr3t") && !arrived, "{told}");
    }
}

#[test]
fn what_a_proxy_answers_is_told_as_the_proxys() {
    for (status, expected, advice) in [
        (407, "status 407", "the proxy wants credentials: check `proxy`"),
        (
            403,
            "the proxy answered with status 403 in place of a connection",
            "a firewall or proxy in between",
        ),
    ] {
        let fake = Fake::start(move |connection| connection.always(&response(status, "", "")));
        let config = config().proxy(fake.url().replace("http://", "http://user:s3cr3t@"));
        let (_, told, arrived) = failure_of(&config, "http://platform.example/", PATIENCE);
        assert!(told.contains(expected) && told.contains(advice), "{told}");
        assert!(!told.contains("s3cr3t") && !arrived, "{told}");
    }
    let fake = Fake::start(|connection| drop(connection.request()));
    let (_, told, arrived) = failure_of(&config().proxy(fake.url()), "http://platform.example/", PATIENCE);
    assert!(told.contains("the proxy ended the connection without an answer") && !arrived, "{told}");
}

#[test]
fn a_proxy_that_hangs_is_told_as_such_and_nothing_has_arrived() {
    let fake = Fake::start(|connection| connection.hang());
    let (_, told, arrived) = failure_of(&config().proxy(fake.url()), "http://platform.example/", BUDGET);
    assert!(told.contains("still connecting through the proxy after 0.") && !arrived, "{told}");
}

#[test]
fn what_goes_through_a_proxy_may_have_arrived() {
    let fake = Fake::start(|connection| {
        connection.request();
        connection.send("HTTP/1.1 200 OK\r\n\r\n");
        connection.request();
        connection.hang();
    });
    let (_, told, arrived) = failure_of(&config().proxy(fake.url()), "http://platform.example/", BUDGET);
    assert!(told.contains("still waiting for the answer after 0.") && arrived, "{told}");
}

#[test]
fn a_body_that_is_not_taken_to_its_end_has_not_arrived() {
    // Nobody reads, so that what the sockets have no room for stays where it is.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = vec![b'x'; 64 << 20];
    let outcome = client(&config()).send(&Request::post(&url, &body, BUDGET, 1_000));
    let told = outcome.unwrap_err().to_string();
    assert!(told.contains("still sending the request after 0.") && !may_have_arrived(), "{told}");
}
