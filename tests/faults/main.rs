//! The running client under faults, over real sockets.

mod before;
mod close;
mod completion;
mod consent;
mod flood;
mod folder;
mod fresh;
#[cfg(unix)]
mod kills;
mod last_good;
mod logger;
mod outage;
mod polling;
mod process;
mod refused;
mod remote;
mod rig;
mod spool;
mod spool_files;
mod spool_outage;
mod start;
mod steady;
mod stop;
mod streaming;
mod table;
#[cfg(feature = "rustls")]
mod tls;
mod token;
mod tracking;
mod updates;
