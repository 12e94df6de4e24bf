//! One connection: requests read within bounds, bytes written, time waited out.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::time::deadline_after;

const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;
/// Several times what a tracking request of the SDKs holds.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// A connection without a request for this long gives its thread back.
const IDLE: Duration = Duration::from_secs(60);
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A request as it was read.
pub(super) struct Received {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) keep_alive: bool,
}

/// Why no request could be read.
pub(super) enum ReadError {
    /// The peer is gone or was silent for too long.
    Closed,
    /// What came is no request that the emulator takes.
    Bad(u16, &'static str),
}

/// One connection: its socket and what was read from it beyond the last request.
pub(super) struct Connection {
    socket: Arc<TcpStream>,
    buffer: Vec<u8>,
}

struct Head {
    request: Received,
    length: usize,
    chunked: bool,
    expects_continue: bool,
}

impl Connection {
    pub(super) fn new(socket: Arc<TcpStream>) -> Self {
        Self { socket, buffer: Vec::new() }
    }

    pub(super) fn socket(&self) -> &Arc<TcpStream> {
        &self.socket
    }

    /// Reads the next request, body included.
    pub(super) fn read_request(&mut self) -> Result<Received, ReadError> {
        self.socket.set_read_timeout(Some(IDLE)).map_err(|_| ReadError::Closed)?;
        let head = loop {
            if let Some(head) = self.take_head()? {
                break head;
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(ReadError::Bad(431, "the head of the request is too large"));
            }
            self.fill()?;
        };
        if head.length > MAX_BODY {
            return Err(ReadError::Bad(413, "the body of the request is too large"));
        }
        if head.expects_continue {
            self.send(CONTINUE).map_err(|_| ReadError::Closed)?;
        }
        let mut request = head.request;
        request.body = if head.chunked { self.read_chunks()? } else { self.take(head.length)? };
        Ok(request)
    }

    fn take_head(&mut self) -> Result<Option<Head>, ReadError> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        let size = match parsed.parse(&self.buffer) {
            Ok(httparse::Status::Complete(size)) => size,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => {
                return Err(ReadError::Bad(431, "the request has too many headers"));
            }
            Err(_) => return Err(ReadError::Bad(400, "this is not an HTTP/1.1 request")),
        };
        let headers: Vec<(String, String)> = parsed
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
            .collect();
        let target = parsed.path.unwrap_or("/");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let connection = find(&headers, "connection").unwrap_or("");
        let keep_alive = match parsed.version {
            Some(0) => connection.eq_ignore_ascii_case("keep-alive"),
            _ => !connection.eq_ignore_ascii_case("close"),
        };
        let chunked = match find(&headers, "transfer-encoding") {
            None => false,
            Some(coding) if coding.eq_ignore_ascii_case("chunked") => true,
            Some(_) => return Err(ReadError::Bad(501, "only chunked transfer encoding is known")),
        };
        let length = match find(&headers, "content-length") {
            None => 0,
            Some(_) if chunked => {
                return Err(ReadError::Bad(400, "both Content-Length and Transfer-Encoding were sent"));
            }
            Some(digits) => {
                digits.parse().map_err(|_| ReadError::Bad(400, "Content-Length is not a number"))?
            }
        };
        let expects_continue =
            find(&headers, "expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        let request = Received {
            method: parsed.method.unwrap_or("").to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: Vec::new(),
            keep_alive,
        };
        self.buffer.drain(..size);
        Ok(Some(Head { request, length, chunked, expects_continue }))
    }

    fn read_chunks(&mut self) -> Result<Vec<u8>, ReadError> {
        let mut body = Vec::new();
        loop {
            let (size_line, size) = loop {
                match httparse::parse_chunk_size(&self.buffer) {
                    Ok(httparse::Status::Complete(found)) => break found,
                    Ok(httparse::Status::Partial) if self.buffer.len() < MAX_HEAD => self.fill()?,
                    _ => return Err(ReadError::Bad(400, "a chunk has no readable size")),
                }
            };
            self.buffer.drain(..size_line);
            if size == 0 {
                break;
            }
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if size > MAX_BODY - body.len() {
                return Err(ReadError::Bad(413, "the body of the request is too large"));
            }
            body.extend(self.take(size)?);
            if self.take(2)? != b"\r\n" {
                return Err(ReadError::Bad(400, "a chunk is longer than its size says"));
            }
        }
        // Trailers carry nothing that the platform reads; they end with an empty line.
        loop {
            match self.buffer.iter().position(|&byte| byte == b'\n') {
                Some(end) => {
                    let line = self.take(end + 1)?;
                    if matches!(line.as_slice(), b"\n" | b"\r\n") {
                        return Ok(body);
                    }
                }
                None if self.buffer.len() < MAX_HEAD => self.fill()?,
                None => return Err(ReadError::Bad(431, "the trailers of the request are too large")),
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>, ReadError> {
        while self.buffer.len() < length {
            self.fill()?;
        }
        let rest = self.buffer.split_off(length);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    fn fill(&mut self) -> Result<(), ReadError> {
        let mut piece = [0; 16 * 1024];
        loop {
            match (&*self.socket).read(&mut piece) {
                Ok(0) => return Err(ReadError::Closed),
                Ok(size) => {
                    self.buffer.extend_from_slice(&piece[..size]);
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(ReadError::Closed),
            }
        }
    }

    pub(super) fn send(&self, bytes: &[u8]) -> std::io::Result<()> {
        (&*self.socket).write_all(bytes)
    }

    /// Lets `time` pass; `false` as soon as the connection ends, from whichever side.
    ///
    /// All waiting is done by reading, so that closing the socket wakes every thread at once.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let deadline = deadline_after(time);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            // A read timeout of zero is refused; what is below a millisecond is rounded up.
            if self.socket.set_read_timeout(Some(left.max(Duration::from_millis(1)))).is_err() {
                return false;
            }
            match (&*self.socket).read(&mut [0; 256]) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    _ => return false,
                },
            }
        }
    }

    /// Stays silent until the connection ends.
    pub(super) fn hold(&self) {
        while self.wait(Duration::from_secs(3_600)) {}
    }
}

/// The value of the first header of that name, whatever its case.
pub(super) fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
