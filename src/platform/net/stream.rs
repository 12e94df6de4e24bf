//! A response that does not end: the stream of configuration events.

use super::failure::failure;
use super::http::{HttpClient, ask, header, retry_after};
use super::limit;
use super::request_log::RequestLog;
use super::stage::Stage;
use crate::error::{RequestFailure, RequestKind};
use std::io::Read;
use std::time::Duration;
use ureq::http;

/// How long a read waits before it comes back empty-handed, so that its thread can see to other
/// things.
const WAKE: Duration = Duration::from_millis(500);

/// Why there is no stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) failure: RequestFailure,
    /// What the server asked for.
    pub(crate) retry_after: Option<Duration>,
}

impl From<RequestFailure> for Refused {
    fn from(failure: RequestFailure) -> Self {
        Self { failure, retry_after: None }
    }
}

/// What one read of a stream brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamRead {
    /// So many bytes at the start of the buffer.
    Bytes(usize),
    /// Nothing within half a second. The stream is as good as before.
    Quiet,
    /// The server ended it.
    End,
}

/// An open stream. Dropping it closes the connection.
pub(crate) struct EventStream {
    client: HttpClient,
    reader: ureq::BodyReader<'static>,
}

impl HttpClient {
    /// Opens a stream of events; `timeout` is for its headers, there is none for its end.
    pub(crate) fn open_stream(&self, url: &str, timeout: Duration) -> Result<EventStream, Refused> {
        Stage::begin();
        let log = RequestLog { kind: Some(RequestKind::Stream), method: "GET", url, sent: 0 };
        let open =
            || limit::within(timeout, || self.guarded(|| ask(|| self.request_stream(url)).map_err(failure)));
        let response = log.run(open, |response| (response.status().as_u16(), None))?;
        self.accept(response)
    }

    fn request_stream(&self, url: &str) -> Result<http::Response<ureq::Body>, ureq::Error> {
        let request = http::Request::get(url)
            .header(http::header::ACCEPT, "text/event-stream")
            .header(http::header::CACHE_CONTROL, "no-cache")
            // Compression would hold events back until a block is full.
            .header(http::header::ACCEPT_ENCODING, "identity")
            .body(())?;
        let request = self.agent.configure_request(request).https_only(url.starts_with("https:")).build();
        self.agent.run(request)
    }

    fn accept(&self, response: http::Response<ureq::Body>) -> Result<EventStream, Refused> {
        let failure = if response.status() != http::StatusCode::OK {
            RequestFailure::Status(response.status().as_u16())
        } else {
            let content_type = header(&response, http::header::CONTENT_TYPE).unwrap_or_default();
            let media_type = content_type.split(';').next().unwrap_or_default().trim();
            if media_type.eq_ignore_ascii_case("text/event-stream") {
                let reader = response.into_body().into_reader();
                return Ok(EventStream { client: self.clone(), reader });
            }
            RequestFailure::Body(format!("`{}` is not an event stream", media_type.escape_debug()))
        };
        Err(Refused { failure, retry_after: retry_after(&response) })
    }
}

