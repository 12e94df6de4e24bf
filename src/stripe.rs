//! Which of several copies of a thing a thread uses, so that threads that run at once do not write
//! to the same cache line.

use std::cell::Cell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

static NEXT_THREAD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: Cell<usize> = Cell::new(NEXT_THREAD.fetch_add(1, Ordering::Relaxed));
}

/// One stripe per core, within reason: more threads than that cannot run at once anyway. A power of
/// two, so that choosing one needs no division.
pub(crate) fn count() -> usize {
    *COUNT
}

// Asked once: the answer takes reading several files of the system.
static COUNT: LazyLock<usize> = LazyLock::new(|| {
    std::thread::available_parallelism().map_or(4, usize::from).clamp(1, 16).next_power_of_two()
});

/// The stripe of the calling thread among `count`, which is a power of two.
#[inline]
pub(crate) fn of_thread(count: usize) -> usize {
    // A thread that is ending may have lost its number.
    THREAD.try_with(Cell::get).unwrap_or(0) & (count.wrapping_sub(1))
}
