//! The client: the public methods, each a few lines.

mod core;
mod deprecated;
mod evaluation;
mod handle;
mod offline;
mod options;
mod variations;
mod visitor_data;

use std::sync::Arc;

use self::core::Core;

pub use handle::VisitorHandle;
pub use options::{AddDataOptions, EvaluationOptions, ForcedVariationOptions, VariationsOptions};
pub use variations::{Variations, VariationsIter};

/// The client of one site: evaluates its feature flags and keeps its visitors.
///
/// Cheap to clone: all clones are the same client. Every method may be called from any thread.
/// Evaluation is memory only and never waits for the network.
#[derive(Clone)]
pub struct KameleoonClient {
    core: Arc<Core>,
}

impl std::fmt::Debug for KameleoonClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KameleoonClient")
            .field("ready", &self.core.file.load().is_some())
            .field("visitors", &self.core.visitors.len())
            .finish_non_exhaustive()
    }
}
