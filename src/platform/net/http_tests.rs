//! Requests against sockets that answer well, badly, late, or not at all.

use super::endpoints::Endpoints;
use super::fake::{Connection, Fake, PATIENCE, response, wait_until};
use super::http::{HttpClient, Request, Response};
use crate::config::KameleoonClientConfig;
use crate::error::{RequestFailure, RequestKind};
use parking_lot::Mutex;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const MAX_BODY: usize = 1_000;

pub(super) fn config() -> KameleoonClientConfig {
    let plain = "http://127.0.0.1:9";
    KameleoonClientConfig::new("id", "secret")
        .configuration_url(plain)
        .data_api_url(plain)
        .automation_url(plain)
        .events_url(plain)
}

pub(super) fn client(config: &KameleoonClientConfig) -> HttpClient {
    HttpClient::new(config.settings(), &Endpoints::new(config.settings(), "site")).unwrap()
}

fn get(url: &str, timeout: Duration) -> Result<Response, RequestFailure> {
    client(&config()).send(&Request::get(url, timeout, MAX_BODY))
}

/// The answer to a GET of a server that does `script` once the request has arrived.
fn answer(script: impl Fn(&mut Connection) + Send + Sync + 'static) -> Result<Response, RequestFailure> {
    let fake = Fake::start(move |connection| {
        if connection.request().is_some() {
            script(connection);
        }
    });
    get(&fake.url(), PATIENCE)
}

/// The kind of a failure, in a word.
fn kind(outcome: &Result<Response, RequestFailure>) -> String {
    match outcome {
        Ok(response) => response.status.to_string(),
        Err(RequestFailure::Timeout(_)) => "timeout".to_owned(),
        Err(RequestFailure::Connection(_)) => "connection".to_owned(),
        Err(RequestFailure::Tls(_)) => "tls".to_owned(),
        Err(RequestFailure::Body(_)) => "body".to_owned(),
        Err(RequestFailure::Closed) => "closed".to_owned(),
        Err(other) => format!("{other:?}"),
    }
}

#[test]
fn a_request_arrives_as_it_was_made_and_its_answer_is_read() {
    let seen = Arc::new(Mutex::new(String::new()));
    let seen_there = Arc::clone(&seen);
    let fake = Fake::start(move |connection| {
        *seen_there.lock() = connection.request().unwrap();
        let headers =
            "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Type: text/plain\r\nRetry-After: 7\r\n";
        connection.send(response(201, headers, "told"));
    });
    let url = format!("{}/path?a=%20b", fake.url());
    let request = Request::post(&url, b"line 1\nline 2", PATIENCE, MAX_BODY).header("Content-Type", "*/*");
    let answer = client(&config()).send(&request).unwrap();
    assert_eq!(
        answer,
        Response {
            status: 201,
            last_modified: Some("Tue, 14 Nov 2023 22:13:20 GMT".to_owned()),
            content_type: Some("text/plain".to_owned()),
            retry_after: Some(Duration::from_secs(7)),
            body: b"told".to_vec(),
        }
    );
    let seen = seen.lock();
    let head = seen.to_ascii_lowercase();
    assert!(
        seen.starts_with("POST /path?a=%20b HTTP/1.1\r\n") && seen.ends_with("\r\n\r\nline 1\nline 2"),
        "{seen}"
    );
    assert!(head.contains("content-type: */*\r\n") && head.contains("user-agent: kameleoon-rust/"), "{seen}");
}

