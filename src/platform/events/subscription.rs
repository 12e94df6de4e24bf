//! How a handler is removed.

use std::fmt;
use std::sync::{Arc, Weak};

use super::shared::Shared;

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
    /// None for a client that calls no handlers.
    handler: Option<(Weak<Shared>, u64)>,
}

impl Subscription {
    pub(super) fn new(shared: &Arc<Shared>, id: u64) -> Self {
        Self { handler: Some((Arc::downgrade(shared), id)) }
    }

    /// Of a handler that is never called, on a client that is closed or has no network.
    pub(crate) fn none() -> Self {
        Self { handler: None }
    }

    /// Removes the handler and drops what it holds. A call of it that is under way ends by itself;
    /// no further one begins. Other handlers stay. May be called from a handler, itself included.
    pub fn remove(self) {
        if let Some((shared, id)) = self.handler.and_then(|(shared, id)| Some((shared.upgrade()?, id))) {
            drop(shared.handlers.remove(id));
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
