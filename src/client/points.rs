//! The points of the visitor that a thread dealt with last.

use crate::decision::evaluation::{Memory, Points};

thread_local! {
    static POINTS: Points = const { Points::new() };
}

/// Runs with the points that the thread keeps.
pub(super) fn with<R>(run: impl FnOnce(Memory<'_>) -> R) -> R {
    let mut run = Some(run);
    let result = POINTS.try_with(|points| run.take().map(|run| run(Memory::Thread(points))));
    match (result, run) {
        (Ok(Some(result)), _) => result,
        // The thread is ending and has none any more.
        (_, Some(run)) => run(Memory::None),
        (_, None) => unreachable!("what took `run` also gave a result"),
    }
}