#[test]
fn a_proxy_that_answers_byte_by_byte_holds_no_request_beyond_its_time() {
    let proxy = Fake::start(|connection| {
        connection.request();
        connection.send("HTTP/1.1 200 OK\r\nX: ");
        // Each byte comes within the time that the library gives a read.
        while connection.send("y") {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let client = client(&config().proxy(proxy.url()));
    let request = Request::get("http://platform.example/", Duration::from_millis(700), MAX_BODY);
    let start = Instant::now();
    let outcome = client.send(&request);
    assert!(matches!(outcome, Err(RequestFailure::Timeout(_))), "{outcome:?}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_gzip_body_may_be_padded() {
    // Whoever unpacks it, the library (where another crate has it do so) or this crate.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"{\"a\": 1}").unwrap();
    let packed = [encoder.finish().unwrap(), vec![0; 512]].concat();
    let answer = answer(move |connection| {
        let length = packed.len();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
        connection.send([head.as_bytes(), &packed].concat());
    });
    assert_eq!(answer.map(|answer| answer.body), Ok(b"{\"a\": 1}".to_vec()));
}

#[test]
fn no_cookie_travels_from_one_request_to_another() {
    // Another crate of the program may switch on a cookie jar in the HTTP library:
    // `cargo test --features full,ureq/cookies no_cookie_travels` plays that.
    let asked = Arc::new(Mutex::new(Vec::new()));
    let asked_there = Arc::clone(&asked);
    let fake = Fake::start(move |connection| {
        while let Some(request) = connection.request() {
            asked_there.lock().push(request.to_ascii_lowercase());
            connection.send(response(200, "Set-Cookie: route=7; Path=/\r\n", ""));
        }
    });
    let client = client(&config());
    for _ in 0..3 {
        client.send(&Request::get(&fake.url(), PATIENCE, 100)).unwrap();
    }
    let asked = asked.lock();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|request| !request.contains("cookie:")), "{asked:?}");
}

#[test]
fn every_status_is_an_answer() {
    for status in [200, 204, 304, 400, 401, 403, 404, 429, 500, 503] {
        let outcome = answer(move |connection| {
            let body = if matches!(status, 204 | 304) { "" } else { "text" };
            connection.send(response(status, "", body));
        });
        assert_eq!(kind(&outcome), status.to_string());
        assert_eq!(outcome.unwrap().is_success(), status < 300, "{status}");
    }
}

#[test]
fn answers_that_are_cut_or_wrong_are_failures() {
    let gzip = "Content-Encoding: gzip\r\n";
    for (case, bytes, expected) in [
        ("nothing", String::new(), "connection"),
        ("half a status line", "HTTP/1.1 20".to_owned(), "connection"),
        ("half the headers", "HTTP/1.1 200 OK\r\nContent-Len".to_owned(), "connection"),
        ("no HTTP", "SSH-2.0-OpenSSH_9\r\n\r\n".to_owned(), "connection"),
        ("half the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345".to_owned(), "body"),
        ("half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123".to_owned(), "body"),
        (
            "no last chunk",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n".to_owned(),
            "body",
        ),
        (
            "a chunk without a length",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n12345\r\n0\r\n\r\n".to_owned(),
            "body",
        ),
        ("no gzip", response(200, gzip, "this is no gzip"), "body"),
        ("announced as too large", response(200, "", &"x".repeat(MAX_BODY + 1)), "body"),
        (
            "too large without being announced",
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "x".repeat(MAX_BODY + 1)),
            "body",
        ),
    ] {
        let outcome = answer(move |connection| {
            connection.send(&bytes);
        });
        assert_eq!(kind(&outcome), expected, "{case}: {outcome:?}");
    }
}

#[test]
fn the_largest_body_is_taken_whole() {
    let outcome = answer(|connection| {
        connection.send(response(200, "", &"x".repeat(MAX_BODY)));
    });
    assert_eq!(outcome.unwrap().body.len(), MAX_BODY);
}

#[test]
fn a_body_that_grows_when_unpacked_is_bounded_too() {
    // A mebibyte of zeros, packed by gzip to a few kilobytes: small on the wire, large here.
    let packed = packed_zeros();
    assert!(packed.len() < 10_000);
    let fake = Fake::start(move |connection| {
        if connection.request().is_some() {
            let length = packed.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
            let _ = connection.send(head) && connection.send(&packed);
        }
    });
    let request = |max| client(&config()).send(&Request::get(&fake.url(), PATIENCE, max));
    assert_eq!(kind(&request(100_000)), "body");
    assert_eq!(request(2_000_000).unwrap().body.len(), 1_048_576);
}

/// gzip of 1,048,576 zero bytes: one deflate block with fixed codes, written out here since the
/// crate has no compressor.
fn packed_zeros() -> Vec<u8> {
    let mut bits = Vec::new();
    let push = |bits: &mut Vec<bool>, value: u32, count: u32| {
        (0..count).for_each(|i| bits.push(value >> i & 1 == 1));
    };
    push(&mut bits, 0b1, 1); // the last block
    push(&mut bits, 0b01, 2); // fixed codes
    // Literal 0 is the code 0011_0000, most significant bit first; so are the others.
    let code = |bits: &mut Vec<bool>, value: u32, count: u32| {
        (0..count).rev().for_each(|i| bits.push(value >> i & 1 == 1));
    };
    // 1 literal and 4,064 copies of 258 zeros make 1,048,513; 63 literals are left.
    code(&mut bits, 0b0011_0000, 8);
    for _ in 0..4_064 {
        code(&mut bits, 0b1100_0101, 8); // length 258
        code(&mut bits, 0, 5); // distance 1
    }
    for _ in 0..63 {
        code(&mut bits, 0b0011_0000, 8);
    }
    code(&mut bits, 0, 7); // end of the block
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(bits.chunks(8).map(|byte| byte.iter().rev().fold(0_u8, |sum, bit| sum << 1 | u8::from(*bit))));
    let mut crc = u32::MAX;
    for _ in 0..1_048_576_u32 {
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    out.write_all(&(!crc).to_le_bytes()).unwrap();
    out.write_all(&1_048_576_u32.to_le_bytes()).unwrap();
    out
}

#[test]
fn silence_ends_with_the_budget() {
    let budget = Duration::from_millis(200);
    for (case, bytes) in [
        ("before the headers", ""),
        ("in the headers", "HTTP/1.1 200 OK\r\n"),
        ("in the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"),
    ] {
        let fake = Fake::start(move |connection| {
            connection.request();
            connection.send(bytes);
            connection.hang();
        });
        let start = Instant::now();
        let outcome = get(&fake.url(), budget);
        assert_eq!(kind(&outcome), "timeout", "{case}: {outcome:?}");
        assert!(start.elapsed() >= budget && start.elapsed() < PATIENCE, "{case}: {:?}", start.elapsed());
    }
}

#[test]
fn a_trickle_does_not_stretch_the_budget() {
    let outcome_after = |head: &'static str| {
        let fake = Fake::start(move |connection| {
            connection.request();
            connection.send(head);
            while connection.send("x") {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let start = Instant::now();
        (kind(&get(&fake.url(), Duration::from_millis(300))), start.elapsed())
    };
    for head in ["HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"] {
        let (kind, took) = outcome_after(head);
        assert_eq!(kind, "timeout", "{head:?}");
        assert!(took < Duration::from_secs(3), "{head:?}: {took:?}");
    }
}

#[test]
fn a_refused_connection_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(kind(&get(&url, PATIENCE)), "connection");
}

#[test]
fn what_cannot_be_sent_is_told_without_the_address() {
    for url in ["http://", "no url", "http://h/visitorCode=a b", "http://h/?visitorCode=\n"] {
        let outcome = get(url, PATIENCE);
        assert_eq!(kind(&outcome), "connection", "{url}");
        assert!(!format!("{outcome:?}").contains("visitorCode"), "{outcome:?}");
    }
    let request = Request::get("http://127.0.0.1:9", PATIENCE, 1).header("Authorization", "a\r\nb: s3cr3t");
    let outcome = client(&config()).send(&request);
    assert_eq!(kind(&outcome), "connection");
    assert!(!format!("{outcome:?}").contains("s3cr3t"), "{outcome:?}");
    assert_eq!(kind(&get("http://127.0.0.1:9", Duration::ZERO)), "timeout");
}

#[test]
#[cfg(feature = "rustls")]
fn tls_with_a_server_that_knows_none_is_a_failure_of_tls() {
    let fake = Fake::start(|connection| {
        connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        connection.hang();
    });
    let outcome = get(&fake.url().replace("http:", "https:"), PATIENCE);
    assert_eq!(kind(&outcome), "tls", "{outcome:?}");
}

#[test]
fn a_get_follows_redirects_but_not_for_ever_and_without_its_token() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let seen_there = Arc::clone(&seen);
    let fake = Fake::start(move |connection| {
        while let Some(request) = connection.request() {
            let answer = if request.starts_with("GET /loop ") {
                response(301, "Location: /loop\r\n", "")
            } else if request.starts_with("GET /moved ") {
                response(302, "Location: /here\r\n", "")
            } else {
                response(200, "", "here")
            };
            seen_there.lock().push(request.to_ascii_lowercase());
            connection.send(answer);
        }
    });
    let client = client(&config());
    let get = |path: &str| {
        let url = fake.url() + path;
        client.send(&Request::get(&url, PATIENCE, MAX_BODY).header("Authorization", "Bearer token"))
    };
    assert_eq!(get("/moved").unwrap().body, b"here");
    {
        let seen = seen.lock();
        assert!(seen[0].contains("authorization: bearer token"), "{}", seen[0]);
        assert!(seen[1].starts_with("get /here") && !seen[1].contains("authorization"), "{}", seen[1]);
    }
    seen.lock().clear();
    assert_eq!(kind(&get("/loop")), "connection");
    assert_eq!(seen.lock().len(), 6, "one request and five redirects");
}

#[test]
fn a_post_is_never_redirected() {
    for status in [301, 302, 303, 307, 308] {
        let fake = Fake::start(move |connection| {
            while let Some(request) = connection.request() {
                let moved = request.starts_with("POST /visit ");
                let answer =
                    if moved { response(status, "Location: /login\r\n", "") } else { response(200, "", "") };
                connection.send(answer);
            }
        });
        let url = fake.url() + "/visit";
        let outcome = client(&config()).send(&Request::post(&url, b"data", PATIENCE, MAX_BODY));
        assert_eq!(kind(&outcome), status.to_string());
    }
}

#[test]
fn connections_are_kept_and_shared_by_clones() {
    let fake = Fake::start(|connection| connection.always(&response(200, "", "x")));
    let client = client(&config());
    for client in [client.clone(), client.clone(), client] {
        assert!(client.send(&Request::get(&fake.url(), PATIENCE, MAX_BODY)).is_ok());
    }
    assert_eq!(fake.connections(), 1);
}

#[test]
fn what_only_asks_is_asked_again_when_its_kept_connection_ends() {
    let outcome_of = |second: fn(&str) -> Request<'_>| {
        let fake = Fake::that_ends_kept_connections(response(200, "", "here"), response(200, "", "here"));
        let (url, client) = (fake.url(), client(&config()));
        assert_eq!(kind(&client.send(&Request::get(&url, PATIENCE, MAX_BODY))), "200");
        (kind(&client.send(&second(&url))), fake.connections())
    };
    let again = ("200".to_owned(), 2);
    let get: fn(&str) -> Request<'_> = |url| Request::get(url, PATIENCE, MAX_BODY);
    assert_eq!(outcome_of(get), again);
    let token: fn(&str) -> Request<'_> =
        |url| Request::post(url, b"", PATIENCE, MAX_BODY).of_kind(RequestKind::Token);
    assert_eq!(outcome_of(token), again);
    let lines: fn(&str) -> Request<'_> =
        |url| Request::post(url, b"", PATIENCE, MAX_BODY).of_kind(RequestKind::Tracking);
    assert_eq!(outcome_of(lines), ("connection".to_owned(), 1));
}

#[test]
fn a_get_whose_own_connection_ends_is_asked_once() {
    let fake = Fake::start(|connection| drop(connection.request()));
    assert_eq!(kind(&get(&fake.url(), PATIENCE)), "connection");
    assert_eq!(fake.connections(), 1);
}

#[test]
fn shutdown_cancels_what_runs_and_refuses_what_comes() {
    for (case, bytes) in [
        ("before the headers", ""),
        ("in a body of a known length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"),
        ("in a body that ends with the connection", "HTTP/1.1 200 OK\r\n\r\n12345"),
    ] {
        let sent = Arc::new(AtomicBool::new(false));
        let sent_there = Arc::clone(&sent);
        let fake = Fake::start(move |connection| {
            connection.request();
            connection.send(bytes);
            sent_there.store(true, Ordering::SeqCst);
            connection.hang();
        });
        let client = client(&config());
        let (running, url) = (client.clone(), fake.url());
        let worker = std::thread::spawn(move || {
            let outcome = running.send(&Request::get(&url, PATIENCE, MAX_BODY));
            (outcome, Instant::now())
        });
        wait_until("the request arrives", || sent.load(Ordering::SeqCst));
        let start = Instant::now();
        client.shutdown();
        let (outcome, ended) = worker.join().unwrap();
        assert_eq!(outcome, Err(RequestFailure::Closed), "{case}");
        assert!(ended - start < Duration::from_millis(500), "{case}: {:?}", ended - start);
        assert_eq!(client.send(&Request::get(&fake.url(), PATIENCE, MAX_BODY)), Err(RequestFailure::Closed));
        assert_eq!(fake.connections(), 1, "{case}: refused before it connects");
    }
}

#[test]
fn a_failed_redirect_does_not_repeat_the_address_it_was_given() {
    let outcome = answer(|connection| {
        connection.send(response(302, "Location: http://[bad/?visitorCode=somebody\r\n", ""));
    });
    let outcome_2 = answer(|connection| {
        connection.send(response(302, "Location: //\r\n", ""));
    });
    assert!(!format!("{outcome:?}").contains("somebody"), "{outcome:?}");
    assert_eq!(outcome_2, Err(RequestFailure::Connection("redirected to what is no address".to_owned())));
}

#[test]
fn a_status_that_is_enough_counts_though_its_body_never_ends() {
    let fake = Fake::start(|connection| {
        if connection.request().is_some() {
            connection.send("HTTP/1.1 200 Told\r\nContent-Length: 100\r\n\r\nhalf");
            connection.hang();
        }
    });
    let start = Instant::now();
    let url = fake.url();
    let request = Request::post(&url, b"line", PATIENCE, MAX_BODY).status_is_enough();
    let answer = client(&config()).send(&request).unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
}
