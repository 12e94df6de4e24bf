//! Start, outage, end.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, Fault, Times};
use kameleoon::{KameleoonError, RequestKind};

use crate::client::{PATIENCE, get, read_all, read_to, request_head, socket};

/// Asks again until it holds; for what ends on another thread without a sign.
fn soon(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_port_in_use_is_an_error_that_names_it() {
    let first = Emulator::start().unwrap();
    assert_eq!(first.url(), format!("http://127.0.0.1:{}", first.port()));
    let error = Emulator::builder().port(first.port()).start().unwrap_err();
    assert!(matches!(error, KameleoonError::System { .. }));
    assert!(error.to_string().contains(&format!("127.0.0.1:{}", first.port())), "{error}");
}

#[test]
fn dropping_ends_every_connection_and_thread() {
    let seen = Arc::new(());
    let held = Arc::clone(&seen);
    let emulator = Emulator::builder()
        .data_file("{}")
        .on_request(move |_| {
            let _ = &held;
        })
        .start()
        .unwrap();
    emulator.fail(RequestKind::Token, Fault::NeverAnswer, Times::Always);
    emulator.fail(RequestKind::VisitorData, Fault::slow_bytes(Duration::from_secs(60)), Times::Once);
    emulator.fail(RequestKind::DataMap, Fault::huge_body(u64::MAX), Times::Once);
    let mut idle = socket(&emulator, &request_head("/v3/site"));
    read_to(&mut idle, "{}");
    let mut sockets = vec![idle];
    for target in ["/sse", "/oauth/token", "/visit/visitor", "/map/map", "/v3/half"] {
        let head = request_head(target);
        let sent = if target == "/v3/half" { &head[..20] } else { &head[..] };
        sockets.push(socket(&emulator, sent));
    }
    assert!(emulator.wait_until(PATIENCE, |log| log.requests().len() == 5 && log.open_streams() == 1));
    let url = emulator.url().to_owned();

    let start = Instant::now();
    drop(emulator);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    for socket in &mut sockets {
        read_all(socket);
    }
    assert!(TcpStream::connect(url.trim_start_matches("http://")).is_err());
    // Every thread of the emulator holds the hook, and the hook holds this.
    soon("a thread is left", || Arc::strong_count(&seen) == 1);
}

#[test]
fn an_outage_refuses_connections_until_it_ends() {
    let emulator = Emulator::builder().data_file("{}").start().unwrap();
    let url = emulator.url().to_owned();
    let mut stream = socket(&emulator, &request_head("/sse"));
    read_to(&mut stream, "heartbeat\n\n");
    emulator.pause();
    emulator.pause();
    read_all(&mut stream);
    assert_eq!(emulator.open_streams(), 0);
    let refused = TcpStream::connect(("127.0.0.1", emulator.port())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    emulator.set_data_file("{\"dateModified\": 2}");
    emulator.resume().unwrap();
    emulator.resume().unwrap();
    assert_eq!(emulator.url(), url);
    assert_eq!(get(&emulator, "/v3/site").unwrap().body, "{\"dateModified\": 2}");
}

#[test]
fn a_hook_may_play_the_outage() {
    let slot: Arc<Mutex<Option<Arc<Emulator>>>> = Arc::default();
    let hook = Arc::clone(&slot);
    let emulator = Emulator::builder()
        .data_file("{}")
        .on_request(move |_| {
            if let Some(emulator) = hook.lock().unwrap().take() {
                emulator.pause();
            }
        })
        .start()
        .unwrap();
    let emulator = Arc::new(emulator);
    *slot.lock().unwrap() = Some(Arc::clone(&emulator));
    assert!(get(&emulator, "/v3/site").is_err());
    emulator.resume().unwrap();
    assert_eq!(get(&emulator, "/v3/site").unwrap().status, 200);
}

#[test]
fn connections_beyond_the_limit_are_closed() {
    let emulator = Emulator::builder().data_file("{}").max_connections(1).start().unwrap();
    let mut first = socket(&emulator, &request_head("/v3/site"));
    read_to(&mut first, "{}");
    assert_eq!(read_all(&mut socket(&emulator, &request_head("/v3/site"))), "");
    drop(first);
    soon("the place is not free again", || get(&emulator, "/v3/site").is_ok());
    assert_eq!(emulator.requests().iter().filter(|request| request.status != Some(200)).count(), 0);
}

#[test]
fn a_second_emulator_may_follow_on_the_same_port() {
    let first = Emulator::builder().data_file("{}").start().unwrap();
    let port = first.port();
    get(&first, "/v3/site").unwrap();
    drop(first);
    let second = Emulator::builder().port(port).start().unwrap();
    assert_eq!(get(&second, "/v3/site").unwrap().status, 500);
}
