//! How the crate names itself to the platform.

/// The name of this SDK.
pub(crate) const SDK_NAME: &str = "RUST";

/// The version of this SDK.
pub(crate) const SDK_VERSION: &str = env!("CARGO_PKG_VERSION");
