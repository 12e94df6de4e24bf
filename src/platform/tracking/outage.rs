//! An outage that other processes of the spool's folder know of, or are to know of.

use std::time::{Duration, Instant};

use super::desk::Worker;
use super::spool_desk::SpoolDesk;
use super::transport::Transport;
use crate::logging::log_info;
use crate::platform::spool::{Marker, Outage};

/// For how long an outage that lines from disk met is one for all, unless the platform says.
pub(super) const FILE_PAUSE: Duration = Duration::from_secs(10);

impl<T: Transport> Worker<T> {
    /// Whether requests are held off because of an outage that a process of the folder found. When
    /// its time is over, this process is the one that tries, and the others wait for it.
    pub(super) fn is_held_off(&mut self, now: Instant) -> bool {
        let Some(desk) = &self.spool else { return false };
        // An interval that is ended by hand is a try, whatever is known.
        if self.settings.is_manual && self.is_turn {
            return false;
        }
        let clock = self.surroundings.clock.now();
        let Some((outage, marker)) = desk.spool.outage(clock) else { return false };
        match outage {
            // What this process wrote says no more than the pace does, which knows that somebody waits.
            Outage::Rest(_) if self.is_urgent() && desk.own_marker.get() == Some(marker) => false,
            Outage::Rest(left) => {
                if !self.pace.is_failing() {
                    log_info!("the platform did not answer another process; tracking data are kept");
                }
                self.pace.told(now + self.rest_of(left), marker.failures);
                true
            }
            Outage::Try => {
                self.pace.told(now, marker.failures);
                desk.mark_outage(clock, self.time_of_a_try(), marker.failures);
                false
            }
        }
    }

    /// The same for lines from disk. They have no part in the pace of live ones.
    pub(super) fn is_drain_held_off(&mut self, now: Instant) -> bool {
        let clock = self.surroundings.clock.now();
        let Some((outage, marker)) = self.spool.as_ref().and_then(|desk| desk.spool.outage(clock)) else {
            return false;
        };
        let (rest, time) =
            (self.rest_of(if let Outage::Rest(left) = outage { left } else { 0 }), self.time_of_a_try());
        let Some(desk) = &mut self.spool else { return false };
        match outage {
            Outage::Rest(_) => {
                desk.is_over = true;
                desk.has_kept = false;
                desk.next = now + rest;
                true
            }
            Outage::Try => {
                desk.is_trying = true;
                desk.mark_outage(clock, time, marker.failures);
                false
            }
        }
    }

    /// Not all go on in the same instant: the first one says that it tries.
    fn rest_of(&self, left: i64) -> Duration {
        Duration::from_millis(left.unsigned_abs()) + self.settings.interval.mul_f64(rand::random())
    }

    /// A request, and its repetition, as far as a close leaves time for them.
    fn time_of_a_try(&self) -> Duration {
        let whole = self.settings.timeout.saturating_mul(2).saturating_add(self.settings.retry_delay);
        self.tracker.time_for(whole)
    }

    /// Has all processes know that a try failed.
    pub(super) fn tell_outage(&self, now: Instant, retry_after: Option<Duration>) {
        let pause = self.pace.next().saturating_duration_since(now).max(retry_after.unwrap_or_default());
        if let Some(desk) = &self.spool {
            desk.mark_outage(self.surroundings.clock.now(), pause, self.pace.failures());
        }
    }
}

impl SpoolDesk {
    /// Tells all processes of the folder that the platform is to be left alone for a while.
    pub(super) fn mark_outage(&self, clock: i64, pause: Duration, failures: u32) {
        let milliseconds = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let marker = Marker::new(clock, milliseconds, failures);
        self.own_marker.set(Some(marker));
        self.spool.mark(marker);
    }
}
