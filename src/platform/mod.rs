//! Everything that talks to the platform: HTTP, the thread that fetches the data file, the thread
//! that sends tracking and what it keeps on disk, calls of the data API, and the handlers that are told of it.

pub(crate) mod access;
pub(crate) mod cell;
pub(crate) mod events;
pub(crate) mod net;
pub(crate) mod remote;
pub(crate) mod sharing;
pub(crate) mod spool;
pub(crate) mod tracking;
pub(crate) mod updater;
