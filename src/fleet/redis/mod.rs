//! What servers share, on Redis or Valkey.

mod link;
mod store;
mod visitors;

pub use store::RedisStore;
