//! What code asks for.

mod calls;
mod references;
mod tokens;

pub(super) use references::References;
