//! TLS of the agent: the library and the roots of the configuration, checked when it is built.

use crate::config::{Settings, TlsProvider, TlsRoots};
use crate::error::{KameleoonError, Result};
use std::io::Read;

/// Bundles of roots are a few hundred KiB. What is longer is some other file.
const MAX_ROOTS_FILE_SIZE: u64 = 4 * 1024 * 1024;

/// The TLS that the configuration asks for; none where it is not compiled in and nothing needs it.
pub(super) fn tls_config(settings: &Settings, need_tls: bool) -> Result<Option<ureq::tls::TlsConfig>> {
    const RUSTLS: bool = cfg!(feature = "rustls");
    const NATIVE: bool = cfg!(feature = "native-tls");
    let (provider, name, is_there, other, is_other_there) = match settings.tls_provider {
        TlsProvider::Rustls => (ureq::tls::TlsProvider::Rustls, "rustls", RUSTLS, "native-tls", NATIVE),
        TlsProvider::NativeTls => (ureq::tls::TlsProvider::NativeTls, "native-tls", NATIVE, "rustls", RUSTLS),
    };
    if !is_there {
        if !need_tls {
            return Ok(None);
        }
        let advice = match is_other_there {
            true => format!("set `tls_provider` to `{other}`, which is, or enable the feature `{name}`"),
            false => format!("enable the crate's feature `{name}`, or `{other}` and choose that one"),
        };
        return Err(KameleoonError::config_invalid(
            "tls_provider",
            format!("`{name}` is not compiled in: {advice}"),
        ));
    }
    let roots = roots(settings, provider == ureq::tls::TlsProvider::Rustls)?;
    Ok(Some(ureq::tls::TlsConfig::builder().provider(provider).root_certs(roots).build()))
}

