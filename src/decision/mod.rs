//! The decision: which variation a visitor gets, as a pure function of the data file, what is known
//! about the visitor, and the time. Nothing in this wing reads a clock, takes a lock, or touches a
//! file, a thread or a socket; `tests/architecture` holds it to that.

pub(crate) mod calendar;
pub(crate) mod datafile;
pub(crate) mod evaluation;
pub(crate) mod hashing;
pub(crate) mod identity;
pub(crate) mod lenient;
pub(crate) mod number;
pub(crate) mod pattern;
pub(crate) mod profile;
pub(crate) mod record;
pub(crate) mod short_text;
pub(crate) mod targeting;
