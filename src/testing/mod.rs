//! For people who test programs that use this crate.
//!
//! A [`DataFile`] is built in a few lines, a [`TestClient`] works on it without a network, its
//! [`Recorder`] keeps what would have been sent, and a [`TestClock`] moves when the test says so.
//! `docs/testing.md` shows them at work.

mod client;
mod clock;
mod data_file;
mod event;
mod flag;
mod forced;
mod memory_store;
mod recorder;
mod rule;
mod segment;
mod tracking;

pub use client::TestClient;
pub use clock::TestClock;
pub use data_file::DataFile;
pub use event::RecordedEvent;
pub use flag::{Flag, FlagVariation};
pub use memory_store::MemoryStore;
pub use recorder::Recorder;
pub use rule::Rule;
pub use segment::{Condition, Segment};
pub use tracking::{end_tracking_interval, wait_for_flushes};
