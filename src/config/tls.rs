//! Which TLS library and which root certificates.

use std::fmt;
use std::path::PathBuf;

/// The TLS library; see [`KameleoonClientConfig::tls_provider`](crate::KameleoonClientConfig::tls_provider).
///
/// The default is rustls whatever is compiled in: a feature that another crate of the program
/// switches on must not change which library is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum TlsProvider {
    /// rustls; needs the feature `rustls`, which is on by default. The default. In YAML: `rustls`.
    #[default]
    Rustls,
    /// The operating system's library; needs the feature `native-tls`. In YAML: `native-tls`.
    NativeTls,
}

impl TlsProvider {
    pub(super) const NAMES: &'static [(&'static str, Self)] =
        &[("rustls", Self::Rustls), ("native-tls", Self::NativeTls)];
}

/// The root certificates that are trusted; see
/// [`KameleoonClientConfig::tls_roots`](crate::KameleoonClientConfig::tls_roots).
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TlsRoots {
    /// Mozilla's roots, compiled in. The default. In YAML: `webpki`.
    #[default]
    WebPki,
    /// The roots of the operating system. With rustls this needs the feature `platform-verifier`.
    /// In YAML: `platform`.
    Platform,
    /// These certificates and no others: the text of one or more PEM certificates.
    Pem(Vec<u8>),
    /// The certificates in this PEM file and no others. The file is read when the client is
    /// created. In YAML this is the key `tls_roots_file`.
    PemFile(PathBuf),
}

impl TlsRoots {
    pub(super) const NAMES: &'static [(&'static str, Self)] =
        &[("webpki", Self::WebPki), ("platform", Self::Platform)];
}

impl fmt::Debug for TlsRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebPki => f.write_str("WebPki"),
            Self::Platform => f.write_str("Platform"),
            Self::Pem(text) => write!(f, "Pem({} bytes)", text.len()),
            Self::PemFile(path) => write!(f, "PemFile({})", path.display()),
        }
    }
}
