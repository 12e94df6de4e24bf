//! The platform behind a certificate that only a root of our own vouches for.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use kameleoon::{
    KameleoonClientConfig, KameleoonClientFactory, KameleoonError, RequestFailure, RequestKind, TlsRoots,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::rig::{FLAG, PATIENCE, data_file, new_site, quick};

const ROOT: &[u8] = include_bytes!("../../fixtures/tls/root.pem");
const CERTIFICATE: &[u8] = include_bytes!("../../fixtures/tls/server.pem");
const KEY: &[u8] = include_bytes!("../../fixtures/tls/server.key");

/// Answers with the data file, takes tracking lines, and knows nothing else. It ends with the test.
struct Server {
    port: u16,
    tracked: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl Server {
    fn start() -> Self {
        let settings =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(
                    vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()],
                    PrivateKeyDer::from_pem_slice(KEY).unwrap(),
                )
                .unwrap();
        let settings = Arc::new(settings);
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let tracked = Arc::new(AtomicUsize::new(0));
        let is_over = Arc::new(AtomicBool::new(false));
        let (tracked_there, is_over_there) = (Arc::clone(&tracked), Arc::clone(&is_over));
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                if is_over_there.load(Ordering::SeqCst) {
                    return;
                }
                let (settings, tracked) = (Arc::clone(&settings), Arc::clone(&tracked_there));
                std::thread::spawn(move || {
                    let tls = rustls::ServerConnection::new(settings).unwrap();
                    let mut socket = rustls::StreamOwned::new(tls, socket.unwrap());
                    // It fails when the client does not like the certificate.
                    let _ = answer(&mut socket, &tracked);
                });
            }
        });
        Self { port, tracked, is_over }
    }

    fn config(&self, host: &str) -> KameleoonClientConfig {
        let url = format!("https://{host}:{}", self.port);
        let config = KameleoonClientConfig::new("id", "secret").configuration_url(&url).data_api_url(&url);
        quick(config.automation_url(&url).events_url(&url)).default_timeout(PATIENCE)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the listener; it fails when that is gone already.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn answer(socket: &mut (impl Read + Write), tracked: &AtomicUsize) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    socket.read_exact(&mut body)?;
    let (status, content) = if head.starts_with("get /v3/") {
        (200, data_file(1, false))
    } else if head.starts_with("post /visit/events") {
        tracked.fetch_add(String::from_utf8_lossy(&body).lines().count(), Ordering::SeqCst);
        (200, String::new())
    } else {
        (404, String::new())
    };
    let head =
        format!("HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", content.len());
    socket.write_all(head.as_bytes())?;
    socket.write_all(content.as_bytes())?;
    socket.flush()
}

/// The first try is refused well within it.
const LONG_ENOUGH_TO_FAIL: std::time::Duration = std::time::Duration::from_secs(3);

#[test]
fn a_certificate_is_taken_when_the_root_is_configured() {
    let server = Server::start();
    let site = new_site("tls");
    let config = server.config("localhost").tls_roots(TlsRoots::Pem(ROOT.to_vec()));
    let client = KameleoonClientFactory::create(&site, config).unwrap();
    assert_eq!(client.wait_init(PATIENCE), Ok(()));
    client.get_variation("visitor", FLAG).unwrap();
    client.track_conversion("visitor", 83).unwrap();
    assert!(KameleoonClientFactory::forget(&site).unwrap().is_complete());
    assert_eq!(server.tracked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_certificate_is_refused_without_its_root_and_for_another_name() {
    let server = Server::start();
    let root = TlsRoots::Pem(ROOT.to_vec());
    for (config, cause) in [
        (server.config("localhost"), "no authority that is trusted"),
        (server.config("127.0.0.2").tls_roots(root), "not valid for name"),
    ] {
        if cause != "no authority that is trusted" && !cfg!(target_os = "linux") {
            continue; // only there the whole of 127/8 is this machine
        }
        let site = new_site("tls-refused");
        let client = KameleoonClientFactory::create(&site, config).unwrap();
        let error = client.wait_init(LONG_ENOUGH_TO_FAIL).unwrap_err();
        let KameleoonError::Request {
            kind: RequestKind::Configuration,
            failure: RequestFailure::Tls(text),
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert!(text.contains(cause), "{text}");
        assert!(!client.is_ready());
        KameleoonClientFactory::forget(&site);
    }
    assert_eq!(server.tracked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_server_that_speaks_no_tls_is_a_failure_of_tls() {
    let platform = crate::rig::platform().data_file(data_file(1, false)).start().unwrap();
    let url = platform.url().replace("http:", "https:");
    let config = quick(platform.client_config().configuration_url(&url));
    let site = new_site("tls-none");
    let client = KameleoonClientFactory::create(&site, config).unwrap();
    let error = client.wait_init(LONG_ENOUGH_TO_FAIL).unwrap_err();
    assert!(matches!(&error, KameleoonError::Request { failure: RequestFailure::Tls(_), .. }), "{error:?}");
    KameleoonClientFactory::forget(&site);
}
