//! `Set-Cookie` headers as a browser reads them.

use std::collections::BTreeMap;

use kameleoon::RequestCookies;

/// A `Set-Cookie` header, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Written {
    pub(crate) fn parse(header: &str) -> Self {
        let mut parts =
            header.split(';').map(|part| part.trim().split_once('=').unwrap_or((part.trim(), "")));
        let (name, value) = parts.next().unwrap();
        let attributes = parts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { name: name.to_owned(), value: value.to_owned(), attributes }
    }

    pub(crate) fn max_age(&self) -> u64 {
        self.attributes["Max-Age"].parse().unwrap()
    }
}

/// The one cookie that was written, if any.
pub(crate) fn written(cookies: &RequestCookies) -> Option<Written> {
    match cookies.set_cookie_headers() {
        [] => None,
        [header] => Some(Written::parse(header)),
        more => panic!("several headers: {more:?}"),
    }
}
