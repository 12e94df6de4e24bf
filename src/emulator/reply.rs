//! Answers, and how they are written.

use std::borrow::Cow;
use std::sync::Arc;

/// How an answer says where its body ends.
#[derive(Clone, Copy)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
}

/// An answer, before it is put on the wire.
#[derive(Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(Cow<'static, str>, String)>,
    pub(super) body: Arc<str>,
}

impl Reply {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Arc<str>>) -> Self {
        Self {
            status,
            headers: vec![(Cow::Borrowed("Content-Type"), content_type.to_owned())],
            body: body.into(),
        }
    }

    pub(super) fn json(body: impl Into<Arc<str>>) -> Self {
        Self::new(200, "application/json", body)
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self::new(status, "text/plain", body)
    }

    /// A status with neither body nor type.
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Arc::from("") }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((Cow::Borrowed(name), value.into()));
        self
    }

    pub(super) fn head(&self, framing: Framing) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            // A line break in a value would end the header early.
            let value = value.replace(['\r', '\n'], " ");
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        match framing {
            Framing::Length(_) if matches!(self.status, 204 | 304) => {}
            Framing::Length(length) => text.push_str(&format!("Content-Length: {length}\r\n")),
            Framing::Chunked => text.push_str("Transfer-Encoding: chunked\r\n"),
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    /// Head and body.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head(Framing::Length(self.body.len()));
        if !matches!(self.status, 204 | 304) {
            bytes.extend_from_slice(self.body.as_bytes());
        }
        bytes
    }
}

/// One piece of a chunked body.
pub(super) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}
