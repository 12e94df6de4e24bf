//! What servers share, on Redis or Valkey.

mod data_files;
mod link;
mod store;
mod visitors;

pub use store::RedisStore;
#[cfg(fuzzing)]
pub(crate) use visitors::{Hash, record};
