//! Many servers that behave as one: what they share, and through what.
//!
//! A [`VisitorDataStore`] lets servers without sticky sessions know the same of a visitor; it is set
//! with [`KameleoonClientConfig::visitor_data_store`](crate::KameleoonClientConfig::visitor_data_store).
//! A [`DataFileStore`] lets one of them ask the platform for the data file and all others take it from
//! there; it is set with
//! [`KameleoonClientConfig::data_file_store`](crate::KameleoonClientConfig::data_file_store).
//! `RedisStore` (feature `redis`) is both on Redis or Valkey. `docs/fleet.md` shows them at work, with
//! what they cost.

mod counters;
mod data_file_store;
mod file_counters;
#[cfg(feature = "redis")]
mod redis;
mod shelf;
mod stored_data_file;
mod terms;
mod visitor_store;

pub use crate::decision::record::{Datum, VisitorRecord};
pub(crate) use counters::Counters;
pub use counters::StoreStats;
pub use data_file_store::DataFileStore;
pub use file_counters::DataFileStoreStats;
pub(crate) use file_counters::FileCounters;
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use redis::RedisStore;
#[cfg(all(fuzzing, feature = "redis"))]
pub(crate) use redis::{Hash, record};
pub(crate) use shelf::Shelf;
pub(crate) use stored_data_file::MAX_DATA_FILE;
pub use stored_data_file::StoredDataFile;
pub use terms::StoreTerms;
pub use visitor_store::VisitorDataStore;
