//! A cookie for the response.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::VISITOR_CODE;
use super::escape::escape;
use super::http_date::http_date;
use crate::config::{SameSite, Settings};

/// How long a browser keeps the visitor code: 380 days.
const LIFETIME: Duration = Duration::from_secs(32_832_000);

/// A cookie that the response is to set, or to remove.
///
/// As text it is the value of a `Set-Cookie` header. It is ASCII without control characters
/// whatever the visitor code is, so nothing in a code can end the header or add an attribute. It
/// never has the attribute `HttpOnly`: the engine in the page reads the visitor code too.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// use kameleoon::{KameleoonClient, KameleoonClientConfig, LegalConsent, RequestCookies};
///
/// let config = KameleoonClientConfig::new("", "").top_level_domain("example.com");
/// let client = KameleoonClient::offline_with("{}", config)?;
/// let mut cookies = RequestCookies::new();
/// client.set_legal_consent_with("visitor 1", LegalConsent::Given, &mut cookies)?;
///
/// let header = &cookies.set_cookie_headers()[0];
/// let start = "kameleoonVisitorCode=visitor%201; Domain=example.com; Path=/; Max-Age=32832000; Expires=";
/// assert!(header.starts_with(start) && header.ends_with(" GMT; Secure; SameSite=Lax"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie {
    /// Escaped.
    value: String,
    domain: Option<String>,
    max_age: Duration,
    /// Seconds since the epoch.
    expires: i64,
    secure: bool,
    same_site: SameSite,
}

impl SetCookie {
    /// The cookie that keeps a visitor code; `now` in milliseconds since the epoch.
    pub(crate) fn keep(visitor_code: &str, settings: &Settings, now: i64) -> Self {
        let lifetime = i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX);
        Self {
            value: escape(visitor_code),
            // The configuration is checked when a client is made from it, but not for one
            // without a network.
            domain: settings.top_level_domain.clone().filter(|domain| is_attribute_value(domain)),
            max_age: LIFETIME,
            expires: now.div_euclid(1000).saturating_add(lifetime),
            secure: settings.cookie_secure,
            same_site: settings.cookie_same_site,
        }
    }

    /// The cookie that makes the browser forget a visitor code.
    pub(crate) fn expire(visitor_code: &str, settings: &Settings) -> Self {
        Self { max_age: Duration::ZERO, expires: 0, ..Self::keep(visitor_code, settings, 0) }
    }

    /// For a cookie of a domain that is removed: the removal of one of the same name that belongs to
    /// the answering host alone, since either removes only its own kind.
    pub(crate) fn host_only_removal(&self) -> Option<Self> {
        let is_removal = self.max_age.is_zero() && self.domain.is_some();
        is_removal.then(|| Self { domain: None, ..self.clone() })
    }

    /// The cookie's name.
    pub fn name(&self) -> &str {
        VISITOR_CODE
    }

    /// The cookie's value as it is sent: the visitor code, in which `%20` and the like stand for
    /// characters that a cookie cannot hold.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The attribute `Domain`, as
    /// [`top_level_domain`](crate::KameleoonClientConfig::top_level_domain) says. None: the
    /// cookie belongs to the host that sets it.
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    /// The attribute `Path`: `/`.
    pub fn path(&self) -> &str {
        "/"
    }

    /// The attribute `Max-Age`, in whole seconds: 380 days, or zero for a cookie that the browser
    /// is to remove.
    pub fn max_age(&self) -> Duration {
        self.max_age
    }

    /// The attribute `Expires`: the same moment as a date. The epoch for a cookie that the browser
    /// is to remove.
    pub fn expires(&self) -> SystemTime {
        let since = Duration::from_secs(u64::try_from(self.expires).unwrap_or(0));
        SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Whether the cookie has the attribute `Secure`, as
    /// [`cookie_secure`](crate::KameleoonClientConfig::cookie_secure) says.
    pub fn secure(&self) -> bool {
        self.secure
    }

    /// The attribute `SameSite`, as
    /// [`cookie_same_site`](crate::KameleoonClientConfig::cookie_same_site) says.
    pub fn same_site(&self) -> SameSite {
        self.same_site
    }
}

/// Whether a text can stand in an attribute without ending it.
fn is_attribute_value(text: &str) -> bool {
    text.is_ascii() && !text.contains(|c: char| c.is_ascii_control() || matches!(c, ';' | ','))
}

impl fmt::Display for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name(), self.value)?;
        if let Some(domain) = &self.domain {
            write!(f, "; Domain={domain}")?;
        }
        write!(f, "; Path={}; Max-Age={}", self.path(), self.max_age.as_secs())?;
        write!(f, "; Expires={}", http_date(self.expires))?;
        if self.secure {
            f.write_str("; Secure")?;
        }
        f.write_str(match self.same_site {
            SameSite::Lax => "; SameSite=Lax",
            SameSite::Strict => "; SameSite=Strict",
            SameSite::None => "; SameSite=None",
        })
    }
}

/// Leaves out the visitor code.
impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie")
            .field("name", &self.name())
            .field("domain", &self.domain)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::SetCookie;
    use crate::config::{KameleoonClientConfig, SameSite};

    const NOW: i64 = 784_111_777_999;

    fn config() -> KameleoonClientConfig {
        KameleoonClientConfig::new("id", "secret")
    }

    #[test]
    fn attributes_follow_the_configuration() {
        let date = "Tue, 21 Nov 1995 08:49:37 GMT";
        for (config, attributes) in [
            (config(), format!("Path=/; Max-Age=32832000; Expires={date}; Secure; SameSite=Lax")),
            (
                config().top_level_domain("https://.Example.COM").cookie_same_site(SameSite::Strict),
                format!(
                    "Domain=.example.com; Path=/; Max-Age=32832000; Expires={date}; Secure; SameSite=Strict"
                ),
            ),
            (
                config().top_level_domain("localhost").cookie_secure(false),
                format!("Domain=localhost; Path=/; Max-Age=32832000; Expires={date}; SameSite=Lax"),
            ),
            (
                config().top_level_domain("").cookie_same_site(SameSite::None),
                format!("Path=/; Max-Age=32832000; Expires={date}; Secure; SameSite=None"),
            ),
        ] {
            let cookie = SetCookie::keep("v", config.settings(), NOW);
            assert_eq!(cookie.to_string(), format!("kameleoonVisitorCode=v; {attributes}"));
        }
    }

    #[test]
    fn a_removed_cookie_has_the_same_domain_and_path() {
        let config = config().top_level_domain("example.com");
        assert_eq!(
            SetCookie::expire("a;b", config.settings()).to_string(),
            "kameleoonVisitorCode=a%3Bb; Domain=example.com; Path=/; Max-Age=0; \
             Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax"
        );
    }

    #[test]
    fn a_domain_that_is_none_is_left_out() {
        for domain in ["a;Path=/x", "a, b", "a\r\nb", "ä.example"] {
            let config = config().top_level_domain(domain);
            let cookie = SetCookie::keep("v", config.settings(), NOW);
            assert_eq!(cookie.domain(), None, "{domain:?}");
        }
    }

    #[test]
    fn debug_leaves_out_the_visitor_code() {
        let cookie = SetCookie::keep("visitor-7", config().settings(), NOW);
        assert!(!format!("{cookie:?}").contains("visitor-7"), "{cookie:?}");
    }
}
