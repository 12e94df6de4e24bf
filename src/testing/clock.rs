//! A clock that tests move.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock::{Clock, Hands};
use crate::platform::tracking::Tracker;
use crate::visitor::VisitorStore;

/// The clock of a [`TestClient`](super::TestClient). It stands still until it is moved.
///
/// It decides when a visitor's session is over, and what conditions on visits and times see. When
/// it is moved, visitors whose session is over are forgotten at once; as in production, those of
/// whom something is not sent yet are kept until it is.
/// Clones are the same clock.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// use std::time::Duration;
/// use kameleoon::testing::{DataFile, TestClient};
/// use kameleoon::{AddDataOptions, CustomData};
///
/// let client = TestClient::new(DataFile::new())?;
/// client.add_data_with("anna", CustomData::new(3, ["gold"]), AddDataOptions::new().track(false))?;
/// client.clock().advance(Duration::from_secs(29 * 60));
/// assert_eq!(client.visitor_count(), 1);
/// client.clock().advance(Duration::from_secs(2 * 60));
/// assert_eq!(client.visitor_count(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TestClock {
    pub(super) hands: Arc<Hands>,
    pub(super) visitors: Arc<VisitorStore>,
    pub(super) tracker: Option<Arc<Tracker>>,
}

impl TestClock {
    /// What the clock shows.
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.hands.wall.load(Ordering::Relaxed).unsigned_abs())
    }

    /// Moves the clock forward; it shows milliseconds.
    pub fn advance(&self, by: Duration) {
        self.hands.wall.fetch_add(millis(by), Ordering::Relaxed);
        self.hands.passed.fetch_add(millis(by), Ordering::Relaxed);
        self.sweep();
    }

    /// Sets what the clock shows, as somebody who corrects it: no time passes, so nobody's session
    /// ends. A time before 1970 is 1970.
    pub fn set(&self, time: SystemTime) {
        let time = millis(time.duration_since(UNIX_EPOCH).unwrap_or_default());
        self.hands.wall.store(time, Ordering::Relaxed);
    }

    fn sweep(&self) {
        let now = self.hands.wall.load(Ordering::Relaxed);
        // Twice around: the tracking thread sweeps too, and may still be at a shard it has taken.
        for _ in 0..2 * self.visitors.shard_count() {
            let unsent = self.visitors.sweep_next(now, true);
            let tracker = self.tracker.iter();
            tracker.for_each(|tracker| unsent.iter().for_each(|visitor| tracker.list(visitor)));
        }
    }
}

// As the client is.
impl std::panic::UnwindSafe for TestClock {}
impl std::panic::RefUnwindSafe for TestClock {}

impl std::fmt::Debug for TestClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TestClock").field(&self.now()).finish()
    }
}

/// A clock that starts at the system's time, so that tests need not know where it stands.
pub(super) fn manual() -> (Clock, Arc<Hands>) {
    let hands = Arc::new(Hands::default());
    hands.wall.store(Clock::System.now(), Ordering::Relaxed);
    (Clock::Manual(Arc::clone(&hands)), hands)
}

fn millis(span: Duration) -> i64 {
    // A hundred thousand years: sums of two such spans do not overflow.
    const LONGEST: u128 = 100_000 * 366 * 24 * 60 * 60 * 1000;
    span.as_millis().min(LONGEST) as i64
}
