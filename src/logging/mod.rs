//! What the crate tells the program's log, and who writes it down.
//!
//! Level and logger hold for the whole process, as in the other SDKs of the platform, but for clients
//! that have their own. The level decides what is told, whatever logger is in force; below it, no text
//! is made.

mod attention;
mod cause;
mod dispatch;
mod facts;
mod levels;
mod logger;
mod one_line;
mod silence;
mod speaker;
mod voice;

use dispatch::Dispatch;
use levels::LEVELS;
use std::fmt;

pub(crate) use attention::{Attention, is_anybody_listening};
pub(crate) use cause::cause_of;
pub(crate) use facts::{Fact, failure_facts};
pub use logger::{LogLevel, Logger};
pub(crate) use speaker::{OwnLogger, Speaker};

static DISPATCH: Dispatch = Dispatch::new();

/// The log of the crate, for the whole process.
///
/// Without a logger of your own, messages go to the [`log`] facade under the target `kameleoon`.
/// When the program has set up no logger there, they go to standard error, so that warnings are
/// seen. For silence set [`LogLevel::None`].
///
/// A library should not set either: what is set last holds for all. Give its client a logger and a
/// level of its own, with [`KameleoonClientConfig::logger`](crate::KameleoonClientConfig::logger) and
/// [`log_level`](crate::KameleoonClientConfig::log_level).
///
/// A message is one line: control characters in it are written as escapes.
///
/// Each message of a client begins with its site code, and the environment if one is set, in brackets:
/// `[a8st4f59bj staging] the stream of updates is open`. Records of the `log` facade also have it, and
/// what else is in the message, as key-values: `site`, `environment`, `kind`, `status`, `duration_ms`
/// and the like, see the chapter on observability.
///
/// ```
/// use kameleoon::{KameleoonLogger, LogLevel, Logger};
///
/// struct Console;
///
/// impl Logger for Console {
///     fn log(&self, level: LogLevel, message: &str) {
///         println!("kameleoon {level}: {message}");
///     }
/// }
///
/// KameleoonLogger::set_logger(Console);
/// KameleoonLogger::set_log_level(LogLevel::Debug); // defaults to LogLevel::Warning
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct KameleoonLogger;

impl KameleoonLogger {
    /// Sets how much is logged. Defaults to [`LogLevel::Warning`]. The `log` facade has a level
    /// of its own, which applies after this one.
    pub fn set_log_level(level: LogLevel) {
        LEVELS.set_of_process(level);
    }

    /// Sends the log to `logger` from now on, in place of the `log` facade or the logger before.
    pub fn set_logger(logger: impl Logger + 'static) {
        DISPATCH.set_logger(Box::new(logger));
    }
}

/// Whether `level` is told to anybody: one relaxed load.
#[inline]
pub(crate) fn may_be_heard(level: LogLevel) -> bool {
    LEVELS.may_be_heard(level)
}

/// Whether `level` is told of whom this thread works for: one relaxed load, if nobody hears it.
#[inline]
pub(crate) fn enabled(level: LogLevel) -> bool {
    may_be_heard(level) && is_heard(level)
}

#[cold]
fn is_heard(level: LogLevel) -> bool {
    Speaker::current().hears(level)
}

/// Hands one message on. Call it through the macros, which ask [`enabled`] first.
#[cold]
pub(crate) fn write(level: LogLevel, facts: &[Fact<'_>], message: fmt::Arguments<'_>) {
    DISPATCH.write(level, facts, message);
}

/// The one body of the macros below: arguments are not even evaluated below the level.
macro_rules! log_at {
    ($level:ident, $($arg:tt)+) => {
        $crate::logging::log_facts!($level, &[], $($arg)+)
    };
}
/// A message with what it says as pairs: `log_facts!(Debug, &[("status", 200.into())], "…")`.
macro_rules! log_facts {
    ($level:ident, $facts:expr, $($arg:tt)+) => {
        if $crate::logging::enabled($crate::logging::LogLevel::$level) {
            $crate::logging::write(
                $crate::logging::LogLevel::$level,
                $facts,
                ::std::format_args!($($arg)+),
            );
        }
    };
}
macro_rules! log_error {
    ($($arg:tt)+) => { $crate::logging::log_at!(Error, $($arg)+) };
}
macro_rules! log_warning {
    ($($arg:tt)+) => { $crate::logging::log_at!(Warning, $($arg)+) };
}
macro_rules! log_info {
    ($($arg:tt)+) => { $crate::logging::log_at!(Info, $($arg)+) };
}
macro_rules! log_debug {
    ($($arg:tt)+) => { $crate::logging::log_at!(Debug, $($arg)+) };
}
pub(crate) use voice::{Voice, Voices, log_rarely, log_rarely_by};
pub(crate) use {log_at, log_debug, log_error, log_facts, log_info, log_warning};

#[cfg(test)]
mod tests {
    #[test]
    fn arguments_below_the_level_are_not_evaluated() {
        // The level of the test process is never raised above the default.
        let mut evaluated = false;
        log_debug!("{}", {
            evaluated = true;
            1
        });
        log_info!("{}", {
            evaluated = true;
            1
        });
        assert!(!evaluated);
        log_warning!("a warning from the tests of the log: {}", {
            evaluated = true;
            1
        });
        assert!(evaluated);
        evaluated = false;
        log_error!("an error from the tests of the log: {}", {
            evaluated = true;
            1
        });
        assert!(evaluated);
    }
}
