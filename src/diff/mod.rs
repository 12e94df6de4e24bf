//! Two data files compared: which visitors get something else, and why.

mod cause;
mod cells;
mod change;
mod compute;
mod flag;
mod moves;
mod options;
mod pairs;
mod result;
mod rules;
mod sample;
mod side;
mod structure;
mod trace;

pub use cause::MoveCause;
pub use change::{ChangeKind, FlagChange};
pub use flag::{FlagDiff, Flow};
pub use moves::Move;
pub use options::DiffOptions;
pub use result::DataFileDiff;
