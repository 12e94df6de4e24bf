//! One line of the log for each request.

use std::time::{Duration, Instant};

use super::address::Address;
use crate::error::{RequestFailure, RequestKind};
use crate::logging::{Fact, LogLevel, enabled, log_facts};

/// A request whose end is told at DEBUG.
pub(super) struct RequestLog<'a> {
    pub(super) kind: Option<RequestKind>,
    pub(super) method: &'static str,
    pub(super) url: &'a str,
    /// Of the request's body.
    pub(super) sent: usize,
}

/// How it ended: the status, and the bytes of the answer's body where it was read.
pub(super) type Ended<'a> = Result<(u16, Option<usize>), &'a RequestFailure>;

impl RequestLog<'_> {
    /// Runs `send` and tells how it ended.
    pub(super) fn run<T>(
        &self,
        send: impl FnOnce() -> Result<T, RequestFailure>,
        answer: impl FnOnce(&T) -> (u16, Option<usize>),
    ) -> Result<T, RequestFailure> {
        if !enabled(LogLevel::Debug) {
            return send();
        }
        let start = Instant::now();
        let result = send();
        self.tell(result.as_ref().map(answer), start.elapsed());
        result
    }

    fn tell(&self, ended: Ended<'_>, duration: Duration) {
        let Self { kind, method, url, sent } = *self;
        let address = Address::of(url);
        let milliseconds = duration.as_secs_f64() * 1_000.0;
        let mut facts: Vec<Fact<'_>> = vec![
            ("method", method.into()),
            ("host", address.host.into()),
            ("path", address.path.into()),
            ("duration_ms", milliseconds.into()),
        ];
        facts.extend(kind.map(|kind| ("kind", kind.as_str().into())));
        let sent_text = if sent == 0 { String::new() } else { format!(" ({sent} bytes)") };
        if sent > 0 {
            facts.push(("sent_bytes", sent.into()));
        }
        match ended {
            Ok((status, bytes)) => {
                facts.push(("status", status.into()));
                facts.extend(bytes.map(|bytes| ("bytes", bytes.into())));
                let bytes = bytes.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
                log_facts!(
                    Debug,
                    &facts,
                    "{method} {address}{sent_text}: status {status}{bytes}, {milliseconds:.0} ms"
                );
            }
            Err(failure) => {
                facts.push(("error", failure.as_str().into()));
                log_facts!(Debug, &facts, "{method} {address}{sent_text}: {failure}, {milliseconds:.0} ms");
            }
        }
    }
}
