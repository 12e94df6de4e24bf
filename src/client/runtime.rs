//! The threads of a client, and their end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::bounds::{spool_bounds, store_bounds};
use super::core::Core;
use super::watch::Watch;
use crate::clock::{self, Clock};
use crate::config::Settings;
#[cfg(feature = "testing")]
use crate::decision::datafile::DataFile;
use crate::error::{KameleoonError, Result};
use crate::fleet::FileCounters;
use crate::logging::{Speaker, log_debug};
use crate::platform::access::{Platform, TrackingTransport};
use crate::platform::cell::ConfigCell;
#[cfg(feature = "async")]
use crate::platform::remote::RemotePool;
use crate::platform::sharing::{self, FileDesk, Sharing};
use crate::platform::spool::Spool;
use crate::platform::tracking::{
    self, Done, FlushReport, Surroundings, Tracker, TrackingSettings, Transport,
};
use crate::platform::updater::{self, Readiness, Updater};
use crate::reply::Reply;
use crate::sleeper::Sleeper;
use crate::visitor::{Moment, VisitorStore};

/// The parts of a close's time after which sending ends, and after which requests are cancelled:
/// the rest is for the threads to end.
const SENDING_PART: f64 = 0.85;
const WAITING_PART: f64 = 0.95;

/// A close waits so long at most for what is to be written to disk, which takes a few
/// milliseconds.
const DISK_WRITE: Duration = Duration::from_secs(2);

/// A part of a time of any length.
fn part_of(time: Duration, part: f64) -> Duration {
    // Beyond a day a part of it makes no difference, and the longest times cannot be multiplied.
    const LONG: Duration = Duration::from_secs(24 * 60 * 60);
    if time > LONG { time } else { time.mul_f64(part) }
}

/// The threads of a client, and what they work with.
pub(crate) struct Runtime {
    pub(crate) platform: Arc<Platform>,
    pub(crate) tracker: Arc<Tracker>,
    pub(crate) readiness: Arc<Readiness>,
    /// False for a client of the testing kit, which has a tracking thread and nothing else.
    has_network: bool,
    /// None once the client is closed.
    updater: Arc<Mutex<Option<Updater>>>,
    /// Those that are to end, besides the two below.
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// None for a client without a network.
    config_thread: Option<Arc<Sleeper>>,
    close_timeout: Duration,
    /// A fetch under way at a close is waited for: the next start has what it brings.
    keeps_copy: bool,
    pub(super) spool: Option<Arc<Spool>>,
    /// What is shared with other servers, with a store.
    pub(super) sharing: Option<Sharing>,
    /// What became of a data file that is shared with them, and the thread that calls its store.
    pub(super) data_file_store: Option<(Arc<FileCounters>, Arc<Sleeper>)>,
    /// Set once, by the first close.
    is_closed: AtomicBool,
    report: Mutex<FlushReport>,
    process: u32,
    speaker: Speaker,
    /// For calls to the data API that must not hold up their callers.
    #[cfg(feature = "async")]
    pub(super) pool: RemotePool,
    /// Set by the first call from async code.
    #[cfg(feature = "async")]
    pub(super) is_async: AtomicBool,
}

/// What the handles of a client hold on to: with the last of them it goes, and the runtime ends.
pub(super) struct Lifeline(Arc<Runtime>);

impl Lifeline {
    pub(super) fn new(runtime: Runtime) -> Self {
        Self(Arc::new(runtime))
    }

    #[cfg(feature = "async")]
    pub(super) fn runtime(&self) -> &Arc<Runtime> {
        &self.0
    }
}

impl std::ops::Deref for Lifeline {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        &self.0
    }
}

#[cfg(feature = "async")]
impl Drop for Lifeline {
    fn drop(&mut self) {
        // Otherwise the runtime closes as it is dropped, right after this.
        if self.is_async.load(Ordering::Acquire) && !self.is_closed() {
            self.end_detached();
        }
    }
}

