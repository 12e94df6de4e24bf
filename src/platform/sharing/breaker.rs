//! Whether a store is asked, or left alone for a while. Time and chance are handed in.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::platform::net::Backoff;

/// After so many failures in a row the store is left alone.
const MOST_FAILURES: u32 = 3;
/// For so long at first, and no longer than this.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));

/// Leaves a store alone that fails. When the pause is over, one call tries it.
#[derive(Debug)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug)]
struct State {
    failures: u32,
    pause: Backoff,
    /// Until then the store is left alone.
    until: Option<Instant>,
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State { failures: 0, pause: Backoff::new(PAUSE.0, PAUSE.1), until: None }))
    }

    /// Whether the store may be asked. Of those who ask when a pause is over, one may.
    pub(super) fn allows(&self, now: Instant) -> bool {
        let mut state = self.0.lock();
        match state.until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                // The one who tries says how it went; should it not come back, somebody else tries.
                state.until = Some(now + PAUSE.1);
                true
            }
        }
    }

    /// Whether the store is left alone; when that ends.
    pub(super) fn until(&self) -> Option<Instant> {
        self.0.lock().until
    }

    /// Returns whether the store was left alone before.
    pub(super) fn succeeded(&self) -> bool {
        let mut state = self.0.lock();
        state.failures = 0;
        state.pause.reset();
        state.until.take().is_some()
    }

    /// Returns whether the store is left alone from now on and was not before.
    pub(super) fn failed(&self, now: Instant, random: f64) -> bool {
        let mut state = self.0.lock();
        state.failures += 1;
        if state.failures < MOST_FAILURES {
            return false;
        }
        let pause = state.pause.next_delay(random, None);
        state.until.replace(now + pause).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_fails_is_left_alone_and_tried_by_one() {
        let (breaker, start) = (Breaker::new(), Instant::now());
        assert!(!breaker.failed(start, 0.0) && !breaker.failed(start, 0.0));
        breaker.succeeded();
        assert!(!breaker.failed(start, 0.0) && !breaker.failed(start, 0.0));
        assert!(breaker.allows(start), "two in a row are no outage");
        assert!(breaker.failed(start, 0.0), "three are");
        assert!(!breaker.allows(start));
        let later = start + PAUSE.0;
        assert!(breaker.allows(later) && !breaker.allows(later), "one tries it");
        assert!(!breaker.failed(later, 0.0), "it was away before");
        assert!(!breaker.allows(later + PAUSE.0), "the pause has grown");
        let last = later + PAUSE.0 * 2;
        assert!(breaker.allows(last));
        assert!(breaker.succeeded());
        assert!(breaker.allows(last) && breaker.allows(last));
    }
}
