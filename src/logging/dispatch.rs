//! The logger in force, and the way of a message to it.

use super::facts::{Fact, Facts};
use super::logger::{LogLevel, Logger};
use super::one_line::OneLine;
use super::speaker::Speaker;
use parking_lot::RwLock;
use std::cell::Cell;
use std::fmt;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The target of the crate's messages in the `log` facade.
const TARGET: &str = "kameleoon";

thread_local! {
    /// Whether this thread is inside a logger now.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// The logger of the process, if it has one; tests have their own.
pub(super) struct Dispatch {
    logger: RwLock<Option<Arc<dyn Logger>>>,
}

impl Dispatch {
    pub(super) const fn new() -> Self {
        Self { logger: RwLock::new(None) }
    }

    pub(super) fn set_logger(&self, logger: Box<dyn Logger>) {
        // The former logger is dropped after the lock: its drop may log.
        let former = self.logger.write().replace(Arc::from(logger));
        drop(former);
    }

    /// Hands on a message of whom this thread works for: to that client's logger, or the process's,
    /// or what stands in for one.
    pub(super) fn write(&self, level: LogLevel, facts: &[Fact<'_>], message: fmt::Arguments<'_>) {
        if level == LogLevel::None {
            return;
        }
        // A thread that is going down has no such cell any more; it has no logger to re-enter either.
        if INSIDE.try_with(|inside| inside.replace(true)).unwrap_or(false) {
            return;
        }
        let speaker = Speaker::current();
        // Everything that is not ours (formatting, the logger, its drop) runs in here, so that a
        // panic of it ends neither a worker nor a call. There is nobody left to report it to.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let own = speaker.log().and_then(|log| log.logger.as_ref());
            let logger = own.map(|own| Arc::clone(own.get())).or_else(|| self.logger.read().clone());
            match (logger, message.as_str()) {
                (Some(logger), Some(text)) if speaker.prefix().is_empty() => logger.log(level, text),
                (Some(logger), _) => {
                    logger.log(level, &format!("{}{}", speaker.prefix(), OneLine(message)));
                }
                (None, _) => write_by_default(level, &speaker, facts, message),
            }
        }));
        let _ = INSIDE.try_with(|inside| inside.set(false));
    }
}

fn write_by_default(level: LogLevel, speaker: &Speaker, facts: &[Fact<'_>], message: fmt::Arguments<'_>) {
    let Some(facade_level) = facade_level(level) else { return };
    let (prefix, message) = (speaker.prefix(), OneLine(message));
    let error = log::Metadata::builder().target(TARGET).level(log::Level::Error).build();
    let logger_enabled = || log::logger().enabled(&error);
    if goes_to_stderr(log::STATIC_MAX_LEVEL, log::max_level(), logger_enabled) {
        // One write, so that lines of several threads do not mix; a closed stderr is no reason to fail.
        let line = format!("kameleoon {level}: {prefix}{message}\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    } else if facade_level <= log::STATIC_MAX_LEVEL && facade_level <= log::max_level() {
        let facts = Facts { client: speaker.log(), facts };
        log::logger().log(
            &log::Record::builder()
                .args(format_args!("{prefix}{message}"))
                .level(facade_level)
                .target(TARGET)
                .module_path_static(Some(TARGET))
                .key_values(&facts)
                .build(),
        );
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
    use crate::logging::speaker::OwnLogger;
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
        dispatch.write(level, &[], format_args!("{text}"));
    }

    #[test]
    fn a_client_with_a_logger_of_its_own_tells_it_and_others_the_process() {
        let dispatch = Dispatch::new();
        let (shared, own) = (Recorder::default(), Recorder::default());
        dispatch.set_logger(Box::new(shared.clone()));
        let apart = Speaker::of_client("apart", Some("staging"), Some(OwnLogger::new(own.clone())), None);
        let plain = Speaker::of_client("plain", None, None, None);
        for speaker in [&apart, &plain] {
            let _speaking = speaker.enter();
            tell(&dispatch, LogLevel::Error, "text");
        }
        tell(&dispatch, LogLevel::Error, "text");
        let texts = |recorder: &Recorder| -> Vec<String> {
            recorder.0.lock().iter().map(|(_, text)| text.clone()).collect()
        };
        assert_eq!(texts(&own), ["[apart staging] text"]);
        assert_eq!(texts(&shared), ["[plain] text", "text"]);
    }

    #[test]
    fn a_text_from_outside_begins_no_line_of_its_own() {
        let dispatch = Dispatch::new();
        let recorder = Recorder::default();
        dispatch.set_logger(Box::new(recorder.clone()));
        tell(&dispatch, LogLevel::Warning, "flag `a\n[shop] all is well`");
        assert_eq!(recorder.0.lock()[0].1, "flag `a\\n[shop] all is well`");
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