impl Runtime {
    /// Starts a client, the one that this thread works for: its threads as they are needed.
    pub(super) fn start(site_code: &str, settings: Settings, clock: Clock) -> Result<(Core, Self)> {
        let platform = Arc::new(Platform::new(&settings, site_code)?);
        let file = Arc::new(ConfigCell::new(None));
        let transport = TrackingTransport(Arc::clone(&platform));
        let (mut core, mut runtime) =
            Self::with_tracking(site_code, settings, clock, platform, file, transport)?;
        if let (Some(spool), Some(copy)) = (&runtime.spool, &core.settings.data_file_cache) {
            if copy.parent() == Some(spool.folder()) {
                // Writing to it tells what is wrong with it.
                let _ = spool.make_folder();
            }
        }
        let store = core.settings.data_file_store.clone().map(FileDesk::new);
        runtime.data_file_store =
            store.as_ref().map(|desk| (Arc::clone(desk.counters()), Arc::clone(desk.thread())));
        // On an error the runtime is dropped here, which ends it.
        let (updater, rest) = updater::start(
            &core.settings,
            site_code,
            Arc::clone(&runtime.platform),
            Arc::clone(&core.file),
            Arc::clone(&runtime.readiness),
            store,
            core.clock.clone(),
        )?;
        runtime.config_thread = Some(Arc::clone(updater.thread()));
        *runtime.updater.lock() = Some(updater);
        core.watch = Some(runtime.watch(&core, rest));
        if runtime.spool.as_ref().is_some_and(|spool| spool.waiting().is_ok_and(|lines| lines > 0)) {
            // Lines on disk are to be sent, whether or not this run has some of its own.
            runtime.tracker.wake_thread();
        }
        Ok((core, runtime))
    }

