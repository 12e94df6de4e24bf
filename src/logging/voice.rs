//! Messages that anybody's input can cause, told now and then instead of each time.

use std::borrow::Cow;
use std::collections::BTreeMap;

use parking_lot::Mutex;

use super::silence::{Silence, Unsaid};
use super::speaker::{Speaker, Speaking};

/// So many keys are told apart by [`Voices`]; all others share one voice.
const MOST_KEYS: usize = 64;

/// One message that may come any number of times: told at once, then counted, and told again at
/// most once an hour, with how often it was left out. Speak through `log_rarely!`.
///
/// One that is made with `default` belongs to the client that the thread works for and speaks for it
/// on any thread; a static one is told apart by client as it speaks.
#[derive(Debug)]
pub(crate) struct Voice {
    silence: Silence,
    speaker: Speaker,
    is_static: bool,
}

impl Default for Voice {
    fn default() -> Self {
        Self { silence: Silence::new(), speaker: Speaker::current(), is_static: false }
    }
}

impl Voice {
    /// For a static.
    pub(crate) const fn new() -> Self {
        Self { silence: Silence::new(), speaker: Speaker::nobody(), is_static: true }
    }

    /// Speaks for its client until what is returned is dropped.
    pub(crate) fn enter(&self) -> Option<Speaking> {
        self.speaker.enter()
    }

    /// Whether the message is told now. If not, it is counted.
    pub(crate) fn speaks(&self) -> Option<Unsaid> {
        if self.is_static {
            let place = std::ptr::from_ref(self) as usize;
            if let Some(unsaid) = Speaker::current().ends_silence_of(place) {
                return unsaid;
            }
        }
        self.silence.ends()
    }
}

/// A voice for each of a few texts, such as the causes of a failure, which go through
/// [`cause_of`](super::cause_of) where libraries or stores word them. What input can make up without end
/// shares one voice beyond the first 64, so nothing grows.
#[derive(Debug)]
pub(crate) struct Voices {
    known: Mutex<BTreeMap<String, Silence>>,
    others: Silence,
    speaker: Speaker,
    is_static: bool,
}

impl Default for Voices {
    fn default() -> Self {
        Self { speaker: Speaker::current(), is_static: false, ..Self::new() }
    }
}

impl Voices {
    /// For a static.
    pub(crate) const fn new() -> Self {
        Self {
            known: Mutex::new(BTreeMap::new()),
            others: Silence::new(),
            speaker: Speaker::nobody(),
            is_static: true,
        }
    }

    /// Speaks for its client until what is returned is dropped.
    pub(crate) fn enter(&self) -> Option<Speaking> {
        self.speaker.enter()
    }

    /// Whether the message about `key` is told now. If not, it is counted.
    pub(crate) fn speaks(&self, key: &str) -> Option<Unsaid> {
        let key = match self.is_static {
            true => Cow::Owned(format!("{}{key}", Speaker::current().prefix())),
            false => Cow::Borrowed(key),
        };
        let mut known = self.known.lock();
        if let Some(silence) = known.get(&*key) {
            return silence.ends();
        }
        if known.len() >= MOST_KEYS {
            return self.others.ends();
        }
        known.entry(key.into_owned()).or_default().ends()
    }
}

/// Tells a message through a [`Voice`]: `log_rarely!(VOICE, Warning, "…")`.
macro_rules! log_rarely {
    ($voice:expr, $level:ident, $($arg:tt)+) => {
        if $crate::logging::may_be_heard($crate::logging::LogLevel::$level) {
            let _speaking = $voice.enter();
            if $crate::logging::enabled($crate::logging::LogLevel::$level) {
                if let Some(unsaid) = $voice.speaks() {
                    $crate::logging::log_at!($level, "{}{unsaid}", ::std::format_args!($($arg)+));
                }
            }
        }
    };
}
/// Tells a message through [`Voices`]: `log_rarely_by!(voices, key, Warning, "…")`.
///
/// With what it says as pairs: `log_rarely_by!(voices, key, Warning, facts: &facts, "…")`.
macro_rules! log_rarely_by {
    ($voices:expr, $key:expr, $level:ident, facts: $facts:expr, $($arg:tt)+) => {
        if $crate::logging::may_be_heard($crate::logging::LogLevel::$level) {
            let _speaking = $voices.enter();
            if $crate::logging::enabled($crate::logging::LogLevel::$level) {
                if let Some(unsaid) = $voices.speaks($key) {
                    $crate::logging::log_facts!(
                        $level,
                        $facts,
                        "{}{unsaid}",
                        ::std::format_args!($($arg)+)
                    );
                }
            }
        }
    };
    ($voices:expr, $key:expr, $level:ident, $($arg:tt)+) => {
        $crate::logging::log_rarely_by!($voices, $key, $level, facts: &[], $($arg)+)
    };
}
pub(crate) use {log_rarely, log_rarely_by};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_up_to_a_bound() {
        let voices = Voices::default();
        let told = (0..10_000).filter(|n| voices.speaks(&format!("key {n}")).is_some()).count();
        assert_eq!(told, MOST_KEYS + 1);
        assert_eq!(voices.known.lock().len(), MOST_KEYS);
        assert!(voices.speaks("key 3").is_none());
    }

    #[test]
    fn a_static_voice_speaks_once_for_each_client() {
        static SHARED: Voice = Voice::new();
        static BY_KEY: Voices = Voices::new();
        let clients = ["one", "two"].map(|site| Speaker::of_client(site, None, None, None));
        for client in &clients {
            let _speaking = client.enter();
            assert!(SHARED.speaks().is_some() && SHARED.speaks().is_none());
            assert!(BY_KEY.speaks("key").is_some() && BY_KEY.speaks("key").is_none());
        }
        assert!(SHARED.speaks().is_some() && SHARED.speaks().is_none(), "of no client");
    }
}
