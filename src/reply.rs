//! One answer from a thread to another that waits for it.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use parking_lot::Mutex;

/// The side that waits. All answers wake it through one kind of channel, since each kind is some
/// kilobytes of a program.
pub(crate) struct Reply<T> {
    value: Arc<Mutex<Option<T>>>,
    told: Receiver<()>,
}

impl<T: Send + 'static> Reply<T> {
    /// What takes the answer, and who waits for it. Dropping what takes it tells that none comes.
    pub(crate) fn new() -> (impl FnOnce(T) + Send + use<T>, Self) {
        let (sender, told) = bounded(1);
        let value = Arc::new(Mutex::new(None));
        let reply = Self { value: Arc::clone(&value), told };
        let answer = move |answer| {
            *value.lock() = Some(answer);
            // The one who waits may have given up.
            let _ = sender.try_send(());
        };
        (answer, reply)
    }

    /// Waits for the answer, for this long at most.
    ///
    /// # Errors
    /// The time is over, or no answer comes any more.
    pub(crate) fn wait(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.told.recv_timeout(timeout)?;
        self.take().ok_or(RecvTimeoutError::Disconnected)
    }

    /// Where it is told that the answer is there, for a thread that waits for something else too.
    pub(crate) fn told(&self) -> &Receiver<()> {
        &self.told
    }

    /// The answer that is there.
    pub(crate) fn take(&self) -> Option<T> {
        self.value.lock().take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn an_answer_comes_once() {
        let (answer, reply) = Reply::new();
        assert_eq!(reply.wait(Duration::ZERO), Err(RecvTimeoutError::Timeout));
        std::thread::spawn(|| answer(7));
        assert_eq!(reply.wait(PATIENCE), Ok(7));
        assert_eq!(reply.wait(PATIENCE), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn who_will_not_answer_is_not_waited_for() {
        let (answer, reply) = Reply::<u8>::new();
        drop(answer);
        assert_eq!(reply.wait(PATIENCE), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn who_has_given_up_holds_up_nobody() {
        let (answer, reply) = Reply::new();
        let held = Arc::new(());
        drop(reply);
        answer(Arc::clone(&held));
        assert_eq!(Arc::strong_count(&held), 1, "the answer went with it");
    }
}
