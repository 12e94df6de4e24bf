//! What is wrong with a data file, or looks as if it were.

mod fields;
mod finding;
mod flags;
mod one_sided;
mod reach;
mod report;
mod rules;
mod run;
mod segments;

pub use finding::{Finding, FindingKind};
pub(crate) use reach::unreachable;
pub use report::DataFileCheck;
