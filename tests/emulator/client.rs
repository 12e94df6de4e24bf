//! Clients for the tests: one that knows HTTP, and bare sockets for what no such client would send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use kameleoon::emulator::Emulator;

/// Long enough for a busy machine; nothing waits for it unless something is wrong.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) type Fetched = Result<Answer, ureq::Error>;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) fn agent(timeout: Duration) -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(4)
        .timeout_global(Some(timeout))
        .build()
        .into()
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Fetched {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, body: response.body_mut().read_to_string()? })
}

pub(crate) fn get_with(
    emulator: &Emulator,
    target: &str,
    headers: &[(&str, &str)],
    timeout: Duration,
) -> Fetched {
    let mut request = agent(timeout).get(format!("{}{target}", emulator.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request.call()?)
}

pub(crate) fn get(emulator: &Emulator, target: &str) -> Fetched {
    get_with(emulator, target, &[], PATIENCE)
}

pub(crate) fn post(emulator: &Emulator, target: &str, body: &str) -> Fetched {
    read(agent(PATIENCE).post(format!("{}{target}", emulator.url())).send(body)?)
}

/// A socket on which these bytes have been sent.
pub(crate) fn socket(emulator: &Emulator, request: &str) -> TcpStream {
    let mut socket = TcpStream::connect(("127.0.0.1", emulator.port())).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    socket
}

/// Reads until `end` has been read, or the connection ends.
pub(crate) fn read_to(socket: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with(end) && matches!(socket.read(&mut byte), Ok(1)) {
        text.push(char::from(byte[0]));
    }
    text
}

/// Everything up to the end of the connection; an error counts as the end.
pub(crate) fn read_all(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = socket.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn request_head(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}
