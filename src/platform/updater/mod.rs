//! Keeping the data file up to date.

mod copy;
mod fetcher;
mod follow;
mod held;
mod kept;
mod opening;
mod readiness;
mod rollback;
mod schedule;
mod seek;
mod share;
mod sse;
mod wanted;
mod worker;

use std::sync::Arc;
use std::time::{Duration, Instant};

use self::copy::Copy;
use self::fetcher::{CopyAges, Fetcher, Stores};
use self::kept::Kept;
use self::schedule::{Pauses, Schedule};
use self::share::Share;
use self::worker::Worker;
use crate::clock::Clock;
use crate::config::Settings;
use crate::error::{KameleoonError, Result};
use crate::platform::access::Platform;
use crate::platform::cell::ConfigCell;
use crate::platform::sharing::FileDesk;

pub(crate) use copy::data_file_in;
pub(crate) use readiness::Readiness;
#[cfg(feature = "async")]
pub(crate) use readiness::WhenSettled;
#[cfg(fuzzing)]
pub(crate) use sse::{SseEvent, SseParser};
pub(crate) use worker::{Fetched, Updater};

/// Makes what keeps the data file up to date, with the store that servers share, if there is one. Its thread starts at once, or, where a copy on disk is
/// fresh, when somebody wakes it. Returns for how long it may sleep, with it.
///
/// # Errors
/// `System` when a thread cannot be started.
pub(crate) fn start(
    settings: &Settings,
    site_code: &str,
    platform: Arc<Platform>,
    file: Arc<ConfigCell>,
    readiness: Arc<Readiness>,
    store: Option<FileDesk>,
    clock: Clock,
) -> Result<(Updater, Duration)> {
    let environment = settings.environment.as_deref();
    let name = format!("{site_code}/{}", environment.unwrap_or_default());
    let copy = settings.data_file_cache.as_deref();
    let copy = copy.map(|path| Copy::new(path, site_code, environment, clock.clone()));
    let share = store.map(|desk| {
        let counters = Arc::clone(desk.counters());
        let kept = Kept::new(Box::new(desk), name.clone());
        Share::new(kept, counters, settings.refresh_interval, settings.default_timeout)
    });
    let copy = copy.map(|copy| Kept::new(Box::new(copy), name));
    let ages = CopyAges { fresh_for: settings.data_file_fresh_for, most: settings.data_file_max_age };
    let may_be_fresh = copy.is_some() && !ages.fresh_for.is_zero();
    let mut fetcher = Fetcher::new(platform, file, readiness, Stores { copy, share }, ages, clock);
    let pauses = Pauses {
        interval: settings.refresh_interval,
        stream_retry: settings.stream_retry_delay,
        spread: settings.update_spread,
    };
    let mut schedule = Schedule::new(pauses, Instant::now());
    // A copy that may save the thread is read on this one.
    let fresh = if may_be_fresh { fetcher.start_from_copy() } else { Duration::ZERO };
    if !fresh.is_zero() {
        schedule.rest(Instant::now() + fresh);
        fetcher.set_rests(true);
    }
    let updater = Worker::start(fetcher, schedule, settings.stream_idle_timeout, may_be_fresh);
    if fresh.is_zero() {
        updater.thread().try_wake().map_err(|error| KameleoonError::System {
            reason: format!("the configuration thread could not be started: {error}"),
        })?;
    }
    Ok((updater, fresh))
}
