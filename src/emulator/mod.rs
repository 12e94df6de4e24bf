//! The platform's HTTP interface as a server on the loopback, for development and tests.
//!
//! An [`Emulator`] serves the data file, tokens, visitor data, the data map and the event stream,
//! takes tracking requests, remembers what arrived, and lets any of it go wrong on demand. It
//! needs no account and no network. All services answer on one port:
//!
//! | route | answer |
//! |---|---|
//! | `GET /{siteCode}`, `GET /v3/{siteCode}` | the data file with a `Last-Modified`; 304 when the client has it already |
//! | `POST /oauth/token` | an access token |
//! | `POST /visit/events` | 200 with an empty body; the tracking lines are recorded |
//! | `GET /visit/visitor` | what [`set_visitor_data`](Emulator::set_visitor_data) stored for `visitorCode` or `mappingValue`, else `{}` |
//! | `GET /map/map` | what [`set_map`](Emulator::set_map) stored under `key`, else 404 |
//! | `GET /sse` | an event stream, fed by [`push_update`](Emulator::push_update) |
//!
//! ```
//! use std::io::{Read, Write};
//! use std::time::Duration;
//! use kameleoon::RequestKind;
//! use kameleoon::emulator::{Emulator, Fault, Times};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().data_file(r#"{"featureFlags": []}"#).start()?;
//! // One outage before the data file can be had.
//! emulator.fail(RequestKind::Configuration, Fault::status(503), Times::Once);
//!
//! for expected in ["HTTP/1.1 503", "HTTP/1.1 200"] {
//!     let mut socket = std::net::TcpStream::connect(("127.0.0.1", emulator.port()))?;
//!     socket.write_all(b"GET /v3/my_site HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
//!     let mut answer = String::new();
//!     socket.read_to_string(&mut answer)?;
//!     assert!(answer.starts_with(expected));
//! }
//! assert_eq!(emulator.count(RequestKind::Configuration), 2);
//! # Ok(())
//! # }
//! ```
//!
//! The emulator speaks plain HTTP, binds to `127.0.0.1` alone, checks no credentials and is no
//! server for production. Dropping it ends its threads and closes all its connections.

mod builder;
mod connection;
mod control;
mod exchange;
mod faults;
mod line;
mod platform;
mod record;
mod reply;
mod routes;
mod script;
mod server;
mod stream;
mod time;

pub use builder::EmulatorBuilder;
pub use control::Emulator;
pub use faults::{Fault, Times};
pub use line::TrackingLine;
pub use record::{Log, Request, TrackingTotals};
