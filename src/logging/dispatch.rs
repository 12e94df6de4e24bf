//! The level in force, the logger in force, and the way of a message to it.

use super::logger::{LogLevel, Logger};
use parking_lot::RwLock;
use std::cell::Cell;
use std::fmt;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// The target of the crate's messages in the `log` facade.
const TARGET: &str = "kameleoon";

thread_local! {
    /// Whether this thread is inside a logger now.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// One level and one logger. The process has one of these; tests have their own.
pub(super) struct Dispatch {
    level: AtomicU8,
    logger: RwLock<Option<Arc<dyn Logger>>>,
}

impl Dispatch {
    pub(super) const fn new() -> Self {
        Self { level: AtomicU8::new(LogLevel::Warning as u8), logger: RwLock::new(None) }
    }

    pub(super) fn set_level(&self, level: LogLevel) {
        self.level.store(level as u8, Ordering::Relaxed);
    }

    pub(super) fn set_logger(&self, logger: Box<dyn Logger>) {
        // The former logger is dropped after the lock: its drop may log.
        let former = self.logger.write().replace(Arc::from(logger));
        drop(former);
    }

    #[inline]
    pub(super) fn enabled(&self, level: LogLevel) -> bool {
        level as u8 <= self.level.load(Ordering::Relaxed)
    }

    pub(super) fn write(&self, level: LogLevel, message: fmt::Arguments<'_>) {
        if level == LogLevel::None {
            return;
        }
        // A thread that is going down has no such cell any more; it has no logger to re-enter either.
        if INSIDE.try_with(|inside| inside.replace(true)).unwrap_or(false) {
            return;
        }
        // Everything that is not ours (formatting, the logger, its drop) runs in here, so that a
        // panic of it ends neither a worker nor a call. There is nobody left to report it to.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let logger = self.logger.read().clone();
            match logger {
                Some(logger) => match message.as_str() {
                    Some(text) => logger.log(level, text),
                    None => logger.log(level, &message.to_string()),
                },
                None => write_by_default(level, message),
            }
        }));
        let _ = INSIDE.try_with(|inside| inside.set(false));
    }
}

fn write_by_default(level: LogLevel, message: fmt::Arguments<'_>) {
    let Some(facade_level) = facade_level(level) else { return };
    let error = log::Metadata::builder().target(TARGET).level(log::Level::Error).build();
    let logger_enabled = || log::logger().enabled(&error);
    if goes_to_stderr(log::STATIC_MAX_LEVEL, log::max_level(), logger_enabled) {
        // One write, so that lines of several threads do not mix; a closed stderr is no reason to fail.
        let line = format!("kameleoon {level}: {message}\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    } else {
        log::log!(target: TARGET, facade_level, "{message}");
    }
}

/// Whether nobody listens at the facade. The facade does not say whether a logger is installed, but
/// one that is either raises the maximum from `Off` or, with it switched off on purpose, still
/// answers for itself. Compiling the facade out is a wish for silence.
fn goes_to_stderr(
    compiled_in: log::LevelFilter,
    maximum: log::LevelFilter,
    logger_enabled: impl FnOnce() -> bool,
) -> bool {
    compiled_in != log::LevelFilter::Off && maximum == log::LevelFilter::Off && !logger_enabled()
}

fn facade_level(level: LogLevel) -> Option<log::Level> {
    match level {
        LogLevel::None => None,
        LogLevel::Error => Some(log::Level::Error),
        LogLevel::Warning => Some(log::Level::Warn),
        LogLevel::Info => Some(log::Level::Info),
        LogLevel::Debug => Some(log::Level::Debug),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use log::LevelFilter::{Info, Off, Trace};
    use parking_lot::Mutex;

    #[derive(Default, Clone)]
    struct Recorder(Arc<Mutex<Vec<(LogLevel, String)>>>);

    impl Logger for Recorder {
        fn log(&self, level: LogLevel, message: &str) {
            self.0.lock().push((level, message.to_owned()));
        }
    }

    fn tell(dispatch: &Dispatch, level: LogLevel, text: &str) {
        if dispatch.enabled(level) {
            dispatch.write(level, format_args!("{text}"));
        }
    }

    #[test]
    fn the_level_filters_apart_from_the_logger() {
        use LogLevel::{Debug, Error, Info, None, Warning};
        for (level, told) in [
            (None, &[][..]),
            (Error, &[Error]),
            (Warning, &[Error, Warning]),
            (Info, &[Error, Warning, Info]),
            (Debug, &[Error, Warning, Info, Debug]),
        ] {
            let dispatch = Dispatch::new();
            let recorder = Recorder::default();
            dispatch.set_logger(Box::new(recorder.clone()));
            dispatch.set_level(level);
            for message in [None, Error, Warning, Info, Debug] {
                tell(&dispatch, message, "text");
            }
            let seen: Vec<_> = recorder.0.lock().iter().map(|(level, _)| *level).collect();
            assert_eq!(seen, told, "at {level}");
        }
    }

    #[test]
    fn a_later_logger_replaces_the_former() {
        let dispatch = Dispatch::new();
        let (first, second) = (Recorder::default(), Recorder::default());
        dispatch.set_logger(Box::new(first.clone()));
        tell(&dispatch, LogLevel::Error, "one");
        dispatch.set_logger(Box::new(second.clone()));
        tell(&dispatch, LogLevel::Error, "two");
        assert_eq!(*first.0.lock(), [(LogLevel::Error, "one".to_owned())]);
        assert_eq!(*second.0.lock(), [(LogLevel::Error, "two".to_owned())]);
    }

    struct Panicking(Recorder);

    impl Logger for Panicking {
        fn log(&self, level: LogLevel, message: &str) {
            self.0.log(level, message);
            panic!("a logger that panics, on purpose");
        }
    }

    #[test]
    fn a_panicking_logger_harms_neither_the_caller_nor_the_next_message() {
        let dispatch = Dispatch::new();
        let recorder = Recorder::default();
        dispatch.set_logger(Box::new(Panicking(recorder.clone())));
        tell(&dispatch, LogLevel::Error, "one");
        tell(&dispatch, LogLevel::Error, "two");
        assert_eq!(recorder.0.lock().len(), 2);
    }

    struct Reentrant(Arc<Dispatch>, Recorder);

    impl Logger for Reentrant {
        fn log(&self, level: LogLevel, message: &str) {
            self.1.log(level, message);
            tell(&self.0, level, "from inside the logger");
            self.0.set_level(LogLevel::Debug);
        }
    }

    #[test]
    fn a_logger_that_logs_is_not_called_for_ever() {
        let dispatch = Arc::new(Dispatch::new());
        let recorder = Recorder::default();
        dispatch.set_logger(Box::new(Reentrant(Arc::clone(&dispatch), recorder.clone())));
        tell(&dispatch, LogLevel::Error, "one");
        tell(&dispatch, LogLevel::Debug, "two");
        let seen: Vec<_> = recorder.0.lock().iter().map(|(_, text)| text.clone()).collect();
        assert_eq!(seen, ["one", "two"]);
    }

    #[test]
    fn stderr_serves_only_when_nobody_listens_at_the_facade() {
        for (compiled_in, maximum, enabled, expected, case) in [
            (Trace, Off, false, true, "no logger at all"),
            (Trace, Info, true, false, "a logger"),
            (Trace, Info, false, false, "a logger that leaves this target out"),
            (Trace, Off, true, false, "a logger, switched off by the program"),
            (Off, Off, false, false, "the facade compiled out"),
        ] {
            assert_eq!(goes_to_stderr(compiled_in, maximum, || enabled), expected, "{case}");
        }
    }
}
