//! Until when a thread waits for the network, whatever the HTTP library is at.
//!
//! The library gives each phase of a request a time, and some steps of a phase that time each: every
//! read of what a proxy answers, and the look-up of the proxy's name before it. So a proxy that
//! answers a byte at a time would hold a request for as long as it likes. What really waits, the
//! socket and the look-up, asks here instead how much of the call's own time is left.

use std::cell::Cell;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport,
};
use ureq::{Error, Timeout};

#[derive(Debug, Clone, Copy, Default)]
struct Limit {
    deadline: Option<Instant>,
    /// After how long a read comes back empty-handed.
    wake: Option<Duration>,
}

thread_local! {
    static LIMIT: Cell<Limit> = const { Cell::new(Limit { deadline: None, wake: None }) };
}

/// Puts the limit back that held before, also when the call in between panicked.
struct Before(Limit);

impl Drop for Before {
    fn drop(&mut self) {
        LIMIT.set(self.0);
    }
}

/// Makes a call within which this thread waits for so long altogether.
pub(super) fn within<T>(timeout: Duration, call: impl FnOnce() -> T) -> T {
    let deadline = Instant::now().checked_add(timeout);
    let _before = Before(LIMIT.replace(Limit { deadline, wake: None }));
    call()
}

/// Makes a call whose reads each end after so long, with [`Timeout::PerRead`].
pub(super) fn waking<T>(wake: Duration, call: impl FnOnce() -> T) -> T {
    let _before = Before(LIMIT.replace(Limit { deadline: None, wake: Some(wake) }));
    call()
}

/// What is left of a time of the library within this thread's limit.
pub(super) fn within_deadline(mut timeout: NextTimeout) -> Result<NextTimeout, Error> {
    if let Some(deadline) = LIMIT.get().deadline {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Timeout(timeout.reason));
        }
        timeout.after = timeout.after.min(left.into());
    }
    Ok(timeout)
}

fn for_read(timeout: NextTimeout) -> Result<NextTimeout, Error> {
    let mut timeout = within_deadline(timeout)?;
    if let Some(wake) = LIMIT.get().wake.map(Into::into).filter(|wake| *wake < timeout.after) {
        (timeout.after, timeout.reason) = (wake, Timeout::PerRead);
    }
    Ok(timeout)
}

/// Opens TCP sockets that look at this thread's limit.
#[derive(Debug, Default)]
pub(super) struct LimitedTcp(TcpConnector);

impl<In: Transport> Connector<In> for LimitedTcp {
    type Out = Limited<<TcpConnector as Connector<In>>::Out>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: (details.current_time)(),
            timeout: within_deadline(details.timeout)?,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        Ok(self.0.connect(&details, chained)?.map(Limited))
    }
}

/// A socket, or a tunnel through a proxy, that waits no longer than this thread's limit.
#[derive(Debug)]
pub(super) struct Limited<T>(T);

impl<T: Transport> Transport for Limited<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, within_deadline(timeout)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let mut timeout = for_read(timeout)?;
        let (start, whole) = (Instant::now(), timeout.after);
        loop {
            let input = self.0.await_input(timeout);
            // A system counts the time of a socket in ticks of its own, which on a busy machine can be
            // over some milliseconds early.
            timeout.after = whole.saturating_sub(start.elapsed()).into();
            if !matches!(input, Err(Error::Timeout(_))) || timeout.after.is_zero() {
                return input;
            }
        }
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::unversioned::transport::LazyBuffers;

    /// A socket that is done with waiting in half of its time.
    #[derive(Debug)]
    struct Hasty(LazyBuffers, Timeout);

    impl Transport for Hasty {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.0
        }

        fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
            Ok(())
        }

        fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
            std::thread::sleep(*timeout.after / 2);
            self.1 = timeout.reason;
            Err(Error::Timeout(timeout.reason))
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    #[test]
    fn a_read_has_its_whole_time() {
        let time = Duration::from_millis(50);
        let read = || {
            let mut socket = Limited(Hasty(LazyBuffers::new(1, 1), Timeout::Global));
            let start = Instant::now();
            assert!(matches!(socket.await_input(NextTimeout::default()), Err(Error::Timeout(_))));
            assert!(start.elapsed() >= time, "{:?}", start.elapsed());
            socket.0.1
        };
        assert_eq!(within(time, read), Timeout::Global);
        assert_eq!(waking(time, read), Timeout::PerRead);
    }
}
