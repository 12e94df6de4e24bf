//! The layer for tower: visitor codes, cookies and consent of requests. No runtime is needed: the
//! services here answer at once, so one poll has the answer.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests count as production code

mod caches;
mod consent;
mod exchange;
#[cfg(all(feature = "async", feature = "testing"))]
mod loading;
mod nested;
mod visitor;