impl EventStream {
    /// Waits for bytes, half a second at most.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<StreamRead, RequestFailure> {
        let Self { client, reader } = self;
        // On another thread than the one that opened it, maybe.
        Stage::begin();
        Stage::Body.enter();
        client.guarded(|| match limit::waking(WAKE, || reader.read(buffer)) {
            // A shutdown looks like the end of a body that ends with its connection.
            Ok(0) if client.is_closed() => Err(RequestFailure::Closed),
            Ok(0) => Ok(StreamRead::End),
            Ok(bytes) => Ok(StreamRead::Bytes(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(StreamRead::Quiet),
            Err(error) => match ureq::Error::from(error) {
                ureq::Error::Timeout(ureq::Timeout::PerRead) => Ok(StreamRead::Quiet),
                error => Err(failure(error)),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::net::fake::{Fake, PATIENCE, response, wait_until};
    use crate::platform::net::http_tests::{client, config};
    use parking_lot::Mutex;
    use std::sync::Arc;
    use std::time::Instant;

    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream;charset=utf-8\r\n";

    fn open(fake: &Fake) -> Result<EventStream, Refused> {
        client(&config()).open_stream(&fake.url(), PATIENCE)
    }

    #[test]
    fn a_quiet_stream_wakes_its_reader_and_loses_nothing() {
        let asked = Arc::new(Mutex::new(String::new()));
        let go = Arc::new(Mutex::new(false));
        let (asked_there, go_there) = (Arc::clone(&asked), Arc::clone(&go));
        let fake = Fake::start(move |connection| {
            *asked_there.lock() = connection.request().unwrap().to_ascii_lowercase();
            // The pause falls inside of a chunk.
            connection.send(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n6\r\nfirst\n\r\nC\r\nsec"));
            wait_until("the reader found it quiet", || *go_there.lock());
            connection.send("ond half\n\r\n0\r\n\r\n");
        });
        let mut stream = open(&fake).unwrap();
        let mut rest = String::new();
        let mut buffer = [0; 64];
        loop {
            let start = Instant::now();
            match stream.read(&mut buffer).unwrap() {
                StreamRead::Bytes(count) => rest.push_str(std::str::from_utf8(&buffer[..count]).unwrap()),
                StreamRead::Quiet => {
                    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
                    *go.lock() = true;
                }
                StreamRead::End => break,
            }
        }
        assert!(*go.lock(), "the stream was never quiet");
        assert_eq!(rest, "first\nsecond half\n");
        let asked = asked.lock();
        for header in
            ["accept: text/event-stream\r\n", "cache-control: no-cache\r\n", "accept-encoding: identity\r\n"]
        {
            assert!(asked.contains(header), "{asked}");
        }
    }

    #[test]
    fn a_stream_is_asked_for_again_when_its_kept_connection_ends() {
        let event = format!("{HEAD}Content-Length: 5\r\n\r\ndata\n");
        let fake = Fake::that_ends_kept_connections(response(404, "", ""), event);
        let client = client(&config());
        let refused = client.open_stream(&fake.url(), PATIENCE).map(drop).unwrap_err();
        assert_eq!(refused.failure, RequestFailure::Status(404));
        let mut stream = client.open_stream(&fake.url(), PATIENCE).unwrap();
        assert_eq!(stream.read(&mut [0; 64]), Ok(StreamRead::Bytes(5)));
        assert_eq!(fake.connections(), 2);
    }

    #[test]
    fn shutdown_cancels_a_read_at_once() {
        let fake = Fake::start(|connection| {
            connection.request();
            connection.send(format!("{HEAD}\r\n"));
            connection.hang();
        });
        let client = client(&config());
        let mut stream = client.open_stream(&fake.url(), PATIENCE).unwrap();
        let reading = Arc::new(Mutex::new(false));
        let reading_there = Arc::clone(&reading);
        let worker = std::thread::spawn(move || {
            *reading_there.lock() = true;
            loop {
                match stream.read(&mut [0; 16]) {
                    Ok(StreamRead::Quiet) => {}
                    other => return (other, Instant::now()),
                }
            }
        });
        wait_until("the worker reads", || *reading.lock());
        let start = Instant::now();
        client.shutdown();
        let (outcome, ended) = worker.join().unwrap();
        assert_eq!(outcome, Err(RequestFailure::Closed));
        assert!(ended - start < Duration::from_millis(500), "{:?}", ended - start);
        assert!(matches!(
            client.open_stream(&fake.url(), PATIENCE),
            Err(Refused { failure: RequestFailure::Closed, .. })
        ));
    }

    #[test]
    fn a_stream_that_is_cut_fails_and_one_that_ends_ends() {
        for (rest, expected) in [
            ("Transfer-Encoding: chunked\r\n\r\n5\r\nda", None),
            ("Content-Length: 10\r\n\r\ndata", None),
            ("Transfer-Encoding: chunked\r\n\r\n4\r\ndata\r\n0\r\n\r\n", Some(StreamRead::End)),
            ("\r\ndata", Some(StreamRead::End)),
        ] {
            let fake = Fake::start(move |connection| {
                connection.request();
                connection.send(format!("{HEAD}{rest}"));
            });
            let mut stream = open(&fake).unwrap();
            let last = loop {
                match stream.read(&mut [0; 16]) {
                    Ok(StreamRead::Bytes(_) | StreamRead::Quiet) => {}
                    Ok(end) => break Some(end),
                    Err(RequestFailure::Connection(_)) => break None,
                    other => panic!("{other:?}"),
                }
            };
            assert_eq!(last, expected, "{rest:?}");
        }
    }

    #[test]
    fn what_is_no_stream_is_refused_with_what_the_server_asks_for() {
        for (answer, failure, retry_after) in [
            (response(503, "Retry-After: 9\r\n", ""), RequestFailure::Status(503), Some(9)),
            (response(204, "", ""), RequestFailure::Status(204), None),
            (response(401, "", "no"), RequestFailure::Status(401), None),
            (
                response(200, "Content-Type: text/html; x=y\r\n", "<html>"),
                RequestFailure::Body("`text/html` is not an event stream".to_owned()),
                None,
            ),
        ] {
            let fake = Fake::start(move |connection| connection.always(&answer));
            let refused = open(&fake).err().unwrap();
            assert_eq!(refused, Refused { failure, retry_after: retry_after.map(Duration::from_secs) });
        }
    }

    #[test]
    fn a_server_that_is_slow_to_answer_has_the_whole_time_for_it() {
        let fake = Fake::start(|connection| {
            connection.request();
            std::thread::sleep(WAKE + WAKE / 2);
            connection.send(format!("{HEAD}\r\ndata"));
            connection.hang();
        });
        let mut stream = open(&fake).unwrap();
        let mut buffer = [0; 16];
        assert_eq!(stream.read(&mut buffer), Ok(StreamRead::Bytes(4)));
        assert_eq!(&buffer[..4], b"data");
        assert_eq!(fake.connections(), 1);
        // And its reader wakes as often as that of any other.
        let start = Instant::now();
        assert_eq!(stream.read(&mut buffer), Ok(StreamRead::Quiet));
        assert!(start.elapsed() < 3 * WAKE, "{:?}", start.elapsed());
    }

    #[test]
    fn a_redirect_with_a_body_that_does_not_end_is_given_up() {
        let fake = Fake::start(|connection| {
            connection.request();
            connection.send("HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 1000\r\n\r\n");
            while connection.send("y") {
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let start = Instant::now();
        let refused = client(&config()).open_stream(&fake.url(), Duration::from_millis(700)).err().unwrap();
        assert!(matches!(refused.failure, RequestFailure::Timeout(_)), "{refused:?}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }

    #[test]
    fn a_server_that_never_answers_is_given_up() {
        let fake = Fake::start(|connection| connection.hang());
        let start = Instant::now();
        let refused = client(&config()).open_stream(&fake.url(), Duration::from_millis(700)).err().unwrap();
        assert!(matches!(refused.failure, RequestFailure::Timeout(_)), "{refused:?}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
