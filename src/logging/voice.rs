//! Messages that anybody's input can cause, told now and then instead of each time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::atomic64::AtomicU64;

/// What was told is told again no sooner than this.
const SILENCE: Duration = Duration::from_secs(3_600);
/// So many keys are told apart by [`Voices`]; all others share one voice.
const MOST_KEYS: usize = 64;

/// One message that may come any number of times: told at once, then counted, and told again at
/// most once an hour, with how often it was left out. Speak through `log_rarely!`.
#[derive(Debug, Default)]
pub(crate) struct Voice {
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

impl Voice {
    pub(crate) const fn new() -> Self {
        Self { told_at: AtomicU64::new(0), unsaid: AtomicU64::new(0) }
    }

    /// Whether the message is told now. If not, it is counted.
    pub(crate) fn speaks(&self) -> Option<Unsaid> {
        static START: OnceLock<Instant> = OnceLock::new();
        self.speaks_at(START.get_or_init(Instant::now).elapsed())
    }

    fn speaks_at(&self, now: Duration) -> Option<Unsaid> {
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

/// A voice for each of a few texts, such as the causes of a failure. What input can make up without
/// end shares one voice beyond the first 64, so nothing grows.
#[derive(Debug, Default)]
pub(crate) struct Voices {
    known: Mutex<BTreeMap<String, Voice>>,
    others: Voice,
}

impl Voices {
    pub(crate) const fn new() -> Self {
        Self { known: Mutex::new(BTreeMap::new()), others: Voice::new() }
    }

    /// Whether the message about `key` is told now. If not, it is counted.
    pub(crate) fn speaks(&self, key: &str) -> Option<Unsaid> {
        let mut known = self.known.lock();
        if let Some(voice) = known.get(key) {
            return voice.speaks();
        }
        if known.len() >= MOST_KEYS {
            return self.others.speaks();
        }
        known.entry(key.to_owned()).or_default().speaks()
    }
}

/// Tells a message through a [`Voice`]: `log_rarely!(VOICE, Warning, "…")`.
macro_rules! log_rarely {
    ($voice:expr, $level:ident, $($arg:tt)+) => {
        if $crate::logging::enabled($crate::logging::LogLevel::$level) {
            if let Some(unsaid) = $voice.speaks() {
                $crate::logging::log_at!($level, "{}{unsaid}", ::std::format_args!($($arg)+));
            }
        }
    };
}
/// Tells a message through [`Voices`]: `log_rarely_by!(voices, key, Warning, "…")`.
macro_rules! log_rarely_by {
    ($voices:expr, $key:expr, $level:ident, $($arg:tt)+) => {
        if $crate::logging::enabled($crate::logging::LogLevel::$level) {
            if let Some(unsaid) = $voices.speaks($key) {
                $crate::logging::log_at!($level, "{}{unsaid}", ::std::format_args!($($arg)+));
            }
        }
    };
}
pub(crate) use {log_rarely, log_rarely_by};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_once_and_then_counted_and_told_again_rarely() {
        let voice = Voice::new();
        let minute = Duration::from_secs(60);
        let told: Vec<_> =
            (0..=125).filter_map(|n| voice.speaks_at(minute * n).map(|unsaid| (n, unsaid.0))).collect();
        assert_eq!(told, [(0, 0), (60, 59), (120, 59)]);
        assert_eq!(Unsaid(0).to_string(), "");
        assert_eq!(Unsaid(59).to_string(), " (and 59 times more since this was last told)");
    }

    #[test]
    fn of_many_threads_one_speaks() {
        let voice = Voice::new();
        let told = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..1_000).filter(|_| voice.speaks().is_some()).count()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(told, 1);
        assert_eq!(voice.unsaid.load(Ordering::Relaxed), 7_999);
    }

    #[test]
    fn keys_are_told_apart_up_to_a_bound() {
        let voices = Voices::default();
        let told = (0..10_000).filter(|n| voices.speaks(&format!("key {n}")).is_some()).count();
        assert_eq!(told, MOST_KEYS + 1);
        assert_eq!(voices.known.lock().len(), MOST_KEYS);
        assert!(voices.speaks("key 3").is_none());
    }
}
