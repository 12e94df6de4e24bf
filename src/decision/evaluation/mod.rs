//! Decisions: a pure function of the data file, what is known of the visitor, and the clock.

mod audiences;
mod evaluator;
mod explanation;
mod hash;
mod outcome;
mod points;
#[cfg(test)]
mod skipping;

pub(crate) use audiences::audiences;
pub(crate) use evaluator::{Blocked, Evaluation};
pub use explanation::Explanation;
pub(crate) use outcome::Outcome;
pub(crate) use points::{Memory, Points, SharedPoints};
