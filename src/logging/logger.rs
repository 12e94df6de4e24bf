//! How much is told, and whom.

use std::fmt;

/// How much the crate logs. Each level holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
#[repr(u8)]
pub enum LogLevel {
    /// Nothing at all.
    None = 0,
    /// What somebody has to change: custom data by a name that the site does not have, a handler that
    /// panicked, a domain that browsers may refuse.
    Error = 1,
    /// What may need attention: a setting that was corrected, no data file, a stream that is lost,
    /// tracking that fails. The default.
    #[default]
    Warning = 2,
    /// The course of things: a data file taken over, a stream opened.
    Info = 3,
    /// Each request, each batch of tracking lines, each evaluation. Secrets, tokens and visitor codes are
    /// logged at no level; an evaluation says of a visitor a number that is the same for as long as the
    /// process lives.
    Debug = 4,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "NONE",
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        })
    }
}

/// Somewhere for the crate's log to go; set it with [`KameleoonLogger::set_logger`](crate::KameleoonLogger::set_logger)
/// for the process, with [`KameleoonClientConfig::logger`](crate::KameleoonClientConfig::logger) for one client.
///
/// `log` is called on whatever thread has something to tell: the program's own inside a call of
/// the client, or one of the client's workers. It should return soon. What the crate would log
/// because of a call that a logger makes into the client is left out, so that a logger cannot call
/// itself for ever. A panic in `log` is caught and its message lost.
pub trait Logger: Send + Sync {
    /// Takes one message, without a line break at its end. `level` is never [`LogLevel::None`] and
    /// never above the level in force.
    fn log(&self, level: LogLevel, message: &str);
}

#[cfg(test)]
mod tests {
    use super::LogLevel;

    #[test]
    fn levels_are_ordered_and_warning_is_the_default() {
        let all = [LogLevel::None, LogLevel::Error, LogLevel::Warning, LogLevel::Info, LogLevel::Debug];
        assert!(all.is_sorted());
        assert_eq!(LogLevel::default(), LogLevel::Warning);
        assert_eq!(format!("[{:7}]", LogLevel::Info), "[INFO   ]");
    }
}
