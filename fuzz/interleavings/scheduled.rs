//! What the store of visitors uses of threads, as the scheduler has it: each use is a place where
//! another thread may go on.

pub(crate) use shuttle::sync::{MutexGuard, RwLockReadGuard, RwLockWriteGuard};
pub(crate) use shuttle::thread;

pub(crate) mod atomic {
    pub(crate) use shuttle::sync::atomic::*;
}

/// As the one of `parking_lot`, which knows no poison.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().expect("no thread has panicked")
    }
}

/// As the one of `parking_lot`.
#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(shuttle::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().expect("no thread has panicked")
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().expect("no thread has panicked")
    }
}

/// Plays a scenario in so many orders that chance chooses, and as many with few changes of thread, at
/// places that matter.
pub(crate) fn play(scenario: fn(), orders: usize) {
    shuttle::check_random(scenario, orders);
    for changes in 1..=4 {
        shuttle::check_pct(scenario, orders / 4, changes);
    }
}
