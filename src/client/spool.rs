//! What lies on disk to be sent.

use std::time::Duration;

use super::KameleoonClient;
use crate::platform::tracking::SpoolReport;
use crate::reply::Reply;

impl KameleoonClient {
    /// Sends what lies in the [spool](crate::KameleoonClientConfig::tracking_spool), this program's
    /// and that of other processes with the same folder, site and environment, and waits for it,
    /// `timeout` at most. Without a spool there is nothing to do.
    ///
    /// The client does this by itself, a few files every 100 milliseconds, while it has nothing else
    /// to send; this call is for programs that are too short for it, and can wait somewhere. It needs
    /// a data file in use. When the platform does not answer, or did not answer another process of
    /// the folder just now, what is left stays for later, and the call returns at once.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use std::time::Duration;
    ///
    /// let report = client.drain_spool(Duration::from_secs(5));
    /// println!("{} lines sent, {} still wait", report.recovered, report.waiting);
    /// # Ok(())
    /// # }
    /// ```
    pub fn drain_spool(&self, timeout: Duration) -> SpoolReport {
        let spool = self.runtime.as_ref().and_then(|runtime| runtime.spool.as_ref());
        let (Some(spool), Some(tracker)) = (spool, &self.core.tracker) else {
            return SpoolReport::default();
        };
        let before = tracker.stats();
        let mut timed_out = true;
        // The tracking thread cannot wait for itself.
        if !tracker.is_own_thread() {
            let (answer, reply) = Reply::new();
            tracker.drain_spool(timeout, Box::new(answer));
            timed_out = reply.wait(timeout).map_or(true, |report| report.timed_out);
        }
        let after = tracker.stats();
        SpoolReport {
            recovered: after.recovered - before.recovered,
            dropped: after.spool_dropped - before.spool_dropped,
            // What cannot be read is told by the thread that sends.
            waiting: spool.waiting().unwrap_or_default(),
            timed_out,
        }
    }

    /// How many lines wait in the spool.
    pub(super) fn lines_on_disk(&self) -> u64 {
        let spool = self.runtime.as_ref().and_then(|runtime| runtime.spool.as_ref());
        // What cannot be read is told by the thread that sends.
        spool.map_or(0, |spool| spool.waiting().unwrap_or_default())
    }

    /// Whether what was tracked is left for another run: this one has nothing from the platform and
    /// expects nothing, and there is a spool.
    pub(super) fn can_leave_it(&self) -> bool {
        self.runtime.as_ref().is_some_and(|runtime| runtime.spool.is_some() && runtime.has_fetched_nothing())
    }

    /// Takes what was kept of a person, under any of its codes, away from disk, soon.
    pub(super) fn purge_spool(&self, visitor_codes: Vec<String>) {
        let has_spool = self.runtime.as_ref().is_some_and(|runtime| runtime.spool.is_some());
        if let Some(tracker) = self.core.tracker.as_ref().filter(|_| has_spool) {
            tracker.purge(visitor_codes);
        }
    }
}
