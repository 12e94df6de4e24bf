//! What of a URL may be told.

use std::fmt;

/// Scheme, host and path of a URL: a user and a password are secret, and the query may name a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address<'a> {
    scheme: &'a str,
    /// With the port, where the URL has one.
    pub(super) host: &'a str,
    pub(super) path: &'a str,
}

impl<'a> Address<'a> {
    pub(super) fn of(url: &'a str) -> Self {
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Self { scheme, host: authority.rsplit('@').next().unwrap_or_default(), path }
    }
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, path } = self;
        if scheme.is_empty() { write!(f, "{host}{path}") } else { write!(f, "{scheme}://{host}{path}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_visitors_are_left_out() {
        for (url, told) in [
            (
                "https://user:password@relay.org:8443/visit/visitor?visitorCode=anna",
                "https://relay.org:8443/visit/visitor",
            ),
            ("https://relay.org?key=anna@example.com", "https://relay.org"),
            ("http://relay.org/a#b", "http://relay.org/a"),
            ("relay.org/a", "relay.org/a"),
        ] {
            assert_eq!(Address::of(url).to_string(), told);
        }
    }
}
