//! Rendered tracking lines that wait on disk, for this process or another to send: files, and nothing
//! about who sends them.

mod claim;
mod file;
mod folder;
#[cfg(test)]
mod folder_tests;
mod marker;
mod name;

pub(crate) use claim::Claim;
#[cfg(fuzzing)]
pub(crate) use file::read_contents;
pub(crate) use file::{Contents, Piece};
pub(crate) use folder::{Listing, Room, Spool, SpoolBounds};
pub(crate) use marker::{Marker, Outage};
