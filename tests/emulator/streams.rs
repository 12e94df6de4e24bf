//! Event streams.

use std::net::TcpStream;
use std::time::Duration;

use kameleoon::RequestKind;
use kameleoon::emulator::{Emulator, Fault, Times};

use crate::client::{PATIENCE, read_all, read_to, request_head, socket};

fn open(emulator: &Emulator) -> TcpStream {
    let mut stream = socket(emulator, &request_head("/sse?siteCode=s"));
    let head = read_to(&mut stream, "\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"), "{head}");
    stream
}

#[test]
fn an_update_reaches_every_open_stream() {
    let emulator = Emulator::start().unwrap();
    assert_eq!(emulator.push_update(1), 0);
    let mut streams = [open(&emulator), open(&emulator)];
    assert_eq!(emulator.open_streams(), 2);
    assert_eq!(emulator.push_update(1_700_000_000_000), 2);
    assert_eq!(emulator.push_event("other", "text"), 2);
    assert_eq!(emulator.push_raw(": comment\n\n"), 2);
    for stream in &mut streams {
        let text = read_to(stream, "comment\n\n");
        let event = "event: configuration-update-event\ndata: {\"ts\": 1700000000000}\n\n";
        assert!(text.contains(event), "{text}");
        assert!(text.contains("event: other\ndata: text\n\n"), "{text}");
    }
}

#[test]
fn a_client_that_knows_http_reads_the_events() {
    use std::io::{BufRead, BufReader};
    let emulator = Emulator::start().unwrap();
    let response = crate::client::agent(PATIENCE).get(format!("{}/sse", emulator.url())).call().unwrap();
    assert_eq!(emulator.push_update(5), 1);
    let lines: Vec<String> =
        BufReader::new(response.into_body().into_reader()).lines().take(5).map(Result::unwrap).collect();
    assert_eq!(lines, [": heartbeat", "", "event: configuration-update-event", "data: {\"ts\": 5}", ""]);
}

#[test]
fn heartbeats_come_at_their_interval() {
    let emulator = Emulator::builder().heartbeat(Duration::from_millis(20)).start().unwrap();
    let mut stream = open(&emulator);
    for _ in 0..4 {
        assert!(read_to(&mut stream, ": heartbeat\n\n").ends_with(": heartbeat\n\n"));
    }
}

#[test]
fn a_stream_that_the_client_leaves_is_no_longer_open() {
    let emulator = Emulator::start().unwrap();
    let stream = open(&emulator);
    assert!(emulator.wait_until(PATIENCE, |log| log.open_streams() == 1));
    drop(stream);
    assert!(emulator.wait_until(PATIENCE, |log| log.open_streams() == 0));
    assert_eq!(emulator.push_update(1), 0);
}

#[test]
fn streams_are_dropped_on_demand_without_an_end() {
    let emulator = Emulator::start().unwrap();
    let mut stream = open(&emulator);
    emulator.drop_streams();
    let text = read_all(&mut stream);
    assert!(!text.contains("0\r\n\r\n"), "{text}");
    assert!(emulator.wait_until(PATIENCE, |log| log.open_streams() == 0));
    // A new one can be opened.
    let _stream = open(&emulator);
    assert_eq!(emulator.push_update(1), 1);
}

#[test]
fn a_stream_may_end_at_once_or_in_the_middle_of_an_event() {
    let emulator = Emulator::start().unwrap();
    emulator.fail(RequestKind::Stream, Fault::StreamEnds, Times::Once);
    assert_eq!(read_all(&mut open(&emulator)), "0\r\n\r\n");
    emulator.fail(RequestKind::Stream, Fault::StreamCutsEvent, Times::Once);
    let text = read_all(&mut open(&emulator));
    assert!(text.contains("event: configuration-update-event\ndata: {\"ts\": 17"), "{text}");
    assert!(!text.contains("}"), "{text}");
    assert_eq!(emulator.open_streams(), 0);
}

#[test]
fn a_stalled_stream_is_open_and_silent() {
    let emulator = Emulator::builder().heartbeat(Duration::from_millis(5)).start().unwrap();
    emulator.fail(RequestKind::Stream, Fault::StreamStalls, Times::Once);
    let mut stalled = open(&emulator);
    let mut well = open(&emulator);
    assert_eq!(emulator.open_streams(), 2);
    assert_eq!(emulator.push_update(1), 1);
    // By now the other stream has had several heartbeats.
    for _ in 0..4 {
        read_to(&mut well, "heartbeat\n\n");
    }
    assert_eq!(emulator.open_streams(), 2);
    emulator.drop_streams();
    assert_eq!(read_all(&mut stalled), "");
}
