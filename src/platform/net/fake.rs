//! A server for tests that does exactly what it is told, down to the byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing in a test takes this long unless it hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// One connection of the fake server.
pub(super) struct Connection {
    socket: TcpStream,
    stop: Arc<AtomicBool>,
}

impl Connection {
    /// Reads one request; the text of its head and its body. `None` when the client has gone.
    pub(super) fn request(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\r\n\r\n") {
            if !matches!(self.socket.read(&mut byte), Ok(1)) {
                return None;
            }
            bytes.push(byte[0]);
        }
        let head = String::from_utf8(bytes).unwrap();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
        });
        let mut body = vec![0; length.unwrap_or(0)];
        self.socket.read_exact(&mut body).ok()?;
        Some(head + &String::from_utf8(body).unwrap())
    }

    /// Sends bytes; false when the client has gone.
    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.socket.write_all(bytes.as_ref()).and_then(|()| self.socket.flush()).is_ok()
    }

    /// The socket itself, for a script that speaks something else.
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    pub(super) fn socket(&self) -> TcpStream {
        self.socket.try_clone().unwrap()
    }

    /// Answers one request after another in the same way.
    pub(super) fn always(&mut self, response: &str) {
        while self.request().is_some() && self.send(response) {}
    }

    /// Waits until the client closes the connection or the test is over.
    pub(super) fn hang(&mut self) {
        self.socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mut rest = [0; 1024];
        while !self.stop.load(Ordering::SeqCst) {
            match self.socket.read(&mut rest) {
                Ok(0) => return,
                Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return,
                _ => {}
            }
        }
    }
}

/// A listener on a free port of the loopback. Dropping it ends its threads.
pub(super) struct Fake {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    connections: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    pub(super) fn start(script: impl Fn(&mut Connection) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let connections = Arc::new(AtomicUsize::new(0));
        let (stopped, counted, script) = (Arc::clone(&stop), Arc::clone(&connections), Arc::new(script));
        let thread = std::thread::spawn(move || {
            for socket in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let (socket, stop, script) = (socket.unwrap(), Arc::clone(&stopped), Arc::clone(&script));
                std::thread::spawn(move || script(&mut Connection { socket, stop }));
            }
        });
        Self { address, stop, connections, thread: Some(thread) }
    }

    /// The first connection gets one answer, and ends when the next request is there; every other request
    /// gets another answer.
    pub(super) fn that_ends_kept_connections(first: String, other: String) -> Self {
        let is_first = AtomicBool::new(true);
        Self::start(move |connection| {
            if !is_first.swap(false, Ordering::SeqCst) {
                return connection.always(&other);
            }
            connection.request();
            connection.send(&first);
            connection.request();
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections were made so far.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address); // wakes the listener
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Waits for a condition, in turns short enough not to matter.
pub(super) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A response with a body and its length.
pub(super) fn response(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} Told\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}
