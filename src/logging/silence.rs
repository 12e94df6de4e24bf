//! How long a message that was told stays untold.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::atomic64::AtomicU64;

/// What was told is told again no sooner than this.
const SILENCE: Duration = Duration::from_secs(3_600);

/// When a message was told last, and how often it was left out since.
#[derive(Debug, Default)]
pub(super) struct Silence {
    /// Milliseconds on the process's own clock, and one; 0: never.
    told_at: AtomicU64,
    unsaid: AtomicU64,
}

/// How often a message was left out since it was told last: the end of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsaid(u64);

impl fmt::Display for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str(" (and once more since this was last told)"),
            times => write!(f, " (and {times} times more since this was last told)"),
        }
    }
}

impl Silence {
    pub(super) const fn new() -> Self {
        Self { told_at: AtomicU64::new(0), unsaid: AtomicU64::new(0) }
    }

    /// Whether the message is told now. If not, it is counted.
    pub(super) fn ends(&self) -> Option<Unsaid> {
        static START: OnceLock<Instant> = OnceLock::new();
        self.ends_at(START.get_or_init(Instant::now).elapsed())
    }

    fn ends_at(&self, now: Duration) -> Option<Unsaid> {
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX - 1).saturating_add(1);
        let told_at = self.told_at.load(Ordering::Relaxed);
        let is_due = told_at == 0 || u128::from(now.saturating_sub(told_at)) >= SILENCE.as_millis();
        // Of several threads one speaks.
        let is_ours =
            || self.told_at.compare_exchange(told_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_due && is_ours() {
            return Some(Unsaid(self.unsaid.swap(0, Ordering::Relaxed)));
        }
        self.unsaid.fetch_add(1, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_once_and_then_counted_and_told_again_rarely() {
        let silence = Silence::new();
        let minute = Duration::from_secs(60);
        let told: Vec<_> =
            (0..=125).filter_map(|n| silence.ends_at(minute * n).map(|unsaid| (n, unsaid.0))).collect();
        assert_eq!(told, [(0, 0), (60, 59), (120, 59)]);
        assert_eq!(Unsaid(0).to_string(), "");
        assert_eq!(Unsaid(59).to_string(), " (and 59 times more since this was last told)");
    }

    #[test]
    fn of_many_threads_one_speaks() {
        let silence = Silence::new();
        let told = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..1_000).filter(|_| silence.ends().is_some()).count()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(told, 1);
        assert_eq!(silence.unsaid.load(Ordering::Relaxed), 7_999);
    }
}
