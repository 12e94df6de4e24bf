//! Several servers that share what they know through a real Redis. On a machine without
//! `redis-server` these tests say that they did not run.

mod alternating;
mod data_file;
mod faults;
mod merging;
mod rig;
mod slow;
