//! Keeps what would have been tracked.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::RecordedEvent;
use super::tracking::wait;
use crate::platform::cell::ConfigCell;
use crate::platform::tracking::{Accepted, Rejected, Tracker, Transport};

/// The tracking thread has nothing to wait for, so only a stuck machine takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

type Log = Arc<Mutex<Vec<RecordedEvent>>>;

/// Takes the place of the network: the requests end here.
pub(super) struct RecordingTransport {
    pub(super) log: Log,
    pub(super) file: Arc<ConfigCell>,
}

impl Transport for RecordingTransport {
    fn deliver(&mut self, lines: &str, _timeout: Duration) -> Result<Accepted, Rejected> {
        let file = self.file.load();
        let events = lines.split('\n').filter(|line| !line.is_empty());
        self.log.lock().extend(events.map(|line| RecordedEvent::new(line, file.as_deref())));
        Ok(Accepted { status: 200 })
    }
}

/// What a [`TestClient`](super::TestClient) would have sent.
///
/// It is told by the tracking thread that works in production too, with the network taken away:
/// what is recorded is exactly what would have been sent. Looking at it ends the tracking interval
/// first, so nothing has to be waited for.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// use kameleoon::testing::{DataFile, Flag, Rule, TestClient};
///
/// let client = TestClient::new(DataFile::new().flag(Flag::new("banner").rule(Rule::delivery("on"))))?;
/// client.get_variation("anna", "banner")?;
/// client.track_conversion("anna", 83023)?;
///
/// client.recorder().assert_exposure("anna", "banner", "on");
/// client.recorder().assert_conversion("anna", 83023);
/// client.recorder().assert_no_conversion("ben", 83023);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Recorder {
    pub(super) log: Log,
    pub(super) tracker: Option<Arc<Tracker>>,
}

impl Recorder {
    /// Everything recorded so far, in the order of sending.
    pub fn events(&self) -> Vec<RecordedEvent> {
        self.end_interval();
        self.log.lock().clone()
    }

    /// What is recorded of one visitor.
    pub fn events_of(&self, visitor_code: &str) -> Vec<RecordedEvent> {
        self.events().into_iter().filter(|event| event.visitor_code() == visitor_code).collect()
    }

    /// Forgets what is recorded, for the next part of a test.
    pub fn clear(&self) {
        self.end_interval();
        self.log.lock().clear();
    }

    pub(super) fn end_interval(&self) {
        if let Some(tracker) = &self.tracker {
            let _ = wait(PATIENCE, |done| tracker.end_interval(done));
        }
    }

    /// Panics unless the visitor's exposure to this variation of the flag is recorded.
    #[track_caller]
    pub fn assert_exposure(&self, visitor_code: &str, feature_key: &str, variation_key: &str) {
        self.check(
            true,
            |event| event.visitor_code() == visitor_code && event.exposes(feature_key, Some(variation_key)),
            || format!("an exposure of `{feature_key}` with `{variation_key}` for visitor `{visitor_code}`"),
        );
    }

    /// Panics if an exposure of the visitor to any variation of the flag is recorded.
    #[track_caller]
    pub fn assert_no_exposure(&self, visitor_code: &str, feature_key: &str) {
        self.check(
            false,
            |event| event.visitor_code() == visitor_code && event.exposes(feature_key, None),
            || format!("an exposure of `{feature_key}` for visitor `{visitor_code}`"),
        );
    }

    /// Panics unless a conversion of the visitor for this goal is recorded.
    #[track_caller]
    pub fn assert_conversion(&self, visitor_code: &str, goal_id: i64) {
        self.check(
            true,
            |event| event.visitor_code() == visitor_code && event.goal_id() == Some(goal_id),
            || format!("a conversion of goal {goal_id} for visitor `{visitor_code}`"),
        );
    }

    /// Panics if a conversion of the visitor for this goal is recorded.
    #[track_caller]
    pub fn assert_no_conversion(&self, visitor_code: &str, goal_id: i64) {
        self.check(
            false,
            |event| event.visitor_code() == visitor_code && event.goal_id() == Some(goal_id),
            || format!("a conversion of goal {goal_id} for visitor `{visitor_code}`"),
        );
    }

    /// Panics unless custom data of the visitor with this index and value is recorded.
    #[track_caller]
    pub fn assert_custom_data(&self, visitor_code: &str, index: u32, value: &str) {
        self.check(
            true,
            |event| event.visitor_code() == visitor_code && event.has_custom_data(index, value),
            || format!("custom data {index} with `{value}` for visitor `{visitor_code}`"),
        );
    }

    /// Panics if anything is recorded.
    #[track_caller]
    pub fn assert_nothing(&self) {
        self.check(false, |_| true, || "anything".to_owned());
    }

    /// Panics, with everything that is recorded, unless there is an event like that, or none.
    #[track_caller]
    #[allow(clippy::panic, reason = "that is how assertions fail")]
    fn check(&self, expected: bool, is_it: impl Fn(&RecordedEvent) -> bool, what: impl FnOnce() -> String) {
        let events = self.events();
        if events.iter().any(is_it) != expected {
            let (what, verb) = (what(), if expected { "should" } else { "should not" });
            panic!("{what} {verb} have been recorded; {}", listed(&events));
        }
    }
}

// As the client is.
impl std::panic::UnwindSafe for Recorder {}
impl std::panic::RefUnwindSafe for Recorder {}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Recorder").field(&*self.log.lock()).finish()
    }
}

fn listed(events: &[RecordedEvent]) -> String {
    if events.is_empty() {
        return "nothing was".to_owned();
    }
    let mut text = format!("{} events were:", events.len());
    for event in events {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {event}");
    }
    text
}
