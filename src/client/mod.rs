//! The client: the public methods, each a few lines.

// Without public methods of the client, or with those of other types.
mod bounds;
mod core;
#[cfg(all(test, feature = "emulator"))]
mod day;
#[cfg(feature = "async")]
mod detached;
mod factory;
mod handle;
#[cfg(all(any(test, fuzzing), feature = "testing"))]
mod model;
mod options;
mod reading;
#[cfg(feature = "testing")]
mod recorded;
mod runtime;
mod variations;
mod watch;

// The documentation shows the methods in this order, that of use.
mod start;

mod evaluation;

mod defaults;

mod visitor_data;

mod tracking;

mod web;

mod remote;

mod lifecycle;

mod guard;

mod heard;

mod local_code;

mod offline;

mod forget;

mod fleet;

mod spool;

mod health;

mod deprecated;

use std::sync::Arc;

use self::core::Core;
use self::runtime::{Lifeline, Runtime};

pub(crate) use self::core::check_code;
pub use factory::KameleoonClientFactory;
pub use guard::ClientGuard;
pub use handle::VisitorHandle;
pub use health::Health;
#[cfg(fuzzing)]
pub(crate) use model::play_calls;
pub use options::{
    AddDataOptions, EvaluationOptions, FlushOptions, ForcedVariationOptions, VariationsOptions,
};
#[cfg(feature = "async")]
pub(crate) use remote::Remote;
pub use variations::{Variations, VariationsIter};

/// The client of one site: evaluates its feature flags and keeps its visitors.
///
/// Cheap to clone: all clones are the same client. Every method may be called from any thread.
/// Evaluation is memory only and never waits for the network.
#[derive(Clone)]
pub struct KameleoonClient {
    // Last handle dropped: the runtime ends, within its bound.
    runtime: Option<Arc<Lifeline>>,
    core: Arc<Core>,
}

impl KameleoonClient {
    /// Whether two handles are of one client.
    #[cfg(feature = "tower")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }

    /// Whose messages those about this client are.
    #[cfg(any(feature = "tower", feature = "openfeature"))]
    pub(crate) fn speaker(&self) -> &crate::logging::Speaker {
        &self.core.speaker
    }

    fn from_parts(core: Core, runtime: Option<Runtime>) -> Self {
        Self { runtime: runtime.map(|runtime| Arc::new(Lifeline::new(runtime))), core: Arc::new(core) }
    }
}

// A panic of the program leaves no client half changed: the program's code runs outside of the
// client's locks, and a panic of a handler or a logger is caught where it is called.
impl std::panic::UnwindSafe for KameleoonClient {}
impl std::panic::RefUnwindSafe for KameleoonClient {}

impl std::fmt::Debug for KameleoonClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KameleoonClient")
            .field("ready", &self.core.file.load().is_some())
            .field("visitors", &self.core.visitors.len())
            .finish_non_exhaustive()
    }
}
