//! Which client a message is of, and where that client's messages go.
//!
//! A thread works for one client at a time: its workers all along, a caller's thread inside of a call
//! that may have something to tell. So a message need not be handed the client through everything that
//! lies between.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, RefUnwindSafe};
use std::sync::Arc;

use parking_lot::Mutex;

use super::levels::{LEVELS, OwnLevel};
use super::logger::{LogLevel, Logger};
use super::silence::{Silence, Unsaid};

thread_local! {
    /// For whom this thread works now.
    static CURRENT: RefCell<Speaker> = const { RefCell::new(Speaker::nobody()) };
}

/// A logger that a client has for itself.
pub(crate) struct OwnLogger(AssertUnwindSafe<Arc<dyn Logger>>);

impl OwnLogger {
    pub(crate) fn new(logger: impl Logger + 'static) -> Self {
        // Its panics are caught where it is called.
        Self(AssertUnwindSafe(Arc::new(logger)))
    }

    pub(super) fn get(&self) -> &Arc<dyn Logger> {
        &self.0
    }
}

impl Clone for OwnLogger {
    fn clone(&self) -> Self {
        Self(AssertUnwindSafe(Arc::clone(&self.0)))
    }
}

/// The same logger, and not one that is alike.
impl PartialEq for OwnLogger {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for OwnLogger {}

impl fmt::Debug for OwnLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Logger")
    }
}

/// What the log knows of a client.
#[derive(Debug)]
pub(super) struct ClientLog {
    pub(super) site: Box<str>,
    pub(super) environment: Box<str>,
    /// What its messages begin with.
    prefix: Box<str>,
    pub(super) logger: Option<OwnLogger>,
    level: Option<OwnLevel>,
    /// Of static voices, by their place.
    silences: Mutex<BTreeMap<usize, Silence>>,
}

/// A panic leaves a count at most that is one too high.
impl RefUnwindSafe for ClientLog {}

/// The client that messages are of, if they are of one.
#[derive(Debug, Clone)]
pub(crate) struct Speaker(Option<Arc<ClientLog>>);

impl Speaker {
    pub(super) const fn nobody() -> Self {
        Self(None)
    }

    /// A client; without a site code its messages have no mark.
    pub(crate) fn of_client(
        site: &str,
        environment: Option<&str>,
        logger: Option<OwnLogger>,
        level: Option<LogLevel>,
    ) -> Self {
        let prefix = match (site, environment) {
            ("", _) => String::new(),
            (_, None) => format!("[{}] ", site.escape_debug()),
            (_, Some(environment)) => {
                format!("[{} {}] ", site.escape_debug(), environment.escape_debug())
            }
        };
        Self(Some(Arc::new(ClientLog {
            site: site.into(),
            environment: environment.unwrap_or_default().into(),
            prefix: prefix.into(),
            logger,
            level: level.map(OwnLevel::new),
            silences: Mutex::default(),
        })))
    }

    /// For whom this thread works now.
    pub(crate) fn current() -> Self {
        CURRENT.try_with(|current| current.borrow().clone()).unwrap_or(Self(None))
    }

    /// This thread works for the client until what is returned is dropped. None for nobody, which
    /// changes nothing.
    pub(crate) fn enter(&self) -> Option<Speaking> {
        self.0.as_ref()?;
        let former = CURRENT.try_with(|current| current.replace(self.clone())).ok()?;
        Some(Speaking { former, _stays_on_its_thread: PhantomData })
    }

    /// What another thread is to run for whom this one works for.
    pub(crate) fn carry<R>(run: impl FnOnce() -> R) -> impl FnOnce() -> R {
        let speaker = Self::current();
        move || {
            let _speaking = speaker.enter();
            run()
        }
    }

    /// Whether messages of this level are told.
    pub(crate) fn hears(&self, level: LogLevel) -> bool {
        match self.0.as_ref().and_then(|log| log.level.as_ref()) {
            Some(own) => own.holds(level),
            None => LEVELS.is_of_process(level),
        }
    }

    pub(super) fn log(&self) -> Option<&ClientLog> {
        self.0.as_deref()
    }

    pub(super) fn prefix(&self) -> &str {
        self.0.as_ref().map_or("", |log| &log.prefix)
    }

    /// Whether a static voice speaks for this client now; none for nobody.
    pub(super) fn ends_silence_of(&self, voice: usize) -> Option<Option<Unsaid>> {
        Some(self.0.as_ref()?.silences.lock().entry(voice).or_default().ends())
    }
}

/// A thread works for a client while this lives.
#[must_use]
pub(crate) struct Speaking {
    former: Speaker,
    _stays_on_its_thread: PhantomData<*const ()>,
}

impl Drop for Speaking {
    fn drop(&mut self) {
        let former = std::mem::replace(&mut self.former, Speaker::nobody());
        // What is taken out goes after the place is free again: it may hold the program's logger.
        drop(CURRENT.try_with(|current| current.replace(former)));
    }
}
