//! What time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The time of day, from the system or moved by hand.
#[derive(Debug, Clone, Default)]
pub(crate) enum Clock {
    #[default]
    System,
    /// Milliseconds since the epoch.
    #[allow(dead_code, reason = "tests and the testing feature move it")]
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// Milliseconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs() as i64 * 1000 + i64::from(since.subsec_millis())),
            Self::Manual(time) => time.load(Ordering::Relaxed),
        }
    }
}
