//! The thread that keeps the data file up to date: polls, or holds the stream.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, select, unbounded};
use serde::Deserialize;

use super::fetcher::Fetcher;
use super::opening::{Opened, Opening};
use super::schedule::{Ending, Schedule};
use super::sse::{SseEvent, SseParser};
use crate::error::{Advised, RequestKind, Result};
use crate::logging::{Voices, cause_of, failure_facts, log_error, log_info, log_rarely_by};
use crate::platform::events::{ClientEvent, DataFileOrigin};
use crate::platform::net::{EventStream, Refused, StreamRead};
use crate::sleeper::Sleeper;

/// The event that announces a new data file.
const UPDATE_EVENT: &str = "configuration-update-event";
/// When so much time has passed between the last fetch and the opening of the first stream, an
/// event may have been missed.
const FETCH_IS_FRESH: Duration = Duration::from_secs(1);
/// A fetch that is due this soon is waited for; later ones are seen to between reads of the stream,
/// which take half a second when nothing comes.
const SOON: Duration = Duration::from_millis(600);

/// Called once with the outcome of a fetch that somebody asked for.
pub(crate) type Fetched = Box<dyn FnOnce(Result<()>) + Send>;

/// The callers' side: asks for a fetch; dropping it ends the worker.
pub(crate) struct Updater {
    orders: Sender<Fetched>,
    thread: Arc<Sleeper>,
}

impl Updater {
    /// Fetches the data file now; all who ask before the fetch begins share it. The call is dropped
    /// when the worker has ended.
    pub(crate) fn refresh(&self, done: Fetched) {
        self.thread.wake();
        // Fails when the worker has ended; dropping the order tells whoever waits.
        let _ = self.orders.send(done);
    }

    /// The worker's thread.
    pub(crate) fn thread(&self) -> &Arc<Sleeper> {
        &self.thread
    }
}

impl Drop for Updater {
    fn drop(&mut self) {
        self.thread.cancel();
    }
}

pub(super) struct Worker {
    fetcher: Fetcher,
    schedule: Schedule,
    orders: Receiver<Fetched>,
    stream_idle_timeout: Duration,
    opening: Option<Opening>,
    /// The copy on disk was looked at. Not again after a panic: it may be older than what is in use.
    has_begun: bool,
    was_streaming: bool,
    last_fetch: Instant,
    /// What the log was told of lost streams, by the cause.
    told: Voices,
}

/// The client is being closed.
struct Stopped;

type Going<T> = std::result::Result<T, Stopped>;

#[derive(Deserialize)]
struct UpdateNotice {
    ts: Option<i64>,
}

impl Worker {
    /// `has_begun`: the copy on disk was looked at.
    pub(super) fn start(
        fetcher: Fetcher,
        schedule: Schedule,
        stream_idle_timeout: Duration,
        has_begun: bool,
    ) -> Updater {
        let (sender, orders) = unbounded();
        let worker = Self {
            fetcher,
            schedule,
            orders,
            stream_idle_timeout,
            opening: None,
            has_begun,
            was_streaming: false,
            last_fetch: Instant::now(),
            told: Voices::default(),
        };
        Updater { orders: sender, thread: Arc::new(Sleeper::new("kameleoon-config", || worker.run())) }
    }

    fn run(mut self) {
        loop {
            // A panic here is a mistake of ours; the flags should not freeze because of it.
            match catch_unwind(AssertUnwindSafe(|| self.work())) {
                Ok(Stopped) => return self.fetcher.end(),
                Err(_) => {
                    log_error!("the configuration thread panicked and goes on; please report this");
                    self.fetcher.set_streaming(false);
                    let now = Instant::now();
                    self.schedule.fetched(now, rand::random(), Ending::Failed { retry_after: None });
                    self.schedule.stream_lost(now, Duration::ZERO, rand::random(), None);
                }
            }
        }
    }

    fn work(&mut self) -> Stopped {
        if !std::mem::replace(&mut self.has_begun, true) {
            let fresh = self.fetcher.start_from_copy();
            if !fresh.is_zero() {
                self.schedule.rest(Instant::now() + fresh);
            }
        }
        loop {
            if let Err(stopped) = self.turn() {
                return stopped;
            }
        }
    }

    fn turn(&mut self) -> Going<()> {
        self.fetch_what_is_due(false);
        self.fetcher.set_rests(true);
        let opens_stream = self.opening.is_none() && self.fetcher.wants_stream();
        let stream = opens_stream.then(|| self.schedule.next_stream());
        if stream.is_some_and(|due| Instant::now() >= due) {
            match Opening::start(self.fetcher.platform()) {
                Ok(opening) => self.opening = Some(opening),
                Err(refused) => return self.stream(Err(refused)),
            }
        }
        let look = self.fetcher.next_look();
        let until = self.schedule.next_fetch(false).into_iter().chain(stream).chain(look).min();
        let until = until.unwrap_or_else(Instant::now);
        let Some(opening) = &self.opening else { return self.wait_for_orders(until) };
        let opened = select! {
            recv(opening.ended()) -> _ => opening.outcome(),
            recv(self.orders) -> order => {
                self.obey(order.map_err(|_| Stopped)?);
                return Ok(());
            },
            default(until.saturating_duration_since(Instant::now())) => return Ok(()),
        };
        self.opening = None;
        self.stream(opened)
    }

    fn fetch_what_is_due(&mut self, is_streaming: bool) {
        if self.schedule.next_fetch(is_streaming).is_some_and(|due| Instant::now() >= due) {
            let origin = if is_streaming { DataFileOrigin::Streaming } else { DataFileOrigin::Polling };
            let _logged = self.bring(|fetcher| fetcher.seek(origin));
        }
        if self.fetcher.next_look().is_some_and(|due| Instant::now() >= due) {
            // One that fails is told, and comes again.
            let _ = self.fetcher.look();
        }
    }

