//! The calls that wait, as futures.
//!
//! The client's own threads do the work and call back when it is done; a future only waits for
//! that call. There is no second implementation and no runtime here. Whatever is dropped half-way
//! leaves nothing behind: the call back finds nobody, and that is all.

mod alarm;
mod answer;
mod factory;
mod fleet;
mod lifecycle;
mod remote;
#[cfg(all(test, feature = "emulator"))]
mod tests;
mod tracking;
