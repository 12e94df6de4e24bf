//! The visitors that a client keeps in memory.

mod entry;
mod recent;
mod shard;
mod store;

pub(crate) use entry::{Snapshot, Visitor};
pub(crate) use store::VisitorStore;