    fn wait_for_orders(&mut self, until: Instant) -> Going<()> {
        match self.orders.recv_deadline(until) {
            Ok(done) => self.obey(done),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Stopped),
        }
        Ok(())
    }

    fn fetch(&mut self, origin: DataFileOrigin) -> Result<()> {
        self.bring(|fetcher| fetcher.fetch(origin))
    }

    fn bring(&mut self, bring: impl FnOnce(&mut Fetcher) -> (Result<()>, Ending)) -> Result<()> {
        self.fetcher.set_rests(false);
        self.last_fetch = Instant::now();
        self.schedule.begins(self.last_fetch, self.fetcher.wanted.is_open());
        let (result, ending) = bring(&mut self.fetcher);
        self.schedule.fetched(Instant::now(), rand::random(), ending);
        self.fetcher.set_rests(true);
        result
    }

    /// One fetch for all who have asked for one by now. What is called is the program's in the end.
    fn obey(&mut self, first: Fetched) {
        let all: Vec<_> = std::iter::once(first).chain(self.orders.try_iter()).collect();
        let result = self.fetch(DataFileOrigin::Polling);
        for done in all {
            let result = result.clone();
            if catch_unwind(AssertUnwindSafe(|| done(result))).is_err() {
                log_error!("the completion of a refresh panicked");
            }
        }
    }

    /// Reads a stream that was opened until it ends, is not wanted any more, or the client closes.
    fn stream(&mut self, opened: Opened) -> Going<()> {
        let platform = Arc::clone(self.fetcher.platform());
        let mut stream = match opened {
            Ok(stream) => stream,
            Err(Refused { failure, retry_after }) => {
                if platform.stream_http.is_closed() {
                    return Err(Stopped);
                }
                log_rarely_by!(
                    self.told,
                    &cause_of(&failure.to_string()),
                    Warning,
                    facts: &failure_facts(RequestKind::Stream, &failure),
                    "the stream of updates cannot be opened ({}); polling goes on",
                    Advised(RequestKind::Stream, &failure)
                );
                self.schedule.stream_lost(Instant::now(), Duration::ZERO, rand::random(), retry_after);
                return Ok(());
            }
        };
        log_info!("the stream of updates is open");
        platform.events.emit(|| ClientEvent::StreamOpened);
        self.fetcher.set_streaming(true);
        let may_have_missed =
            std::mem::replace(&mut self.was_streaming, true) || self.last_fetch.elapsed() > FETCH_IS_FRESH;
        let is_behind = self.fetcher.share.as_mut().map(|share| share.stream_opened(Instant::now()));
        match is_behind {
            // Whoever asks from now on asks for all whose streams are open.
            Some(true) => self.schedule.check(Instant::now()),
            // A platform that refused is left alone: the next try comes after its pause.
            None if may_have_missed && !self.schedule.is_failing() => {
                let _logged = self.fetch(DataFileOrigin::Streaming);
            }
            _ => {}
        }
        let opened = Instant::now();
        let end = self.read(&mut stream);
        self.fetcher.set_streaming(false);
        let lasted = opened.elapsed();
        match end? {
            None => {
                log_info!("the data file asks for no stream; it is closed");
                platform.events.emit(|| ClientEvent::StreamClosed { lasted });
            }
            Some(reason) => {
                platform.events.emit(|| ClientEvent::StreamLost { reason: reason.clone(), lasted });
                log_rarely_by!(
                    self.told,
                    &cause_of(&reason),
                    Warning,
                    "the stream of updates is lost ({reason}); it is opened again"
                );
                self.schedule.stream_lost(Instant::now(), lasted, rand::random(), None);
            }
        }
        Ok(())
    }

    /// Reads the stream. Returns why it is lost; none when it is not wanted any more.
    fn read(&mut self, stream: &mut EventStream) -> Going<Option<String>> {
        let mut parser = SseParser::new();
        let mut buffer = [0; 4096];
        let mut last_bytes = Instant::now();
        while self.fetcher.wants_stream() {
            let soon = self.schedule.next_fetch(true).filter(|due| *due <= Instant::now() + SOON);
            match soon {
                // To the moment, so that the fetches of many servers are as far apart as their spread.
                Some(due) => self.wait_for_orders(due)?,
                None => {
                    let mut notices = Vec::new();
                    match stream.read(&mut buffer) {
                        Ok(StreamRead::Bytes(count)) => {
                            last_bytes = Instant::now();
                            if parser.feed(&buffer[..count], |event| notices.extend(notice(&event))).is_err()
                            {
                                return Ok(Some("an event is too large".to_owned()));
                            }
                        }
                        Ok(StreamRead::Quiet) if last_bytes.elapsed() < self.stream_idle_timeout => {}
                        Ok(StreamRead::Quiet) => return Ok(Some("nothing came for too long".to_owned())),
                        Ok(StreamRead::End) => return Ok(Some("the server ended it".to_owned())),
                        Err(_) if self.fetcher.platform().stream_http.is_closed() => {
                            return Err(Stopped);
                        }
                        Err(failure) => return Ok(Some(failure.to_string())),
                    }
                    for notice in notices {
                        self.fetcher.announce(notice.ts);
                        self.schedule.announced(Instant::now(), rand::random());
                    }
                }
            }
            self.fetch_what_is_due(true);
            match self.orders.try_recv() {
                Ok(done) => self.obey(done),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return Err(Stopped),
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
