//! Tracking at moments that a test chooses.

use std::time::Duration;

use crossbeam_channel::bounded;

use crate::client::KameleoonClient;
use crate::platform::tracking::{Done, FlushReport};

/// Plays the end of a tracking interval: sends the listed visitors now, and waits for it.
///
/// With [`manual_tracking`](crate::KameleoonClientConfig::manual_tracking) nothing else sends them,
/// so a test decides what goes into which request.
pub fn end_tracking_interval(client: &KameleoonClient, timeout: Duration) -> FlushReport {
    wait(timeout, |done| client.end_tracking_interval(done))
}

/// Waits until the flushes that were asked for are over, those that do not wait for the interval.
///
/// [`flush_instant`](KameleoonClient::flush_instant) leaves the request to the tracking thread,
/// which reads the visitor's data a moment later. A test that changes the data after the flush, and
/// knows what was sent, waits in between. The report delivers nothing; it says what is pending.
pub fn wait_for_flushes(client: &KameleoonClient, timeout: Duration) -> FlushReport {
    wait(timeout, |done| client.reach_flushes(done))
}

pub(super) fn wait(timeout: Duration, order: impl FnOnce(Done)) -> FlushReport {
    let (sender, receiver) = bounded(1);
    order(Box::new(move |report| {
        // The one who waits may have given up.
        let _ = sender.try_send(report);
    }));
    receiver
        .recv_timeout(timeout)
        .unwrap_or_else(|_| FlushReport { timed_out: true, ..FlushReport::default() })
}
