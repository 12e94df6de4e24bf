//! The command `kameleoon`, run as a user runs it.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests count as production code

mod check;
mod diff;
mod drain;
mod generate;
mod generated;
mod help;
mod look;
mod run;
mod serve;
