//! Whether a visitor is among those that a rule's segment describes.

mod conditions;
mod found;
mod pending;
mod segment;
mod subject;
mod trace;
mod visited;

pub(crate) use conditions::Targeting;
pub(crate) use pending::Pending;
pub(crate) use subject::Subject;
pub use trace::{ConditionTrace, Step};
pub(crate) use trace::{NoTrace, Trace};
pub(crate) use visited::Visited;
