//! A data file that several servers share, through a store as a program may write one.

mod faults;
mod rig;
mod shelf;
mod start;
mod updates;
