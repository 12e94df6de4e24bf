//! What the thread, the client and those who may remove a handler have in common.

use super::handlers::Handlers;
use super::queue::Queue;

/// What the thread, the client and those who may remove a handler have in common.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) handlers: Handlers,
    pub(super) queue: Queue,
}
