//! A Redis server for one test, and clients on it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kameleoon::KameleoonClientConfig;
use kameleoon::fleet::{RedisStore, StoreStats};
use kameleoon::testing::{Condition, DataFile, Flag, Rule, Segment, TestClient};

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Not captured, so that whoever reads the log knows.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

pub(crate) struct Redis {
    port: u16,
    folder: PathBuf,
    server: Child,
}

impl Redis {
    /// None where there is no `redis-server`.
    pub(crate) fn start(test: &str) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            say(&format!("{test}: NOT RUN, since there is no `redis-server` here"));
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("kameleoon-redis-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let server = launch(port, &folder);
        let redis = Self { port, folder, server };
        redis.wait();
        Some(redis)
    }

    fn wait(&self) {
        wait_until("redis answers", || {
            TcpStream::connect(("127.0.0.1", self.port)).is_ok() && self.command("PING").starts_with("+PONG")
        });
    }

    /// A command without blanks in its words, and the first bytes of the answer.
    pub(crate) fn command(&self, line: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return String::new() };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        if write!(stream, "{line}\r\n").is_err() {
            return String::new();
        }
        let mut answer = [0; 4096];
        let count = stream.read(&mut answer).unwrap_or(0);
        String::from_utf8_lossy(&answer[..count]).into_owned()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.server = launch(self.port, &self.folder);
        self.wait();
    }

    /// `STOP` or `CONT`.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.server.id().to_string()).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn store(&self) -> RedisStore {
        RedisStore::new(&format!("redis://127.0.0.1:{}", self.port)).unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn launch(port: u16, folder: &std::path::Path) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .arg("--dir")
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn file() -> DataFile {
    DataFile::new()
        .segment(Segment::all_of("premium", [Condition::custom_data(3, "premium")]))
        .segment(Segment::all_of("seen", [Condition::page_url_contains("basket"), Condition::converted(7)]))
        .flag(Flag::new("offer").rule(Rule::experiment([("off", 50.0), ("on", 50.0)]).segment("premium")))
        .flag(Flag::new("told").rule(Rule::delivery("on").segment("seen")))
        .flag(Flag::new("plain").rule(Rule::experiment([("off", 50.0), ("on", 50.0)])))
}

pub(crate) const FLAGS: [&str; 3] = ["offer", "told", "plain"];

pub(crate) fn server(store: RedisStore) -> TestClient {
    let config = KameleoonClientConfig::new("", "").visitor_data_store(store);
    TestClient::with_config(file(), config).unwrap()
}

pub(crate) fn stats(client: &TestClient) -> StoreStats {
    client.store_stats().unwrap()
}

/// Everything that the visitor gets, without a trace of the question.
pub(crate) fn answers(client: &TestClient, visitor: &str) -> [String; 3] {
    let options = || kameleoon::EvaluationOptions::new().track(false);
    FLAGS.map(|flag| client.get_variation_with(visitor, flag, options()).unwrap().key().to_owned())
}
