//! In the place of `scheduled.rs`: the threads, locks and atomics of a program, for ThreadSanitizer to
//! look at.

pub(crate) use std::thread;

pub(crate) use parking_lot::Mutex;

pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::*;
}

/// Plays a scenario so many times.
pub(crate) fn play(scenario: fn(), times: usize) {
    (0..times).for_each(|_| scenario());
}
