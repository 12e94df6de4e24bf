//! The `SameSite` attribute of the visitor code's cookie.

/// The `SameSite` attribute of the cookie with the visitor code; see
/// [`KameleoonClientConfig::cookie_same_site`](crate::KameleoonClientConfig::cookie_same_site).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SameSite {
    /// Sent with requests of the site itself and when a link leads to it. The default. In YAML: `lax`.
    #[default]
    Lax,
    /// Sent with requests of the site itself only. In YAML: `strict`.
    Strict,
    /// Sent always; browsers take it only together with `Secure`. In YAML: `none`.
    None,
}

impl SameSite {
    pub(super) const NAMES: &'static [(&'static str, Self)] =
        &[("lax", Self::Lax), ("strict", Self::Strict), ("none", Self::None)];
}
