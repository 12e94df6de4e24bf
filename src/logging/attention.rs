//! Whether anybody in the process wants to hear of each evaluation.

use std::sync::atomic::{AtomicUsize, Ordering};

/// On a cache line of its own: each evaluation reads it, and next to nothing writes to it.
#[repr(align(64))]
struct Listeners(AtomicUsize);

static LISTENERS: Listeners = Listeners(AtomicUsize::new(0));

/// Whether evaluations are told to anybody: one relaxed load, the same for all clients of the process.
#[inline]
pub(crate) fn is_anybody_listening() -> bool {
    LISTENERS.0.load(Ordering::Relaxed) != 0
}

/// Somebody who listens for as long as this lives.
#[derive(Debug)]
pub(crate) struct Attention(());

impl Attention {
    pub(crate) fn new() -> Self {
        LISTENERS.0.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        LISTENERS.0.fetch_sub(1, Ordering::Relaxed);
    }
}
