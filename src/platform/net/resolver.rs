//! From the host of an address to what can be connected to.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as Resolves};
use ureq::unversioned::transport::NextTimeout;

use super::limit::within_deadline;

/// How many addresses of one name are tried.
const MOST_ADDRESSES: usize = 16;

/// A look-up that takes longer is left to itself, and another one begun.
const HANGS: Duration = Duration::from_secs(30);

/// Looks names up on a thread that ends with the look-up, so that the look-up's time is bounded; who
/// asks for a name meanwhile waits for the same. A literal address needs neither, and a system that
/// has no thread to give is an error: the HTTP library's own resolver panics then.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    running: Mutex<Vec<Arc<LookUp>>>,
}

type Found = Result<Vec<SocketAddr>, (ErrorKind, String)>;

/// A look-up that runs.
#[derive(Debug)]
struct LookUp {
    host: String,
    began: Instant,
    found: Mutex<Option<Found>>,
    is_over: Condvar,
}

impl Resolves for Resolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let bad = || ureq::Error::BadUri("it has no host, or no port that is known".to_owned());
        let host = uri.host().ok_or_else(bad)?;
        let port = uri.port_u16().or_else(|| default_port(uri)).ok_or_else(bad)?;
        let found = match literal(host) {
            Some(address) => vec![SocketAddr::new(address, port)],
            None => {
                let mut addresses = self.look_up(host, within_deadline(timeout)?)?;
                addresses.iter_mut().for_each(|address| address.set_port(port));
                addresses
            }
        };
        let mut kept = self.empty();
        let family = config.ip_family();
        let wanted = family.keep_wanted(found.into_iter());
        wanted.take(MOST_ADDRESSES).for_each(|address| kept.push(address));
        if kept.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(kept) }
    }
}

fn default_port(uri: &Uri) -> Option<u16> {
    match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    }
}

/// The address that a host is, if it is one: `127.0.0.1`, `[::1]`.
fn literal(host: &str) -> Option<IpAddr> {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(host).parse().ok()
}

impl Resolver {
    fn look_up(&self, host: &str, timeout: NextTimeout) -> Result<Vec<SocketAddr>, ureq::Error> {
        let look_up = self.begin(host).map_err(ureq::Error::Io)?;
        let mut found = look_up.found.lock();
        look_up.is_over.wait_while_for(&mut found, |found| found.is_none(), *timeout.after);
        match &*found {
            None => Err(ureq::Error::Timeout(timeout.reason)),
            Some(Ok(addresses)) => Ok(addresses.clone()),
            Some(Err((kind, error))) => Err(ureq::Error::Io(io::Error::new(*kind, error.as_str()))),
        }
    }

    /// The look-up of a name that runs, or a new one.
    fn begin(&self, host: &str) -> io::Result<Arc<LookUp>> {
        let mut running = self.running.lock();
        running.retain(|look_up| look_up.is_of_use());
        if let Some(look_up) = running.iter().find(|look_up| look_up.host == host) {
            return Ok(Arc::clone(look_up));
        }
        let look_up = Arc::new(LookUp::new(host, Instant::now()));
        let there = Arc::clone(&look_up);
        std::thread::Builder::new().name("kameleoon-name".to_owned()).spawn(move || {
            // The port is that of whoever asks.
            let found = (there.host.as_str(), 0).to_socket_addrs();
            let found = found.map(Iterator::collect);
            *there.found.lock() = Some(found.map_err(|error| (error.kind(), error.to_string())));
            there.is_over.notify_all();
        })?;
        running.push(Arc::clone(&look_up));
        Ok(look_up)
    }
}

impl LookUp {
    fn new(host: &str, began: Instant) -> Self {
        Self { host: host.to_owned(), began, found: Mutex::new(None), is_over: Condvar::new() }
    }

    fn is_of_use(&self) -> bool {
        self.found.lock().is_none() && self.began.elapsed() < HANGS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_name_meanwhile_waits_for_the_same_look_up() {
        let resolver = Resolver::default();
        let hangs = |began| {
            *resolver.running.lock() = vec![Arc::new(LookUp::new("localhost", began))];
        };
        hangs(Instant::now());
        let soon = NextTimeout { after: Duration::from_millis(50).into(), ..NextTimeout::default() };
        assert!(matches!(resolver.look_up("localhost", soon), Err(ureq::Error::Timeout(_))));
        let running = resolver.begin("localhost").unwrap();
        let there = Arc::clone(&running);
        let waits = std::thread::spawn(move || {
            *there.found.lock() = Some(Ok(vec![SocketAddr::from(([192, 0, 2, 1], 0))]));
            there.is_over.notify_all();
        });
        let found = resolver.look_up("localhost", NextTimeout::default());
        waits.join().unwrap();
        // The one that ran, unless it was over by then.
        assert!(!found.unwrap().is_empty());
        // One that hangs is not waited for for ever.
        if let Some(long_ago) = Instant::now().checked_sub(HANGS) {
            hangs(long_ago);
            assert!(resolver.look_up("localhost", NextTimeout::default()).unwrap()[0].ip().is_loopback());
        }
    }

    #[test]
    fn literal_addresses_are_no_names() {
        for (host, is_literal) in [
            ("127.0.0.1", true),
            ("[::1]", true),
            ("::1", true),
            ("localhost", false),
            ("127.0.0.1.example.com", false),
            ("[localhost]", false),
        ] {
            assert_eq!(literal(host).is_some(), is_literal, "{host}");
        }
    }
}
