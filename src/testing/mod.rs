//! For people who test programs that use this crate.

mod tracking;

pub use tracking::{end_tracking_interval, wait_for_flushes};
