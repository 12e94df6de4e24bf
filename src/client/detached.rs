//! Calls that begin something and return: whoever began it is called once when it is done.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::KameleoonClient;
use crate::error::{KameleoonError, Result};
use crate::platform::remote::{Job, call_time};
use crate::platform::tracking::FlushReport;
use crate::platform::updater::{Readiness, WhenSettled};

impl KameleoonClient {
    /// From now on the last handle may be dropped where nothing must block.
    pub(crate) fn note_async_use(&self) {
        if let Some(runtime) = &self.runtime {
            runtime.is_async.store(true, Ordering::Release);
        }
    }

    /// Calls back as soon as a data file is in use, or the client is closed; dropping what is
    /// returned takes the call back.
    pub(crate) fn when_ready(&self, call: WhenSettled) -> Option<Waiting> {
        match &self.runtime {
            Some(runtime) => {
                runtime.tracker.check_process();
                let id = runtime.readiness.when_ready(call)?;
                Some(Waiting { readiness: Arc::clone(&runtime.readiness), id })
            }
            None => {
                call(Ok(()));
                None
            }
        }
    }

    /// What a wait for readiness ends with when its time is over.
    pub(crate) fn outcome_after(&self, timeout: Duration) -> Result<()> {
        self.runtime.as_ref().map_or(Ok(()), |runtime| runtime.readiness.outcome_after(timeout))
    }

    /// Has a call to the data API made on a thread of the client.
    pub(crate) fn run_remotely(&self, job: Job) -> Result<()> {
        let _speaking = self.core.speaker.enter();
        self.runtime.as_ref().ok_or(KameleoonError::Offline)?.pool.run(job)
    }

    /// How long a call to the data API may take.
    pub(crate) fn remote_time(&self, given: Option<Duration>) -> Duration {
        call_time(given, self.core.settings.default_timeout)
    }

    /// Closes the client on a thread of its own. The call is dropped when there can be no such
    /// thread: then the client's threads end without anybody waiting for them.
    pub(crate) fn close_detached(&self, timeout: Duration, done: impl FnOnce(FlushReport) + Send + 'static) {
        match &self.runtime {
            Some(lifeline) => lifeline.close_detached(timeout, done),
            None => done(FlushReport::default()),
        }
    }

    /// What remains to be done when there can be no thread for a close.
    #[cfg(all(test, feature = "emulator"))]
    pub(crate) fn abandon(&self, timeout: Duration) {
        if let Some(lifeline) = &self.runtime {
            lifeline.abandon(timeout);
        }
    }
}

/// A call that waits for readiness; dropping this takes it back.
pub(crate) struct Waiting {
    readiness: Arc<Readiness>,
    id: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.readiness.leave(self.id);
    }
}

impl super::runtime::Lifeline {
    fn close_detached(&self, timeout: Duration, done: impl FnOnce(FlushReport) + Send + 'static) {
        let runtime = Arc::clone(self.runtime());
        let thread = std::thread::Builder::new().name("kameleoon-close".to_owned());
        if thread.spawn(move || done(runtime.close(timeout))).is_err() {
            self.runtime().abandon(timeout);
        }
    }

    /// Ends the client as the last handle goes, without blocking whoever drops it.
    pub(super) fn end_detached(&self) {
        let timeout = self.runtime().close_timeout();
        self.close_detached(timeout, |_| ());
    }
}