    /// Starts only the thread that tracks, with a transport that is not the network.
    #[cfg(feature = "testing")]
    pub(super) fn start_without_network<T: Transport + 'static>(
        settings: Settings,
        clock: Clock,
        file: DataFile,
        transport: impl FnOnce(&Arc<ConfigCell>) -> T,
    ) -> Result<(Core, Self)> {
        let platform = Arc::new(Platform::new(&settings, "")?);
        let file = Arc::new(ConfigCell::new(Some(file)));
        let transport = transport(&file);
        let (core, mut runtime) = Self::with_tracking("", settings, clock, platform, file, transport)?;
        runtime.has_network = false;
        runtime.platform.shutdown();
        runtime.readiness.ready_from_copy();
        Ok((core, runtime))
    }

    fn with_tracking(
        site_code: &str,
        settings: Settings,
        clock: Clock,
        platform: Arc<Platform>,
        file: Arc<ConfigCell>,
        transport: impl Transport + 'static,
    ) -> Result<(Core, Self)> {
        let visitors = VisitorStore::new(store_bounds(&settings), settings.session_duration, clock.clone());
        let shared = settings.visitor_store.clone().map(|store| (store, sharing::outlet()));
        let visitors = Arc::new(match &shared {
            Some((_, (outlet, _))) => visitors.sharing(outlet.clone()),
            None => visitors,
        });
        let (waiting, clock_of_cell) = (Arc::clone(&visitors), clock.clone());
        file.set_make_ready(move |file| {
            waiting.settle_names(Moment { file: Some(file), now: clock_of_cell.now(), track: true });
        });
        let surroundings = Surroundings {
            visitors: Arc::clone(&visitors),
            file: Arc::clone(&file),
            clock: clock.clone(),
            events: Arc::clone(&platform.events),
        };
        let tracking_settings = TrackingSettings {
            interval: settings.tracking_interval,
            retry_delay: settings.tracking_retry_delay,
            timeout: settings.default_timeout,
            session: settings.session_duration,
            is_manual: settings.manual_tracking,
            spools_before_sending: settings.tracking_spool_before_sending,
        };
        let spool = settings.tracking_spool.as_deref().map(|folder| {
            Spool::new(folder, site_code, settings.environment.as_deref(), spool_bounds(&settings))
        });
        let spool = spool.map(Arc::new);
        let tracker = tracking::start(surroundings, tracking_settings, transport, spool.clone());
        let evaluations = Arc::clone(&platform.events.evaluations);
        let mut runtime = Self {
            platform,
            tracker: Arc::clone(&tracker),
            readiness: Arc::new(Readiness::default()),
            has_network: true,
            updater: Arc::default(),
            config_thread: None,
            threads: Mutex::default(),
            close_timeout: settings.close_timeout,
            spool,
            sharing: None,
            data_file_store: None,
            keeps_copy: settings.data_file_cache.is_some(),
            is_closed: AtomicBool::new(false),
            report: Mutex::new(FlushReport::default()),
            process: std::process::id(),
            speaker: Speaker::current(),
            #[cfg(feature = "async")]
            pool: RemotePool::default(),
            #[cfg(feature = "async")]
            is_async: AtomicBool::new(false),
        };
        if let Some((store, (_, notices))) = shared {
            let (visitors, file) = (Arc::clone(&visitors), Arc::clone(&file));
            let tracker = Arc::clone(&tracker);
            let surroundings = sharing::Surroundings { visitors, file, clock: clock.clone(), tracker };
            let owner = sharing::Owner {
                site_code,
                environment: settings.environment.as_deref(),
                session: settings.session_duration,
            };
            let (sharing, threads) = Sharing::start(store, surroundings, &owner, notices)?;
            runtime.sharing = Some(sharing);
            runtime.threads.get_mut().extend(threads);
        }
        let calendar = clock::calendar();
        let (tracker, site_code) = (Some(tracker), site_code.into());
        let core = Core {
            settings,
            clock,
            calendar,
            file,
            visitors,
            tracker,
            evaluations,
            site_code,
            speaker: Speaker::current(),
            told_of_domain: AtomicBool::new(false),
            watch: None,
            local_code: OnceLock::new(),
        };
        Ok((core, runtime))
    }

    /// Has calls start the threads that are not needed yet: when the copy is not fresh any more
    /// (`rest` is for how long it is), and when sessions may be over.
    fn watch(&self, core: &Core, rest: Duration) -> Watch {
        let most = core.settings.session_duration;
        let rest = if rest.is_zero() { most } else { rest.min(most) };
        let (updater, tracker) = (Arc::clone(&self.updater), Arc::clone(&self.tracker));
        Watch::new(&core.clock, rest, move || {
            let thread = updater.lock().as_ref().map(|updater| Arc::clone(updater.thread()));
            // None: the client is closed.
            if let Some(thread) = thread {
                thread.wake();
                tracker.wake_thread();
            }
        })
    }

    /// Runs with the updater, unless the client is closed.
    pub(super) fn with_updater<R>(&self, run: impl FnOnce(&Updater) -> R) -> Option<R> {
        self.updater.lock().as_ref().map(run)
    }

    /// Calls that need the network cannot be made on a client without one.
    pub(super) fn check_network(&self) -> Result<()> {
        if self.has_network { Ok(()) } else { Err(KameleoonError::Offline) }
    }

    #[cfg(feature = "async")]
    pub(super) fn close_timeout(&self) -> Duration {
        self.close_timeout
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Whether the threads are in this process, and not in the one it was forked from.
    pub(super) fn is_of_this_process(&self) -> bool {
        std::process::id() == self.process
    }

    /// Sends what is left and ends the threads, all within `timeout`.
    pub(crate) fn close(&self, timeout: Duration) -> FlushReport {
        let _speaking = self.speaker.enter();
        let start = Instant::now();
        if !self.is_of_this_process() {
            // A forked process has none of the threads; whatever they hold is the parent's.
            self.is_closed.store(true, Ordering::Release);
            self.tracker.check_process();
            self.threads.lock().clear();
            return FlushReport::default();
        }
        let is_tracking = self.tracker.is_own_thread();
        // Held until the report is there, so that a second close waits for it: as long as it may,
        // and not on a thread that the first close waits for.
        let report = match is_tracking || self.is_config_thread() {
            true => self.report.try_lock(),
            false => self.report.try_lock_for(timeout),
        };
        let unfinished = FlushReport { timed_out: true, ..FlushReport::default() };
        let Some(mut report) = report else { return unfinished };
        if self.is_closed.swap(true, Ordering::AcqRel) {
            return *report;
        }
        let (answer, reply) = Reply::new();
        self.begin_close(timeout, Box::new(answer));
        let left = || timeout.saturating_sub(start.elapsed());
        let received = match is_tracking {
            // Called from what the tracking thread calls, which cannot wait for itself: it sends
            // what is left after this call, within the same time, and ends.
            true => None,
            false => {
                let waiting = part_of(timeout, WAITING_PART);
                let received = reply.wait(waiting).ok();
                self.wait_for_fetch(waiting.saturating_sub(start.elapsed()));
                self.platform.shutdown();
                // What was not sent is written to disk, however short the time is.
                let writing = if self.spool.is_some() { DISK_WRITE } else { Duration::ZERO };
                received.or_else(|| reply.wait((left() / 2).max(writing)).ok())
            }
        };
        self.platform.events.close();
        *report = received.unwrap_or(unfinished);
        self.join(left().max(Duration::from_millis(1)));
        *report
    }

    /// Tells all threads that it is over. Waits for none.
    fn begin_close(&self, timeout: Duration, done: Done) {
        let updater = self.updater.lock().take();
        // Outside of the lock: a thread that is being woken holds it.
        drop(updater);
        self.platform.stream_http.shutdown();
        if !self.keeps_copy {
            self.platform.configuration_http.shutdown();
        }
        self.readiness.close();
        if let Some(sharing) = &self.sharing {
            sharing.close(part_of(timeout, SENDING_PART));
        }
        #[cfg(feature = "async")]
        self.threads.lock().extend(self.pool.close());
        self.tracker.close(part_of(timeout, SENDING_PART), done);
    }

    /// Waits for a fetch under way, so that a program that is shorter than a fetch has a younger copy
    /// at its next start.
    fn wait_for_fetch(&self, timeout: Duration) {
        let start = Instant::now();
        let is_other = !self.is_config_thread();
        let is_waited_for = |elapsed: Duration| {
            let fetches = !self.readiness.rests() && elapsed < timeout;
            // However short the time is: what is thrown away here would have to be fetched again.
            fetches || self.readiness.writes() && elapsed < timeout.max(DISK_WRITE)
        };
        while self.keeps_copy && is_other && is_waited_for(start.elapsed()) {
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    /// Whether no data file was fetched, and none is being fetched: the copy is fresh, or the platform
    /// could not be reached.
    pub(super) fn has_fetched_nothing(&self) -> bool {
        self.has_network && self.readiness.rests() && self.readiness.last_success().is_none()
    }

    fn is_config_thread(&self) -> bool {
        self.config_thread.as_ref().is_some_and(|thread| thread.is_current())
    }

    /// Ends the client without waiting: its threads send what is left within `timeout`, and end.
    #[cfg(feature = "async")]
    pub(super) fn abandon(&self, timeout: Duration) {
        if !self.is_closed.swap(true, Ordering::AcqRel) {
            self.begin_close(timeout, Box::new(|_| ()));
            self.platform.events.close();
        }
    }

    /// Waits for the threads to end, but not for the calling one, and not longer than this.
    fn join(&self, timeout: Duration) {
        let start = Instant::now();
        let current = std::thread::current().id();
        let mut threads = std::mem::take(&mut *self.threads.lock());
        threads.extend(self.config_thread.as_ref().and_then(|thread| thread.take()));
        threads.extend(self.data_file_store.as_ref().and_then(|(_, thread)| thread.take()));
        threads.extend(self.tracker.take_thread());
        for thread in threads {
            if thread.thread().id() == current {
                continue;
            }
            while !thread.is_finished() && start.elapsed() < timeout {
                std::thread::park_timeout(Duration::from_millis(1));
            }
            if thread.is_finished() {
                // Its panics are caught and logged on the thread itself.
                let _ = thread.join();
            } else {
                log_debug!(
                    "a thread of the client is still in a name look-up or a connect; it ends after it"
                );
            }
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // Nobody is left to be told; what was given up is logged.
        let _ = self.close(self.close_timeout);
    }
}

#[cfg(test)]
#[cfg(all(feature = "emulator", feature = "testing"))]
#[path = "runtime_tests.rs"]
mod tests;
