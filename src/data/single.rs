//! Data that are one plain value each.

/// The `User-Agent` of the visitor's requests, by which the platform tells bots. A visitor has
/// one; a later one replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent {
    pub(crate) value: Box<str>,
}

impl UserAgent {
    /// This user agent. For an internal bot, pass `curl/8.0`.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into().into_boxed_str() }
    }

    /// The text of the user agent.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// The version of the application that the visitor uses, `1.4.2`, for targeting; never sent. A
/// visitor has one; a later one replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationVersion {
    pub(crate) version: Box<str>,
}

impl ApplicationVersion {
    /// This version: up to three numbers with points between them.
    pub fn new(version: impl Into<String>) -> Self {
        Self { version: version.into().into_boxed_str() }
    }

    /// The text of the version.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// Whether the visitor code is an identifier of a known user, shared between devices, and not the
/// code of one browser. What is sent is then linked to the visitor that carries the identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UniqueIdentifier {
    value: bool,
}

impl UniqueIdentifier {
    /// Marks the visitor code as a unique identifier, or as none.
    pub fn new(value: bool) -> Self {
        Self { value }
    }

    /// Whether the code is a unique identifier.
    pub fn value(&self) -> bool {
        self.value
    }
}
