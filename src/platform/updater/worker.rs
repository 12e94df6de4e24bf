//! The thread that keeps the data file up to date: polls, or holds the stream.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use serde::Deserialize;

use super::fetcher::Fetcher;
use super::schedule::Schedule;
use super::sse::{SseEvent, SseParser};
use crate::error::{RequestKind, Result};
use crate::logging::{log_error, log_info, log_warning};
use crate::platform::events::DataFileOrigin;
use crate::platform::net::{EventStream, StreamRead};

/// The event that announces a new data file.
const UPDATE_EVENT: &str = "configuration-update-event";
/// When so much time has passed between the last fetch and the opening of the first stream, an
/// event may have been missed.
const FETCH_IS_FRESH: Duration = Duration::from_secs(1);

/// Called once with the outcome of a fetch that somebody asked for.
pub(crate) type Fetched = Box<dyn FnOnce(Result<()>) + Send>;

/// The callers' side: asks for a fetch; dropping it ends the worker.
pub(crate) struct Updater {
    orders: Sender<Fetched>,
}

impl Updater {
    /// Fetches the data file now. The call is dropped when the worker has ended.
    pub(crate) fn refresh(&self, done: Fetched) {
        // Fails when the worker has ended; dropping the order tells whoever waits.
        let _ = self.orders.send(done);
    }
}

pub(super) struct Worker {
    fetcher: Fetcher,
    schedule: Schedule,
    orders: Receiver<Fetched>,
    stream_idle_timeout: Duration,
    was_streaming: bool,
    last_fetch: Instant,
}

/// The client is being closed.
struct Stopped;

#[derive(Deserialize)]
struct UpdateNotice {
    ts: Option<i64>,
}

impl Worker {
    pub(super) fn new(
        fetcher: Fetcher,
        schedule: Schedule,
        stream_idle_timeout: Duration,
    ) -> (Updater, Self) {
        let (sender, orders) = unbounded();
        let last_fetch = Instant::now();
        let worker =
            Self { fetcher, schedule, orders, stream_idle_timeout, was_streaming: false, last_fetch };
        (Updater { orders: sender }, worker)
    }

    pub(super) fn run(mut self) {
        loop {
            // A panic here is a mistake of ours; the flags should not freeze because of it.
            match catch_unwind(AssertUnwindSafe(|| self.work())) {
                Ok(Stopped) => return,
                Err(_) => {
                    log_error!("the configuration thread panicked and goes on; please report this");
                    self.schedule.fetched(Instant::now(), rand::random(), false, None);
                }
            }
        }
    }

    fn work(&mut self) -> Stopped {
        self.fetcher.start_from_copy();
        loop {
            if let Err(stopped) = self.turn() {
                return stopped;
            }
        }
    }

