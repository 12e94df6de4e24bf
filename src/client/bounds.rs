//! How much a client keeps in memory.

use crate::config::Settings;
use crate::visitor::{PersonBounds, StoreBounds};

/// The bounds that a configuration sets.
pub(super) fn store_bounds(settings: &Settings) -> StoreBounds {
    StoreBounds {
        visitors: settings.max_visitors,
        bytes: settings.max_store_bytes as u64,
        person: PersonBounds {
            profile: settings.max_visitor_bytes,
            outbox: settings.max_visitor_unsent_bytes,
        },
    }
}
