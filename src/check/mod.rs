//! What is wrong with a data file, or looks as if it were.

mod reach;

pub(crate) use reach::unreachable;
