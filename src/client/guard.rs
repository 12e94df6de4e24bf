//! An end that is not forgotten.

use std::ops::Deref;
use std::time::{Duration, Instant};

use super::{KameleoonClient, KameleoonClientFactory};
use crate::platform::tracking::FlushReport;

/// Closes its client when it goes, on whatever way: at the end of `main`, by `?`, by an early return,
/// by a panic that unwinds. Made by [`close_on_drop`](KameleoonClient::close_on_drop); a
/// `&ClientGuard` stands for a `&KameleoonClient`. Dropping it waits, within its time: async code has
/// `close_async`.
///
/// [`std::process::exit`] drops nothing: end by [`exit`](Self::exit) then, or by
/// [`KameleoonClientFactory::exit`] where no guard is at hand. A panic drops nothing either in a
/// program built with `panic = "abort"`, and neither does a signal.
#[must_use = "it closes the client as soon as it is dropped: keep it in a variable, until the end"]
pub struct ClientGuard {
    client: KameleoonClient,
    timeout: Duration,
    only_when_due: bool,
    is_over: bool,
}

impl KameleoonClient {
    /// A guard that [closes](Self::close) this client when it is dropped, within `timeout`. Keep it in
    /// `main`, in place of the client.
    ///
    /// With a [spool](crate::KameleoonClientConfig::tracking_spool), up to half of the time first
    /// serves what earlier runs left there, and what cannot be sent in the rest of it is left there in
    /// turn: `Duration::ZERO` writes a file and does not wait.
    ///
    /// ```no_run
    /// use kameleoon::{KameleoonClientConfig, KameleoonClientFactory};
    /// use std::time::Duration;
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let config = KameleoonClientConfig::new("client-id", "client-secret").short_lived_of_user("tool")?;
    ///     let client = KameleoonClientFactory::create("a8st4f59bj", config)?;
    ///     let client = client.close_on_drop(Duration::from_secs(2));
    ///     client.wait_init(Duration::from_secs(2))?;
    ///     client.track_conversion(client.local_visitor_code(), 83023)?;
    ///     // The conversion is not lost with this `?`.
    ///     std::fs::write("report.txt", "done")?;
    ///     Ok(())
    /// }
    /// ```
    pub fn close_on_drop(&self, timeout: Duration) -> ClientGuard {
        ClientGuard { client: self.clone(), timeout, only_when_due: false, is_over: false }
    }
}

impl ClientGuard {
    /// Uses the time only in a run that fetches the data file anyway, since the
    /// [copy](crate::KameleoonClientConfig::data_file_cache) is not fresh. Any other run, one that does not
    /// reach the platform too, leaves what it tracked in the [spool](crate::KameleoonClientConfig::tracking_spool) and is gone: no request, no
    /// wait. So a program that is started all the time makes a few requests each
    /// [`data_file_fresh_for`](crate::KameleoonClientConfig::data_file_fresh_for), and not each run.
    ///
    /// What it costs: lines arrive late, and are dated late. What lies in the spool for longer than
    /// [`tracking_spool_max_age`](crate::KameleoonClientConfig::tracking_spool_max_age) is lost, so a
    /// program that may not be started for a day leaves this out, or raises that age. Without a spool
    /// and a copy it changes nothing.
    pub fn only_when_due(mut self) -> Self {
        self.only_when_due = true;
        self
    }

    /// Closes the client now, and says what became of what was tracked.
    pub fn finish(mut self) -> FlushReport {
        self.end()
    }

    /// Closes the client, and ends the process with this exit code, as [`std::process::exit`] does:
    /// nothing else is dropped.
    pub fn exit(self, code: i32) -> ! {
        // What could not be sent is logged.
        let _ = self.finish();
        std::process::exit(code)
    }

    fn end(&mut self) -> FlushReport {
        self.is_over = true;
        let start = Instant::now();
        if self.only_when_due && self.client.can_leave_it() {
            return self.client.close(Duration::ZERO);
        }
        if self.client.is_ready() && !self.timeout.is_zero() && self.client.lines_on_disk() > 0 {
            // Whatever becomes of it is counted, and what was not sent is there at the next run.
            let _ = self.client.drain_spool(self.timeout / 2);
        }
        self.client.close(self.timeout.saturating_sub(start.elapsed()))
    }
}

impl Deref for ClientGuard {
    type Target = KameleoonClient;

    fn deref(&self) -> &KameleoonClient {
        &self.client
    }
}

impl Drop for ClientGuard {
    fn drop(&mut self) {
        if !self.is_over {
            // Nobody is left to be told; what could not be sent is logged.
            let _ = self.end();
        }
    }
}

impl std::fmt::Debug for ClientGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientGuard")
            .field("client", &self.client)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl KameleoonClientFactory {
    /// Closes all clients of the factory, within `timeout` together, and ends the process with this
    /// exit code, as [`std::process::exit`] does: from anywhere, where no [`ClientGuard`] is at hand.
    ///
    /// ```no_run
    /// use kameleoon::KameleoonClientFactory;
    /// use std::time::Duration;
    ///
    /// fn die(reason: &str) -> ! {
    ///     eprintln!("{reason}");
    ///     KameleoonClientFactory::exit(1, Duration::from_secs(2))
    /// }
    /// ```
    pub fn exit(code: i32, timeout: Duration) -> ! {
        let start = Instant::now();
        for client in Self::release_all() {
            // As above.
            let _ = client.close(timeout.saturating_sub(start.elapsed()));
        }
        std::process::exit(code)
    }
}