    fn turn(&mut self) -> std::result::Result<(), Stopped> {
        let now = Instant::now();
        if now >= self.schedule.next_fetch() {
            let _logged = self.fetch(None, DataFileOrigin::Polling);
        }
        let wants_stream = self.fetcher.wants_stream();
        if wants_stream && Instant::now() >= self.schedule.next_stream() {
            return self.stream();
        }
        let until = match wants_stream {
            true => self.schedule.next_fetch().min(self.schedule.next_stream()),
            false => self.schedule.next_fetch(),
        };
        match self.orders.recv_deadline(until) {
            Ok(done) => self.obey(done),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Stopped),
        }
        Ok(())
    }

    fn fetch(&mut self, ts: Option<i64>, origin: DataFileOrigin) -> Result<()> {
        self.last_fetch = Instant::now();
        let result = self.fetcher.fetch(ts, origin);
        let retry_after = self.fetcher.retry_after;
        self.schedule.fetched(Instant::now(), rand::random(), result.is_ok(), retry_after);
        result
    }

    /// A fetch that somebody asked for. What is called is the program's in the end.
    fn obey(&mut self, done: Fetched) {
        let result = self.fetch(None, DataFileOrigin::Polling);
        if catch_unwind(AssertUnwindSafe(|| done(result))).is_err() {
            log_error!("the completion of a refresh panicked");
        }
    }

    /// Opens the stream and reads it until it ends, is not wanted any more, or the client closes.
    fn stream(&mut self) -> std::result::Result<(), Stopped> {
        let platform = Arc::clone(&self.fetcher.platform);
        let url = platform.endpoints.stream_url();
        let mut retry_after = None;
        let open = || {
            platform.configuration_http.open_stream(&url, platform.default_timeout).map_err(|refused| {
                retry_after = refused.retry_after;
                refused.failure
            })
        };
        let opened = platform.events.observe(RequestKind::Stream, open, |_| 200);
        let mut stream = match opened {
            Ok(stream) => stream,
            Err(failure) => {
                if platform.configuration_http.is_closed() {
                    return Err(Stopped);
                }
                log_warning!("the stream of updates cannot be opened ({failure}); polling goes on");
                self.schedule.stream_lost(Instant::now(), Duration::ZERO, rand::random(), retry_after);
                return Ok(());
            }
        };
        log_info!("the stream of updates is open");
        if std::mem::replace(&mut self.was_streaming, true) || self.last_fetch.elapsed() > FETCH_IS_FRESH {
            // An event may have been missed before the stream stood.
            let _logged = self.fetch(None, DataFileOrigin::Streaming);
        }
        let opened = Instant::now();
        let reason = self.read(&mut stream)?;
        match reason {
            None => log_info!("the data file asks for no stream; it is closed"),
            Some(reason) => {
                log_warning!("the stream of updates is lost ({reason}); it is opened again");
                self.schedule.stream_lost(Instant::now(), opened.elapsed(), rand::random(), None);
            }
        }
        Ok(())
    }

    /// Reads the stream. Returns why it is lost; none when it is not wanted any more.
    fn read(&mut self, stream: &mut EventStream) -> std::result::Result<Option<String>, Stopped> {
        let mut parser = SseParser::new();
        let mut buffer = [0; 4096];
        let mut last_bytes = Instant::now();
        while self.fetcher.wants_stream() {
            let mut notices = Vec::new();
            match stream.read(&mut buffer) {
                Ok(StreamRead::Bytes(count)) => {
                    last_bytes = Instant::now();
                    if parser.feed(&buffer[..count], |event| notices.extend(notice(&event))).is_err() {
                        return Ok(Some("an event is too large".to_owned()));
                    }
                }
                Ok(StreamRead::Quiet) if last_bytes.elapsed() < self.stream_idle_timeout => {}
                Ok(StreamRead::Quiet) => return Ok(Some("nothing came for too long".to_owned())),
                Ok(StreamRead::End) => return Ok(Some("the server ended it".to_owned())),
                Err(_) if self.fetcher.platform.configuration_http.is_closed() => return Err(Stopped),
                Err(failure) => return Ok(Some(failure.to_string())),
            }
            // Several notices at once ask for one fetch: that of the newest.
            if let Some(newest) = notices.into_iter().last() {
                let _logged = self.fetch(newest.ts, DataFileOrigin::Streaming);
            }
            if self.schedule.is_failing() && Instant::now() >= self.schedule.next_fetch() {
                let _logged = self.fetch(None, DataFileOrigin::Streaming);
            }
            loop {
                match self.orders.try_recv() {
                    Ok(done) => self.obey(done),
                    Err(crossbeam_channel::TryRecvError::Empty) => break,
                    Err(crossbeam_channel::TryRecvError::Disconnected) => return Err(Stopped),
                }
            }
        }
        Ok(None)
    }
}

/// What an event announces: a new data file, or nothing of interest.
fn notice(event: &SseEvent) -> Option<UpdateNotice> {
    if event.event != UPDATE_EVENT {
        return None;
    }
    // Without a readable time there is a new data file all the same.
    Some(serde_json::from_str(&event.data).unwrap_or(UpdateNotice { ts: None }))
}
