//! nginx between clients and the emulated platform.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kameleoon::emulator::Emulator;
use kameleoon::{KameleoonClient, KameleoonClientConfig};

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Not captured, so that whoever reads the log knows.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

pub(crate) struct Relay {
    port: u16,
    folder: PathBuf,
    server: Child,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The documented configuration, with the platform at one address and every path in one folder.
fn configuration(platform: &str, folder: &std::path::Path, port: u16) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/nginx.conf");
    let mut text = std::fs::read_to_string(path).unwrap();
    let folder = folder.display();
    for (documented, here) in [
        ("https://sdk-config.kameleoon.eu", platform.to_owned()),
        ("https://data.kameleoon.io", platform.to_owned()),
        ("https://api.kameleoon.com", platform.to_owned()),
        ("https://events.kameleoon.eu:8110", platform.to_owned()),
        ("/run/kameleoon-relay.pid", format!("{folder}/pid")),
        ("/var/cache/nginx/", format!("{folder}/")),
        ("listen 8080;", format!("listen 127.0.0.1:{port};")),
        ("127.0.0.1:8081", format!("127.0.0.1:{}", free_port())),
        (
            "error_log stderr warn;",
            format!("error_log {folder}/errors warn;\ndaemon off;\nmaster_process off;"),
        ),
    ] {
        assert!(text.contains(documented), "docs/nginx.conf has no `{documented}`");
        text = text.replace(documented, &here);
    }
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        text = text.replacen("http {", &format!("http {{\n    {kind}_temp_path {folder}/{kind};"), 1);
    }
    text
}

impl Relay {
    /// None where there is no nginx.
    pub(crate) fn start(test: &str, platform: &Emulator) -> Option<Self> {
        if Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_err() {
            say(&format!("{test}: NOT RUN, since there is no `nginx` here"));
            return None;
        }
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("kameleoon-nginx-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration(platform.url(), &folder, port)).unwrap();
        let server = Command::new("nginx").arg("-p").arg(&folder).arg("-c").arg(&file).spawn().unwrap();
        let relay = Self { port, folder, server };
        wait_until("nginx answers", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(relay)
    }

    pub(crate) fn config(&self) -> KameleoonClientConfig {
        let url = format!("http://127.0.0.1:{}", self.port);
        KameleoonClientConfig::new("id", "secret")
            .configuration_url(&url)
            .data_api_url(&url)
            .automation_url(&url)
            .events_url(&url)
    }

    pub(crate) fn client(&self) -> KameleoonClient {
        KameleoonClient::new("site", self.config()).unwrap()
    }

    /// The whole answer to a plain request for the data file.
    pub(crate) fn data_file(&self) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"GET /v3/site HTTP/1.0\r\nHost: relay\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    pub(crate) fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.join("errors")).unwrap_or_default()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
