//! From the host of an address to what can be connected to.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as Resolves};
use ureq::unversioned::transport::NextTimeout;

use super::limit::within_deadline;

/// How many addresses of one name are tried.
const MOST_ADDRESSES: usize = 16;

/// Looks names up on a thread that ends with the look-up, so that the look-up's time is bounded. A
/// literal address needs neither, and a system that has no thread to give is an error: the HTTP
/// library's own resolver panics then.
#[derive(Debug, Default)]
pub(super) struct Resolver;

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
            None => look_up(host.to_owned(), port, within_deadline(timeout)?)?,
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

fn look_up(host: String, port: u16, timeout: NextTimeout) -> Result<Vec<SocketAddr>, ureq::Error> {
    let (sender, receiver) = sync_channel(1);
    std::thread::Builder::new()
        .name("kameleoon-name".to_owned())
        .spawn(move || {
            let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
            // Whoever waits may have given up.
            let _ = sender.send(found);
        })
        .map_err(ureq::Error::Io)?;
    match receiver.recv_timeout(*timeout.after) {
        Ok(found) => found.map_err(ureq::Error::Io),
        Err(RecvTimeoutError::Timeout) => Err(ureq::Error::Timeout(timeout.reason)),
        Err(RecvTimeoutError::Disconnected) => Err(ureq::Error::HostNotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
