//! Threads and sockets: one thread accepts, one serves each connection.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::connection::Connection;
use super::exchange::serve;
use super::platform::Platform;

/// Nothing that a thread does needs a deep stack, and a test may have many connections.
const STACK: usize = 256 * 1024;
/// Bounds a write to a client that does not read.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// A port just given up may be taken by a passing connection of another process.
const REOPEN: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(2);

/// The listening side of the emulator.
pub(super) struct Server {
    address: SocketAddr,
    connections: Arc<Connections>,
    acceptor: Mutex<Option<Acceptor>>,
}

struct Acceptor {
    closing: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Server {
    pub(super) fn start(port: u16, limit: usize, platform: Arc<Platform>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let connections = Arc::new(Connections { platform, limit, open: Mutex::default() });
        let acceptor = Acceptor::start(listener, Arc::clone(&connections))?;
        Ok(Self { address, connections, acceptor: Mutex::new(Some(acceptor)) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and every connection, and ends their threads.
    pub(super) fn close(&self) {
        // The lock is not held while threads end: one of them may run a hook that comes back here.
        let acceptor = self.acceptor.lock().take();
        if let Some(acceptor) = acceptor {
            acceptor.stop(self.address);
        }
        self.connections.close_all();
    }

    /// Opens the port again; nothing happens when it is open.
    pub(super) fn reopen(&self) -> io::Result<()> {
        let mut acceptor = self.acceptor.lock();
        if acceptor.is_some() {
            return Ok(());
        }
        let deadline = Instant::now() + REOPEN;
        let listener = loop {
            match TcpListener::bind(self.address) {
                Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                    thread::sleep(PAUSE);
                }
                bound => break bound?,
            }
        };
        *acceptor = Some(Acceptor::start(listener, Arc::clone(&self.connections))?);
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

impl Acceptor {
    fn start(listener: TcpListener, connections: Arc<Connections>) -> io::Result<Self> {
        let closing = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&closing);
        let thread = thread::Builder::new()
            .name("kameleoon-emulator".into())
            .stack_size(STACK)
            .spawn(move || accept(&listener, &closed, &connections))?;
        Ok(Self { closing, thread })
    }

    /// The thread sleeps in `accept`, from which only a connection wakes it.
    fn stop(self, address: SocketAddr) {
        self.closing.store(true, Ordering::SeqCst);
        while !self.thread.is_finished() {
            let woken = TcpStream::connect_timeout(&address, Duration::from_millis(100));
            thread::sleep(PAUSE);
            drop(woken);
        }
        // The thread holds no lock and runs no foreign code: it cannot have panicked.
        let _ = self.thread.join();
    }
}

fn accept(listener: &TcpListener, closing: &AtomicBool, connections: &Arc<Connections>) {
    loop {
        let accepted = listener.accept();
        if closing.load(Ordering::SeqCst) {
            return;
        }
        match accepted {
            Ok((socket, _)) => Connections::serve(connections, socket),
            // Such as too many open files: soon there may be room again.
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// The connections that are open, each with its thread.
struct Connections {
    platform: Arc<Platform>,
    limit: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    entries: HashMap<u64, (Arc<TcpStream>, Option<JoinHandle<()>>)>,
}

impl Connections {
    /// Serves `socket` on a thread of its own; past the limit it is closed.
    fn serve(this: &Arc<Self>, socket: TcpStream) {
        if socket.set_nodelay(true).is_err() || socket.set_write_timeout(Some(WRITE_TIMEOUT)).is_err() {
            return;
        }
        let socket = Arc::new(socket);
        let mut open = this.open.lock();
        if open.entries.len() >= this.limit {
            return;
        }
        let id = open.next;
        open.next += 1;
        let connections = Arc::clone(this);
        let connection = Connection::new(Arc::clone(&socket));
        let thread = thread::Builder::new().name("kameleoon-emulator-connection".into()).stack_size(STACK);
        let spawned = thread.spawn(move || {
            let _served = Served { connections: &connections, id };
            serve(&connections.platform, connection);
        });
        // The new thread takes itself off the list only after the lock here is given back.
        if let Ok(thread) = spawned {
            open.entries.insert(id, (socket, Some(thread)));
        }
    }

    /// Closes every connection and waits for its thread.
    fn close_all(&self) {
        let threads: Vec<JoinHandle<()>> = {
            let mut open = self.open.lock();
            open.entries
                .values_mut()
                .filter_map(|(socket, thread)| {
                    // An error means that the peer closed it already.
                    let _ = socket.shutdown(Shutdown::Both);
                    thread.take()
                })
                .collect()
        };
        for thread in threads {
            // A hook may end the emulator from a thread of its own.
            if thread.thread().id() != thread::current().id() {
                // A panic was the hook's, and was reported where it happened.
                let _ = thread.join();
            }
        }
    }
}

/// Takes a connection off the list when its thread ends, in whatever way.
struct Served<'a> {
    connections: &'a Connections,
    id: u64,
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.connections.open.lock().entries.remove(&self.id);
    }
}
