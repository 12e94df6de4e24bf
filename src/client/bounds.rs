//! How much a client keeps.

use crate::config::Settings;
use crate::platform::spool::SpoolBounds;
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

/// The bounds of what is kept on disk.
pub(super) fn spool_bounds(settings: &Settings) -> SpoolBounds {
    SpoolBounds {
        bytes: settings.tracking_spool_max_bytes,
        age: settings.tracking_spool_max_age,
        sync: settings.tracking_spool_sync,
    }
}