fn roots(settings: &Settings, rustls: bool) -> Result<ureq::tls::RootCerts> {
    match &settings.tls_roots {
        TlsRoots::WebPki => Ok(ureq::tls::RootCerts::WebPki),
        TlsRoots::Platform if rustls && !cfg!(feature = "platform-verifier") => {
            Err(KameleoonError::config_invalid(
                "tls_roots",
                "`platform` with rustls needs the crate's feature `platform-verifier`",
            ))
        }
        TlsRoots::Platform => Ok(ureq::tls::RootCerts::PlatformVerifier),
        TlsRoots::Pem(text) => certificates(text, "tls_roots"),
        TlsRoots::PemFile(path) => {
            let key = "tls_roots_file";
            let mut text = Vec::new();
            std::fs::File::open(path)
                .and_then(|file| file.take(MAX_ROOTS_FILE_SIZE + 1).read_to_end(&mut text))
                .map_err(|error| {
                    KameleoonError::config_invalid(
                        key,
                        format!("`{}` cannot be read: {error}", path.display()),
                    )
                })?;
            if text.len() as u64 > MAX_ROOTS_FILE_SIZE {
                return Err(KameleoonError::config_invalid(
                    key,
                    format!("`{}` is larger than 4 MiB", path.display()),
                ));
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
            Err(error) => {
                return Err(KameleoonError::config_invalid(key, format!("cannot be read as PEM: {error}")));
            }
        }
    }
    if certificates.is_empty() {
        return Err(KameleoonError::config_invalid(
            key,
            "holds no certificate: a PEM file with `BEGIN CERTIFICATE` is needed",
        ));
    }
    Ok(ureq::tls::RootCerts::new_with_certs(&certificates))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KameleoonClientConfig;
    use crate::error::{RequestFailure, RequestKind};
    use crate::platform::net::agent::tests::wrong;
    use crate::platform::net::endpoints::Endpoints;
    use crate::platform::net::fake::{Connection, Fake, PATIENCE};
    use crate::platform::net::http::{Request, Response};
    use crate::platform::net::http_tests::{client, config};
    use crate::platform::net::stream::StreamRead;
    use parking_lot::Mutex;
    use rustls::pki_types::pem::PemObject;
    use std::io::Write;
    use std::sync::Arc;

    const ROOT: &[u8] = include_bytes!("../../../fixtures/tls/root.pem");
    type TlsSocket = rustls::StreamOwned<rustls::ServerConnection, std::net::TcpStream>;

    fn providers() -> impl Iterator<Item = TlsProvider> {
        [
            (TlsProvider::Rustls, cfg!(feature = "rustls")),
            (TlsProvider::NativeTls, cfg!(feature = "native-tls")),
        ]
        .into_iter()
        .filter_map(|(provider, compiled_in)| compiled_in.then_some(provider))
    }

    /// A server for `localhost` whose certificate only [`ROOT`] vouches for.
    fn server(script: impl Fn(&mut TlsSocket) + Send + Sync + 'static) -> (Fake, String) {
        server_with(include_bytes!("../../../fixtures/tls/server.pem"), script)
    }

    fn server_with(
        certificate: &'static [u8],
        script: impl Fn(&mut TlsSocket) + Send + Sync + 'static,
    ) -> (Fake, String) {
        let fake = Fake::start(move |connection| serve(connection, certificate, &script));
        let url = fake.url().replace("http:", "https:").replace("127.0.0.1", "localhost");
        (fake, url)
    }

    fn serve(connection: &Connection, certificate: &[u8], script: &dyn Fn(&mut TlsSocket)) {
        let certificate = rustls::pki_types::CertificateDer::from_pem_slice(certificate);
        let key = rustls::pki_types::PrivateKeyDer::from_pem_slice(include_bytes!(
            "../../../fixtures/tls/server.key"
        ));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let settings = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.unwrap()], key.unwrap())
            .unwrap();
        let tls = rustls::ServerConnection::new(Arc::new(settings)).unwrap();
        let mut socket = rustls::StreamOwned::new(tls, connection.socket());
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match std::io::Read::read(&mut socket, &mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return, // the client did not like the certificate
            }
        }
        script(&mut socket);
    }

    fn get(config: &KameleoonClientConfig, url: &str) -> std::result::Result<Response, RequestFailure> {
        client(config).send(&Request::get(url, PATIENCE, 100))
    }

    #[test]
    fn only_a_certificate_that_the_roots_vouch_for_is_taken() {
        let file = std::env::temp_dir().join(format!("kameleoon-{}-root.pem", std::process::id()));
        std::fs::write(&file, ROOT).unwrap();
        for provider in providers() {
            let (_fake, url) = server(|socket| {
                let _ = socket
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ntold");
            });
            let config = config().tls_provider(provider);
            let refused = get(&config, &url);
            assert!(matches!(refused, Err(RequestFailure::Tls(_))), "{provider:?}: {refused:?}");
            for roots in [TlsRoots::Pem(ROOT.to_vec()), TlsRoots::PemFile(file.clone())] {
                let answer = get(&config.clone().tls_roots(roots), &url);
                assert_eq!(answer.map(|answer| answer.body), Ok(b"told".to_vec()), "{provider:?}");
            }
        }
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_certificate_out_of_its_time_is_told_without_a_number() {
        // Each is its own root, so that nothing else is wrong with it.
        for (certificate, expected) in [
            (&include_bytes!("../../../fixtures/tls/expired.pem")[..], "it has expired, by the clock"),
            (&include_bytes!("../../../fixtures/tls/early.pem")[..], "it is not valid yet, by the clock"),
        ] {
            for provider in providers() {
                let (_fake, url) = server_with(certificate, |_| ());
                let config = config().tls_provider(provider).tls_roots(TlsRoots::Pem(certificate.to_vec()));
                let Err(RequestFailure::Tls(text)) = get(&config, &url) else { panic!("{provider:?}") };
                assert!(text.contains(expected), "{provider:?}: {text}");
                assert!(!text.contains(|c: char| c.is_ascii_digit()), "{provider:?}: {text}");
            }
        }
    }

    #[test]
    fn each_fault_of_tls_is_told_as_what_it_is_and_with_advice_of_its_own() {
        // Beyond a proxy any name leads to the same server.
        let certificate: &[u8] = include_bytes!("../../../fixtures/tls/server.pem");
        let trusted = || config().tls_roots(TlsRoots::Pem(ROOT.to_vec()));
        let tunnel = |connection: &mut Connection| {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\n\r\n");
        };
        for provider in providers() {
            let (_untrusted, untrusted) = server(|_| ());
            let elsewhere = Fake::start(move |connection| {
                tunnel(connection);
                serve(connection, certificate, &|_| ());
            });
            let plain = Fake::start(|connection| {
                connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
                connection.hang();
            });
            let ends = Fake::start(|connection| {
                let _ = std::io::Read::read(&mut connection.socket(), &mut [0; 4_096]);
            });
            let https = |fake: &Fake| fake.url().replace("http:", "https:");
            for (config, url, expected, advice) in [
                (config(), untrusted, "no authority that is trusted here has issued it", "see `tls_roots`"),
                (
                    trusted().proxy(elsewhere.url()),
                    "https://elsewhere.example/".to_owned(),
                    "the server's certificate is refused: ",
                    "the server's part, unless the address",
                ),
                (config(), https(&plain), "what the server answers is no TLS", "has to begin with `http:`"),
                (
                    config(),
                    https(&ends),
                    "connection: the other side ended it while connecting",
                    "a firewall",
                ),
            ] {
                let config = config.tls_provider(provider);
                let failure = get(&config, &url).unwrap_err();
                let endpoints = Endpoints::new(config.settings(), "site");
                let told = endpoints.failed(RequestKind::Configuration, failure, &url).to_string();
                assert!(told.contains(expected) && told.contains(advice), "{provider:?}: {told}");
                let is_plain = expected.contains("no TLS");
                assert_eq!(told.contains("`http:`"), is_plain, "{provider:?}: {told}");
            }
        }
    }

    #[test]
    fn a_stream_wakes_its_reader_over_tls_too() {
        for provider in providers() {
            let go = Arc::new(Mutex::new(false));
            let go_there = Arc::clone(&go);
            let (_fake, url) = server(move |socket| {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
                socket.write_all(head.as_bytes()).unwrap();
                crate::platform::net::fake::wait_until("the reader found it quiet", || *go_there.lock());
                socket.write_all(b"data").unwrap();
            });
            let config = config().tls_provider(provider).tls_roots(TlsRoots::Pem(ROOT.to_vec()));
            let mut stream = client(&config).open_stream(&url, PATIENCE).unwrap();
            let mut buffer = [0; 16];
            let bytes = loop {
                match stream.read(&mut buffer).unwrap() {
                    StreamRead::Quiet => *go.lock() = true,
                    StreamRead::Bytes(bytes) => break bytes,
                    StreamRead::End => panic!("ended"),
                }
            };
            assert!(*go.lock(), "the stream was never quiet");
            assert_eq!(&buffer[..bytes], b"data", "{provider:?}");
        }
    }

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
