//! A store of visitors under the clients, as a fleet has one.
//!
//! `KAMELEOON_CONFORMANCE_STORE` is `memory`, or the URL of a Redis (feature `redis`): every client
//! writes what it knows there, and reads it before each call that is about a visitor.

use std::sync::atomic::{AtomicU64, Ordering};

use kameleoon::testing::MemoryStore;
use kameleoon::{KameleoonClient, KameleoonClientConfig};

use crate::stage::PATIENCE;

fn wanted() -> Option<String> {
    std::env::var("KAMELEOON_CONFORMANCE_STORE").ok().filter(|store| !store.is_empty())
}

/// Gives a client a store of its own.
pub(crate) fn plug_in(config: KameleoonClientConfig) -> KameleoonClientConfig {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    match wanted().as_deref() {
        None => config,
        Some("memory") => config.visitor_data_store(MemoryStore::new()),
        #[cfg(feature = "redis")]
        Some(url) => {
            let store = kameleoon::fleet::RedisStore::new(url).expect("the store's URL is one");
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            config.visitor_data_store(store.prefix(&format!("conformance-{}-{number}", std::process::id())))
        }
        #[cfg(not(feature = "redis"))]
        Some(_) => {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            panic!("the store of client {number} needs the feature `redis`")
        }
    }
}

/// Reads what the store knows of a visitor, once it has been told everything.
pub(crate) fn load(client: &KameleoonClient, visitor: &str) {
    if client.store_stats().is_some() {
        // Codes that are none are the step's business.
        if let Err(error) = client.load_visitor(visitor, PATIENCE) {
            assert!(!matches!(error, kameleoon::KameleoonError::Store { .. }), "{error}");
        }
    }
}
