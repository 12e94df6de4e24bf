//! The HTTP agent of a configuration: TLS, proxy, limits.

use super::connector::connector;
use super::resolver::Resolver;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use super::tls::tls_config;
use crate::config::{Settings, is_host};
use crate::error::{KameleoonError, Result};
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

const MAX_REDIRECTS: u32 = 5;
const MAX_HEADER_SIZE: usize = 64 * 1024;
const USER_AGENT: &str = concat!("kameleoon-rust/", env!("CARGO_PKG_VERSION"));

/// An agent for the requests of this configuration. Everything about TLS and the proxy that can be
/// wrong is told here, by key, so that no request fails or panics for it later.
pub(super) fn build(settings: &Settings, need_tls: bool) -> Result<ureq::Agent> {
    let proxy = proxy(settings)?;
    let has_proxy = proxy.is_some();
    let proxy_tls = proxy.as_ref().is_some_and(|proxy| proxy.protocol() == ureq::ProxyProtocol::Https);
    let builder = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(proxy)
        .user_agent(USER_AGENT)
        .max_redirects(MAX_REDIRECTS)
        .max_response_header_size(MAX_HEADER_SIZE);
    // No times: whoever makes a request bounds all of it (`limit`).
    let config = with_tls(builder, settings, need_tls || proxy_tls)?.build();
    Ok(ureq::Agent::with_parts(config, connector(has_proxy), Resolver::default()))
}

fn proxy(settings: &Settings) -> Result<Option<ureq::Proxy>> {
    let Some(url) = &settings.proxy else { return Ok(None) };
    let url = url.expose();
    // Neither the value nor the library's view of it is repeated: it may hold a password.
    let wrong = || {
        KameleoonError::config_invalid(
            "proxy",
            "write a URL such as `http://user:password@proxy.example.com:3128`, with `http://` or `https://` and \
             with special characters of the password percent-encoded",
        )
    };
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).ok_or_else(wrong)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !is_host(authority.rsplit('@').next().unwrap_or_default()) {
        return Err(wrong());
    }
    ureq::Proxy::new(url).map(Some).map_err(|_| wrong())
}

type Builder = ConfigBuilder<AgentScope>;

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn with_tls(builder: Builder, settings: &Settings, need_tls: bool) -> Result<Builder> {
    Ok(match tls_config(settings, need_tls)? {
        Some(tls) => builder.tls_config(tls),
        None => builder,
    })
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn with_tls(builder: Builder, _settings: &Settings, need_tls: bool) -> Result<Builder> {
    if need_tls {
        return Err(KameleoonError::config_invalid(
            "tls_provider",
            "the platform is reached over https, but the crate is built without TLS: enable its feature `rustls` or \
             `native-tls`, or set every base URL to `http://`",
        ));
    }
    Ok(builder)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::config::{KameleoonClientConfig, TlsProvider, TlsRoots};

    fn config() -> KameleoonClientConfig {
        KameleoonClientConfig::new("id", "secret")
    }

    pub(crate) fn wrong(config: &KameleoonClientConfig) -> (String, String) {
        match build(config.settings(), true) {
            Err(KameleoonError::ConfigInvalid { key, reason }) => (key, reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_proxy_is_a_url_and_its_password_is_not_repeated() {
        for url in [
            "proxy:3128",
            "socks5://u:s3cr3t@proxy",
            "http://",
            "http://u:s3cr3t@",
            "ftp://p",
            "http://a b",
            "http://u:s3cr3t@proxy:port",
            "http://proxy:99999",
        ] {
            let (key, reason) = wrong(&config().proxy(url));
            assert_eq!(key, "proxy", "{url}");
            assert!(!reason.contains("s3cr3t"), "{reason}");
        }
        let agent =
            build(config().proxy("http://u:p%40ss@proxy:3128").settings(), cfg!(feature = "rustls")).unwrap();
        assert_eq!(agent.config().proxy().and_then(|proxy| proxy.password()), Some("p@ss"));
    }

    #[test]
    fn no_proxy_is_taken_from_the_environment() {
        // The variables of a process cannot be set safely while its threads run, so the assertion
        // is made by this test in a process of its own.
        const CHILD: &str = "KAMELEOON_TEST_PROXY_CHILD";
        if std::env::var_os(CHILD).is_none() {
            let mut child = std::process::Command::new(std::env::current_exe().unwrap());
            for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "http_proxy"] {
                child.env(name, "http://127.0.0.1:9");
            }
            let test = "platform::net::agent::tests::no_proxy_is_taken_from_the_environment";
            let output = child.env(CHILD, "1").args(["--exact", test]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains("1 passed"), "{said}");
            return;
        }
        assert!(ureq::Agent::new_with_defaults().config().proxy().is_some(), "the variables are seen");
        assert!(build(config().settings(), false).unwrap().config().proxy().is_none());
    }

    #[test]
    fn what_is_not_compiled_in_is_told_with_the_feature_that_is_missing() {
        if !cfg!(feature = "native-tls") {
            let (key, reason) = wrong(&config().tls_provider(TlsProvider::NativeTls));
            assert_eq!(key, "tls_provider");
            assert!(reason.contains("native-tls"), "{reason}");
        }
        if !cfg!(feature = "rustls") {
            assert!(wrong(&config().tls_provider(TlsProvider::Rustls)).1.contains("rustls"));
        }
        if cfg!(feature = "rustls") && !cfg!(feature = "platform-verifier") {
            let (key, reason) = wrong(&config().tls_roots(TlsRoots::Platform));
            assert_eq!((key.as_str(), reason.contains("platform-verifier")), ("tls_roots", true));
        }
        assert!(build(config().settings(), false).is_ok(), "plain HTTP needs no TLS");
    }
}
