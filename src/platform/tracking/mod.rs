//! Tracking: the list of visitors to be reported, the lines about them, and the thread that sends.

mod aside;
mod batch;
mod choose;
mod counters;
mod desk;
mod dispatch;
mod drain;
mod finish;
mod flight;
mod keeping;
mod line;
mod losses;
mod outage;
mod pace;
mod prometheus;
mod report;
mod spool_desk;
mod step;
mod tracker;
mod transport;
mod visitor_lines;
mod waiters;
mod worker;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use self::desk::{Told, Worker};
use self::losses::Losses;
use self::pace::Pace;
use self::spool_desk::SpoolDesk;
use crate::platform::spool::Spool;

pub use counters::TrackingStats;
pub(crate) use desk::{Surroundings, TrackingSettings};
pub(crate) use prometheus::metric;
pub use report::{FlushReport, SpoolReport};
pub(crate) use tracker::Tracker;
pub(crate) use transport::{Accepted, Rejected, Transport};
pub(crate) use waiters::{Done, IsWanted, always};

/// A request takes in lines until they are longer than this.
const REQUEST_SIZE: usize = 2_621_440;

/// Makes the thread that sends. It starts with the first thing that is to be sent.
pub(crate) fn start(
    surroundings: Surroundings,
    settings: TrackingSettings,
    transport: impl Transport + 'static,
    spool: Option<Arc<Spool>>,
) -> Arc<Tracker> {
    let (tracker, inbox) = Tracker::new(Arc::clone(&surroundings.visitors));
    let tracker = Arc::new(tracker);
    let now = Instant::now();
    let waker = Arc::downgrade(&tracker);
    surroundings.file.set_waker(move || {
        if let Some(tracker) = waker.upgrade() {
            tracker.look_around();
        }
    });
    let worker = Worker {
        tracker: Arc::clone(&tracker),
        inbox,
        surroundings,
        settings,
        transport,
        pace: Pace::new(settings.interval, REQUEST_SIZE, now),
        queue: VecDeque::new(),
        hurried: VecDeque::new(),
        aside: Vec::new(),
        flight: None,
        waiters: Vec::new(),
        closing: None,
        is_turn: false,
        next_sweep: now,
        generation: 0,
        failed_alone: VecDeque::new(),
        refusals_in_row: 0,
        is_newest_first: false,
        told: Told::default(),
        losses: Losses::default(),
        // Files are not looked for at the start: a short run has better things to do.
        spool: spool
            .map(|spool| SpoolDesk::new(spool, settings.spools_before_sending, now, now + settings.interval)),
    };
    tracker.set_worker(|| worker.run());
    tracker
}
