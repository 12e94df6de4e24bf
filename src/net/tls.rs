//! TLS of the agent: the library and the roots of the configuration, checked when it is built.

use super::agent::{Builder, invalid};
use crate::config::{Settings, TlsProvider, TlsRoots};
use crate::error::Result;
use std::io::Read;

/// Bundles of roots are a few hundred KiB. What is longer is some other file.
const MAX_ROOTS_FILE_SIZE: u64 = 4 * 1024 * 1024;

pub(super) fn with_tls(builder: Builder, settings: &Settings, need_tls: bool) -> Result<Builder> {
    let (provider, name, compiled_in) = match settings.tls_provider {
        TlsProvider::Rustls => (ureq::tls::TlsProvider::Rustls, "rustls", cfg!(feature = "rustls")),
        TlsProvider::NativeTls => {
            (ureq::tls::TlsProvider::NativeTls, "native-tls", cfg!(feature = "native-tls"))
        }
    };
    if !compiled_in {
        if !need_tls {
            return Ok(builder);
        }
        return Err(invalid(
            "tls_provider",
            format!(
                "`{name}` is not compiled in: enable the crate's feature `{name}` or choose the other one"
            ),
        ));
    }
    let roots = roots(settings, provider == ureq::tls::TlsProvider::Rustls)?;
    let tls = ureq::tls::TlsConfig::builder().provider(provider).root_certs(roots).build();
    Ok(builder.tls_config(tls))
}

fn roots(settings: &Settings, rustls: bool) -> Result<ureq::tls::RootCerts> {
    match &settings.tls_roots {
        TlsRoots::WebPki => Ok(ureq::tls::RootCerts::WebPki),
        TlsRoots::Platform if rustls && !cfg!(feature = "platform-verifier") => {
            Err(invalid("tls_roots", "`platform` with rustls needs the crate's feature `platform-verifier`"))
        }
        TlsRoots::Platform => Ok(ureq::tls::RootCerts::PlatformVerifier),
        TlsRoots::Pem(text) => certificates(text, "tls_roots"),
        TlsRoots::PemFile(path) => {
            let key = "tls_roots_file";
            let mut text = Vec::new();
            std::fs::File::open(path)
                .and_then(|file| file.take(MAX_ROOTS_FILE_SIZE + 1).read_to_end(&mut text))
                .map_err(|error| invalid(key, format!("`{}` cannot be read: {error}", path.display())))?;
            if text.len() as u64 > MAX_ROOTS_FILE_SIZE {
                return Err(invalid(key, format!("`{}` is larger than 4 MiB", path.display())));
            }
            certificates(&text, key)
        }
    }
}

fn certificates(text: &[u8], key: &str) -> Result<ureq::tls::RootCerts> {
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(text) {
        match item {
            Ok(ureq::tls::PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {} // a key beside the certificates is none of ours
            Err(error) => return Err(invalid(key, format!("cannot be read as PEM: {error}"))),
        }
    }
    if certificates.is_empty() {
        return Err(invalid(key, "holds no certificate: a PEM file with `BEGIN CERTIFICATE` is needed"));
    }
    Ok(ureq::tls::RootCerts::new_with_certs(&certificates))
}

#[cfg(all(test, feature = "rustls"))]
mod tests {
    use super::*;
    use crate::config::KameleoonClientConfig;
    use crate::net::agent::tests::wrong;

    #[test]
    fn roots_that_hold_no_certificate_are_told_by_key() {
        let missing = std::env::temp_dir().join("kameleoon-no-such-roots.pem");
        for (roots, expected, part) in [
            (TlsRoots::Pem(Vec::new()), "tls_roots", "holds no certificate"),
            (TlsRoots::Pem(b"no PEM at all".to_vec()), "tls_roots", "holds no certificate"),
            (
                TlsRoots::Pem(b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n".to_vec()),
                "tls_roots",
                "cannot be read as PEM",
            ),
            (TlsRoots::PemFile(missing), "tls_roots_file", "cannot be read"),
        ] {
            let (key, reason) = wrong(&KameleoonClientConfig::new("id", "secret").tls_roots(roots));
            assert_eq!(key, expected);
            assert!(reason.contains(part), "{reason}");
        }
    }
}
