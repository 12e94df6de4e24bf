//! Many servers that behave as one: what they share, and through what.
//!
//! A [`VisitorDataStore`] lets servers without sticky sessions know the same of a visitor; it is set
//! with [`KameleoonClientConfig::visitor_data_store`](crate::KameleoonClientConfig::visitor_data_store).
//! `RedisStore` (feature `redis`) is one on Redis or Valkey. `docs/fleet.md` shows it at work, with
//! what it costs.

mod counters;
#[cfg(feature = "redis")]
mod redis;
mod shelf;
mod terms;
mod visitor_store;

pub use crate::decision::record::{Datum, VisitorRecord};
pub(crate) use counters::Counters;
pub use counters::StoreStats;
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use redis::RedisStore;
pub(crate) use shelf::Shelf;
pub use terms::StoreTerms;
pub use visitor_store::VisitorDataStore;
