//! What happens on one connection: read a request, note it, answer it or let it fail.

use std::sync::Arc;
use std::time::Duration;

use super::connection::{Connection, ReadError, Received};
use super::faults::Fault;
use super::platform::Platform;
use super::reply::{Framing, Reply, chunk};
use super::routes::{Answer, kind_of};
use super::script::{End, Script, stream_reply};
use super::stream::EventStream;
use crate::RequestKind;

const HEARTBEAT: &str = ": heartbeat\n\n";
const DOCUMENT_START: &[u8] = br#"{"filler":""#;
const DOCUMENT_END: &[u8] = br#""}"#;
const PIECE: usize = 16 * 1024;

/// Serves a connection until either side ends it.
pub(super) fn serve(platform: &Platform, mut connection: Connection) {
    loop {
        match connection.read_request() {
            Ok(request) => {
                if !exchange(platform, &connection, request) {
                    return;
                }
            }
            Err(ReadError::Closed) => return,
            Err(ReadError::Bad(status, reason)) => {
                let reply = Reply::text(status, reason).header("Connection", "close");
                // The connection ends in any case.
                let _ = connection.send(&reply.bytes());
                return;
            }
        }
    }
}

/// Answers one request; `false` when no other can follow.
fn exchange(platform: &Platform, connection: &Connection, request: Received) -> bool {
    let kind = kind_of(&request.path);
    let mut fault = platform.next_fault(kind).filter(|fault| *fault != Fault::Pass);
    if let Some(Fault::Late { delay }) = fault {
        if !connection.wait(delay) {
            // The client has given up.
            platform.record(kind, request, None);
            return false;
        }
        fault = None;
    }
    let is_head = request.method == "HEAD";
    let mut script = match fault {
        Some(fault) => {
            let target = target_of(&request);
            Script::faulty(fault, &target, || whole_reply(platform, kind, &request))
        }
        None => match platform.answer(kind, &request, false) {
            Answer::Reply(reply) => Script::plain(&reply),
            Answer::Stream => {
                platform.record(kind, request, Some(200));
                let mut head = stream_reply().head(Framing::Chunked);
                head.extend(chunk(HEARTBEAT.as_bytes()));
                stream(platform, connection, &head, false);
                return false;
            }
        },
    };
    if is_head {
        script.leave_out_body();
    }
    let keep_alive = request.keep_alive;
    platform.record(kind, request, script.status);
    play(platform, connection, &script) && keep_alive
}

fn target_of(request: &Received) -> String {
    match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    }
}

/// The right answer in a form that can be slowed down or cut.
fn whole_reply(platform: &Platform, kind: Option<RequestKind>, request: &Received) -> Reply {
    match platform.answer(kind, request, true) {
        Answer::Reply(reply) => reply,
        Answer::Stream => Reply { body: HEARTBEAT.into(), ..stream_reply() },
    }
}

/// Sends what the script says; `true` when another request may follow.
fn play(platform: &Platform, connection: &Connection, script: &Script) -> bool {
    if script.end == End::HoldStream {
        stream(platform, connection, &script.bytes, true);
        return false;
    }
    let sent = match script.pace {
        None => connection.send(&script.bytes).is_ok(),
        Some(interval) => send_slowly(connection, &script.bytes, interval),
    };
    if !sent || script.document.is_some_and(|size| send_document(connection, size).is_err()) {
        return false;
    }
    if script.end == End::Hold {
        connection.hold();
    }
    script.end == End::KeepAlive
}

fn send_slowly(connection: &Connection, bytes: &[u8], interval: Duration) -> bool {
    bytes.iter().all(|byte| connection.wait(interval) && connection.send(&[*byte]).is_ok())
}

/// A valid JSON document of `size` bytes, made while it is sent.
fn send_document(connection: &Connection, size: u64) -> std::io::Result<()> {
    let frame = (DOCUMENT_START.len() + DOCUMENT_END.len()) as u64;
    let mut left = size.saturating_sub(frame);
    let filler = vec![b'x'; PIECE];
    connection.send(&chunk(DOCUMENT_START))?;
    while left > 0 {
        let piece = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        connection.send(&chunk(&filler[..piece]))?;
        left -= piece as u64;
    }
    connection.send(&chunk(DOCUMENT_END))?;
    connection.send(b"0\r\n\r\n")
}

/// Keeps an event stream open until either side ends it.
fn stream(platform: &Platform, connection: &Connection, head: &[u8], stalled: bool) {
    let stream = Arc::new(EventStream::new(Arc::clone(connection.socket()), stalled));
    let opening = stream.reserve();
    platform.add_stream(&stream);
    let opened = connection.send(head).is_ok();
    drop(opening);
    if opened {
        if stalled {
            connection.hold();
        } else {
            while connection.wait(platform.heartbeat()) && stream.send(HEARTBEAT) {}
        }
    }
    platform.remove_stream(&stream);
}
