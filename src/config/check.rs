//! What must hold of a configuration before a client is made from it.

use super::same_site::SameSite;
use super::secret::hide_credentials;
use super::settings::Settings;
use crate::error::{KameleoonError, Result};
use crate::logging::{log_error, log_warning};

/// Checks what no setter could correct. The first thing that is wrong is named.
pub(super) fn check(settings: &Settings) -> Result<()> {
    for (key, empty) in [
        ("client_id", settings.client_id.trim().is_empty()),
        ("client_secret", settings.client_secret.expose().trim().is_empty()),
    ] {
        if empty {
            return Err(KameleoonError::ConfigCredentialsInvalid { key });
        }
    }
    let domain = settings.network_domain.as_deref();
    if domain.is_some_and(|domain| !is_domain(domain)) {
        return Err(KameleoonError::config_invalid("network_domain", NO_DOMAIN));
    }
    check_cookie_domain(settings.top_level_domain.as_deref().unwrap_or_default())?;
    for (key, url) in [
        ("configuration_url", &settings.configuration_url),
        ("data_api_url", &settings.data_api_url),
        ("automation_url", &settings.automation_url),
        ("events_url", &settings.events_url),
    ] {
        if url.as_deref().is_some_and(|url| !is_base_url(url)) {
            return Err(KameleoonError::config_invalid(
                key,
                "write a base URL such as `https://relay.example.com:8443/kameleoon`, with `http://` or `https://` \
                 and without credentials, query or fragment",
            ));
        }
    }
    if settings.cookie_same_site == SameSite::None && !settings.cookie_secure {
        return Err(KameleoonError::config_invalid(
            "cookie_same_site",
            "browsers refuse `none` without `Secure`: leave `cookie_secure` on or choose `lax`",
        ));
    }
    Ok(())
}

const NO_DOMAIN: &str = "write only the name of the domain, such as `example.com`: letters, digits, dots and hyphens, \
     without a port or a path";

const TOP_LEVEL_DOMAIN: &str = "top_level_domain";

/// The domain of the visitor's cookie. One that is none is used all the same, as in the platform's
/// other SDKs; just what could break a header is refused.
fn check_cookie_domain(domain: &str) -> Result<()> {
    if domain.contains(|character: char| character.is_ascii_control() || matches!(character, ';' | ',')) {
        return Err(KameleoonError::config_invalid(TOP_LEVEL_DOMAIN, NO_DOMAIN));
    }
    Ok(())
}

/// Tells the log of a domain for the visitor's cookie that is not as it should be.
pub(super) fn tell_of_cookie_domain(domain: &str) {
    const KEY: &str = TOP_LEVEL_DOMAIN;
    if !domain.is_ascii() {
        log_error!(
            "configuration key `{KEY}`: a cookie cannot have the domain {:?}, so it is for the answering host \
             alone: write the domain's ASCII form, which begins with `xn--`",
            without_credentials(domain)
        );
    } else if !domain.is_empty() && !is_domain(domain) {
        log_error!(
            "configuration key `{KEY}`: {:?} is no domain, and browsers may refuse its cookie: {NO_DOMAIN}",
            without_credentials(domain)
        );
    } else if let Some(rest) = domain.strip_prefix("www.") {
        log_warning!(
            "configuration key `{KEY}`: the cookie is for `{domain}` alone; for all of `{rest}` write that, without \
             `www.`"
        );
    }
}

fn without_credentials(domain: &str) -> String {
    let mut domain = domain.to_owned();
    hide_credentials(&mut domain);
    domain
}

fn is_domain(domain: &str) -> bool {
    let name = domain.strip_prefix('.').unwrap_or(domain);
    !name.is_empty()
        && name.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

fn is_base_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    is_host(host)
        && !host.contains('@')
        && rest.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#' | b'\\'))
}

/// Whether this is a host, with a port or without: what is no port would be taken for the usual one.
pub(crate) fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').map(|inner| inner.split_once(']')) {
        Some(None) => return false,
        Some(Some((address, rest))) => (address, rest.strip_prefix(':').or((!rest.is_empty()).then_some(""))),
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let is_port = |port: &str| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    !name.is_empty() && port.is_none_or(is_port)
}
