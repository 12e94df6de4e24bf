//! A text that must not reach a log.

use std::fmt;

/// A text that `Debug` does not show. There is no `Display`; whoever needs the text says so.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the request that carries it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Hides what stands before an `@` of an address.
pub(super) fn hide_credentials(address: &mut String) {
    if let Some(end) = address.rfind('@') {
        let start = address.find("://").map_or(0, |scheme| scheme + 3).min(end);
        address.replace_range(start..end, "***");
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "(empty)" } else { "***" })
    }
}
