//! How a handler is removed.

use std::fmt;
use std::sync::{Arc, Weak};

use super::shared::Shared;
use super::{EvaluationEvent, Evaluations};

/// A handler that was set: removes it when told to.
///
/// Dropping it leaves the handler in place, until the client is closed: keep it only where the
/// handler is to be removed before that.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline("{}")?;
/// let subscription = client.on_update_configuration(|| println!("the flags have changed"));
/// // When the part of the program that wanted to know ends:
/// subscription.remove();
/// # Ok(())
/// # }
/// ```
pub struct Subscription {
    handler: Place,
}

/// Where the handler is.
enum Place {
    /// It is never called.
    Nowhere,
    Events(Weak<Shared>, u64),
    Evaluations(Weak<Evaluations>, u64),
}

impl Subscription {
    pub(super) fn new(shared: &Arc<Shared>, id: u64) -> Self {
        Self { handler: Place::Events(Arc::downgrade(shared), id) }
    }

    /// Of a handler that is called for each evaluation from now on.
    pub(crate) fn to_evaluations(
        evaluations: &Arc<Evaluations>,
        handler: impl Fn(&EvaluationEvent<'_>) + Send + Sync + 'static,
    ) -> Self {
        evaluations.add(Box::new(handler)).map_or_else(Self::none, |id| Self {
            handler: Place::Evaluations(Arc::downgrade(evaluations), id),
        })
    }

    /// Of a handler that is never called, on a client that is closed or has no network.
    pub(crate) fn none() -> Self {
        Self { handler: Place::Nowhere }
    }

    /// Removes the handler and drops what it holds. A call of it that is under way ends by itself;
    /// no further one begins. Other handlers stay. May be called from a handler, itself included.
    pub fn remove(self) {
        match self.handler {
            Place::Nowhere => {}
            Place::Events(shared, id) => {
                drop(shared.upgrade().map(|shared| shared.handlers.remove(id)));
            }
            Place::Evaluations(evaluations, id) => {
                if let Some(evaluations) = evaluations.upgrade() {
                    evaluations.remove(id);
                }
            }
        }
    }
}

// Its locks are held by the crate's own code alone.
impl std::panic::UnwindSafe for Subscription {}
impl std::panic::RefUnwindSafe for Subscription {}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
