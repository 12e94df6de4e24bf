//! Keeping the data file up to date: the pieces below the worker.

// Until the client's worker uses them.
#![allow(dead_code)]

mod sse;

#[allow(unused_imports)] // until the client's worker uses them
pub(crate) use sse::{SseEvent, SseParser, SseTooLarge};
