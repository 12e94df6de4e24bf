//! Tracking: the list of visitors to be reported, the lines about them, and the thread that sends.

mod counters;
mod line;
mod pace;
mod report;
mod tracker;
mod transport;
mod visitor_lines;
mod worker;

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use self::pace::Pace;
use self::worker::Worker;
use crate::error::{KameleoonError, Result};

pub use counters::TrackingStats;
pub use report::FlushReport;
pub(crate) use tracker::{Done, Tracker};
pub(crate) use transport::{Rejected, Transport};
pub(crate) use worker::{Surroundings, TrackingSettings};

/// Starts the thread that sends.
pub(crate) fn start(
    surroundings: Surroundings,
    settings: TrackingSettings,
    transport: impl Transport + 'static,
) -> Result<(Arc<Tracker>, JoinHandle<()>)> {
    let (tracker, inbox) = Tracker::new();
    let tracker = Arc::new(tracker);
    let now = Instant::now();
    let worker = Worker {
        tracker: Arc::clone(&tracker),
        inbox,
        surroundings,
        settings,
        transport,
        queue: VecDeque::new(),
        pace: Pace::new(settings.interval, now),
        next_sweep: now,
    };
    let thread = std::thread::Builder::new().name("kameleoon-tracking".to_owned()).spawn(|| worker.run());
    let thread = thread.map_err(|error| KameleoonError::System {
        reason: format!("the tracking thread could not be started: {error}"),
    })?;
    Ok((tracker, thread))
}
