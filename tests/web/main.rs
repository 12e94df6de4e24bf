//! What web servers ask of the client: visitor codes in cookies, consent, simulation.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests count as production code

mod consent;
#[cfg(feature = "cookie")]
mod cookie_crate;
mod header;
mod hostile;
mod simulation;
mod visitor_code;
