//! A platform that is far away.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

/// An address that leads to another one, later: each connection and each piece of an answer takes so
/// long. It goes on until the process ends.
pub(crate) fn far_away(url: &str, latency: Duration) -> String {
    let target = url.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let target = target.clone();
            std::thread::spawn(move || {
                let Ok(far) = TcpStream::connect(target) else { return };
                let (near_there, far_there) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let back = std::thread::spawn(move || relay(far_there, near_there, latency));
                relay(near, far, Duration::ZERO);
                let _ = back.join();
            });
        }
    });
    address
}

fn relay(mut from: TcpStream, mut to: TcpStream, latency: Duration) {
    let mut buffer = [0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        std::thread::sleep(latency);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
