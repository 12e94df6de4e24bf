//! What a thread of the client tells a future.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot::{Receiver, Sender, channel};

use super::alarm::Alarm;

/// How a wait ended.
pub(super) enum Outcome<T> {
    Told(T),
    /// Whoever had to tell is gone.
    Dropped,
    /// The time was over first.
    Late,
}

/// The side of the thread: tells once. Dropping it tells that there is nothing to tell.
pub(super) struct Answer<T>(Arc<Mutex<Option<Sender<Outcome<T>>>>>);

/// The side of the future.
pub(super) struct Question<T> {
    receiver: Receiver<Outcome<T>>,
    _alarm: Alarm,
}

/// Both sides; the future waits for `timeout` at most, in real time.
pub(super) fn question<T: Send + 'static>(timeout: Duration) -> (Answer<T>, Question<T>) {
    let (sender, receiver) = channel();
    let sender = Arc::new(Mutex::new(Some(sender)));
    let late = Answer(Arc::clone(&sender));
    let alarm = Alarm::set(timeout, move || late.send(Outcome::Late));
    (Answer(sender), Question { receiver, _alarm: alarm })
}

impl<T: Send + 'static> Answer<T> {
    /// [`is_wanted`](Self::is_wanted), for somebody who does not hold the answer.
    pub(super) fn watch(&self) -> Box<dyn Fn() -> bool + Send> {
        let sender = Arc::clone(&self.0);
        Box::new(move || is_wanted(&sender))
    }
}

impl<T> Answer<T> {
    pub(super) fn give(self, value: T) {
        self.send(Outcome::Told(value));
    }

    /// Whether somebody still waits.
    pub(super) fn is_wanted(&self) -> bool {
        is_wanted(&self.0)
    }

    fn send(&self, outcome: Outcome<T>) {
        // Outside of the lock: sending wakes a task. The one who waits may have given up.
        let sender = self.0.lock().take();
        if let Some(sender) = sender {
            let _ = sender.send(outcome);
        }
    }
}

fn is_wanted<T>(sender: &Mutex<Option<Sender<Outcome<T>>>>) -> bool {
    sender.lock().as_ref().is_some_and(|sender| !sender.is_closed())
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        let sender = self.0.lock().take();
        drop(sender);
    }
}

impl<T> Question<T> {
    pub(super) async fn wait(self) -> Outcome<T> {
        self.receiver.await.unwrap_or(Outcome::Dropped)
    }
}
