//! What a logger of the facade gets.

use std::collections::BTreeMap;
use std::sync::{Mutex, Once, PoisonError};

use kameleoon::{KameleoonLogger, LogLevel};
use log::kv::{Error, Key, Value, VisitSource};

/// One record of the log.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) level: log::Level,
    pub(crate) text: String,
    pub(crate) facts: BTreeMap<String, String>,
}

impl Line {
    pub(crate) fn fact(&self, name: &str) -> &str {
        self.facts.get(name).map_or("", String::as_str)
    }
}

struct Recorder(Mutex<Vec<Line>>);

static RECORDER: Recorder = Recorder(Mutex::new(Vec::new()));

struct Pairs(BTreeMap<String, String>);

impl<'kvs> VisitSource<'kvs> for Pairs {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        self.0.insert(key.to_string(), value.to_string());
        Ok(())
    }
}

impl log::Log for Recorder {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if record.target() != "kameleoon" {
            return;
        }
        let mut pairs = Pairs(BTreeMap::new());
        let _ = record.key_values().visit(&mut pairs);
        let line = Line { level: record.level(), text: record.args().to_string(), facts: pairs.0 };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn flush(&self) {}
}

/// From now on everything is recorded.
pub(crate) fn record() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&RECORDER).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        KameleoonLogger::set_log_level(LogLevel::Debug);
    });
}

/// All lines so far.
pub(crate) fn all() -> Vec<Line> {
    RECORDER.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The lines so far of a site.
pub(crate) fn of(site: &str) -> Vec<Line> {
    all().into_iter().filter(|line| line.fact("site") == site).collect()
}
