//! Several servers that share what they know through a real Redis. On a machine without
//! `redis-server` these tests say that they did not run.

mod alternating;
#[cfg(target_os = "linux")]
mod book;
mod data_file;
mod faults;
mod merging;
#[cfg(target_os = "linux")]
#[path = "../faults/process.rs"]
mod process;
mod rig;
mod slow;
#[cfg(target_os = "linux")]
mod soak;
