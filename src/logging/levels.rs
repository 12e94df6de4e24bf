//! How much is told: by the process, and by clients that have a level of their own.

use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::Mutex;

use super::attention::Attention;
use super::logger::LogLevel;

pub(super) static LEVELS: Levels = Levels::new();

/// The level of the process, those of clients, and the highest of all, below which nobody hears
/// anything.
#[derive(Debug)]
pub(super) struct Levels {
    loudest: AtomicU8,
    of_process: AtomicU8,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many clients have each level of their own.
    of_clients: [usize; LogLevel::Debug as usize + 1],
    /// Held while evaluations are told to the log.
    attention: Option<Attention>,
}

impl Levels {
    pub(super) const fn new() -> Self {
        let default = LogLevel::Warning as u8;
        Self {
            loudest: AtomicU8::new(default),
            of_process: AtomicU8::new(default),
            state: Mutex::new(State { of_clients: [0; LogLevel::Debug as usize + 1], attention: None }),
        }
    }

    /// Whether anybody hears a message of this level: one relaxed load.
    #[inline]
    pub(super) fn may_be_heard(&self, level: LogLevel) -> bool {
        level as u8 <= self.loudest.load(Ordering::Relaxed)
    }

    pub(super) fn is_of_process(&self, level: LogLevel) -> bool {
        level as u8 <= self.of_process.load(Ordering::Relaxed)
    }

    pub(super) fn set_of_process(&self, level: LogLevel) {
        self.settle(|_| self.of_process.store(level as u8, Ordering::Relaxed));
    }

    fn settle(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        change(&mut state);
        let of_clients = state.of_clients.iter().rposition(|clients| *clients > 0).unwrap_or(0) as u8;
        let loudest = of_clients.max(self.of_process.load(Ordering::Relaxed));
        self.loudest.store(loudest, Ordering::Relaxed);
        let is_wanted = loudest >= LogLevel::Debug as u8;
        if is_wanted != state.attention.is_some() {
            state.attention = is_wanted.then(Attention::new);
        }
    }
}

/// The level of a client that has one of its own; counts while it lives.
#[derive(Debug)]
pub(super) struct OwnLevel(LogLevel);

impl OwnLevel {
    pub(super) fn new(level: LogLevel) -> Self {
        LEVELS.settle(|state| state.of_clients[level as usize] += 1);
        Self(level)
    }

    pub(super) fn holds(&self, level: LogLevel) -> bool {
        level <= self.0
    }
}

impl Drop for OwnLevel {
    fn drop(&mut self) {
        LEVELS.settle(|state| {
            let clients = &mut state.of_clients[self.0 as usize];
            *clients = clients.saturating_sub(1);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_level_decides_what_is_made_at_all() {
        let levels = Levels::new();
        assert!(levels.may_be_heard(LogLevel::Warning) && !levels.may_be_heard(LogLevel::Info));
        levels.settle(|state| state.of_clients[LogLevel::Info as usize] += 1);
        assert!(levels.may_be_heard(LogLevel::Info) && !levels.is_of_process(LogLevel::Info));
        levels.set_of_process(LogLevel::None);
        assert!(levels.may_be_heard(LogLevel::Info) && !levels.is_of_process(LogLevel::Error));
        levels.settle(|state| state.of_clients[LogLevel::Info as usize] -= 1);
        assert!(!levels.may_be_heard(LogLevel::Error));
    }
}
