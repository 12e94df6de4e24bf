//! The visitors that a client keeps in memory: persons, the codes that name them, and what waits to
//! be sent about each.

mod book;
mod delivery;
mod ending;
mod entry;
mod estate;
mod forget;
mod known;
mod ledger;
mod linking;
mod more;
mod outbox;
mod outlet;
mod owed;
mod piece;
mod recent;
mod settling;
mod shard;
mod shared;
mod store;
mod taking_back;
mod telling;
mod ticker;
mod told;
mod unanswered;
mod unnamed;

pub(crate) use delivery::{State, draw_nonce};
pub(crate) use entry::{PersonBounds, Visitor};
pub(crate) use known::{Aftermath, Known, Moment};
pub(crate) use ledger::{Counts, Ledger};
pub(crate) use more::More;
pub(crate) use outbox::Outcome;
pub(crate) use outlet::{Notice, Outlet};
pub(crate) use owed::Owed;
pub(crate) use piece::Content;
pub(crate) use recent::AtHand;
pub(crate) use store::{StoreBounds, VisitorStore};
