//! The emulated platform as a client sees it, over real sockets.
#![cfg(test)]

mod client;
mod faults;
mod life;
mod record;
mod routes;
mod streams;
