//! Tracking at moments that a test chooses.

use std::time::Duration;

use crossbeam_channel::bounded;

use crate::client::KameleoonClient;
use crate::tracking::FlushReport;

/// Plays the end of a tracking interval: sends the listed visitors now, and waits for it.
///
/// With [`manual_tracking`](crate::KameleoonClientConfig::manual_tracking) nothing else sends them,
/// so a test decides what goes into which request.
pub fn end_tracking_interval(client: &KameleoonClient, timeout: Duration) -> FlushReport {
    let (sender, receiver) = bounded(1);
    let done = move |report| {
        // The one who waits may have given up.
        let _ = sender.try_send(report);
    };
    client.end_tracking_interval(Box::new(done));
    receiver
        .recv_timeout(timeout)
        .unwrap_or_else(|_| FlushReport { timed_out: true, ..FlushReport::default() })
}
