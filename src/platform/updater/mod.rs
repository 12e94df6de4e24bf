//! Keeping the data file up to date.

mod copy;
mod fetcher;
mod held;
mod readiness;
mod rollback;
mod schedule;
mod sse;
mod wanted;
mod worker;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use self::copy::Copy;
use self::fetcher::{CopyAges, Fetcher};
use self::schedule::{Pauses, Schedule};
use self::worker::Worker;
use crate::config::Settings;
use crate::error::{KameleoonError, Result};
use crate::logging::Speaker;
use crate::platform::access::Platform;
use crate::platform::cell::ConfigCell;

pub(crate) use copy::data_file_in;
pub(crate) use fetcher::MAX_DATA_FILE;
pub(crate) use readiness::Readiness;
#[cfg(feature = "async")]
pub(crate) use readiness::WhenSettled;
pub(crate) use worker::{Fetched, Updater};

/// Starts the thread that keeps the data file up to date.
pub(crate) fn start(
    settings: &Settings,
    site_code: &str,
    platform: Arc<Platform>,
    file: Arc<ConfigCell>,
    readiness: Arc<Readiness>,
) -> Result<(Updater, JoinHandle<()>)> {
    let copy = settings.data_file_cache.as_deref();
    let copy = copy.map(|path| Copy::new(path, site_code, settings.environment.as_deref(), MAX_DATA_FILE));
    let ages = CopyAges { fresh_for: settings.data_file_fresh_for, most: settings.data_file_max_age };
    let fetcher = Fetcher::new(platform, file, readiness, copy, ages);
    let pauses = Pauses {
        interval: settings.refresh_interval,
        stream_retry: settings.stream_retry_delay,
        spread: settings.update_spread,
    };
    let schedule = Schedule::new(pauses, Instant::now());
    let (updater, worker) = Worker::new(fetcher, schedule, settings.stream_idle_timeout);
    let thread = std::thread::Builder::new()
        .name("kameleoon-config".to_owned())
        .spawn(Speaker::carry(|| worker.run()));
    let thread = thread.map_err(|error| KameleoonError::System {
        reason: format!("the configuration thread could not be started: {error}"),
    })?;
    Ok((updater, thread))
}
