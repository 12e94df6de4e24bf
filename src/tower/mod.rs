//! A layer for axum and everything else on tower.
//!
//! [`KameleoonLayer`] finds the visitor code of each request, hands it to the handlers, and sets or
//! removes the cookie on the response, as the data file and the visitor's consent have it. It
//! needs no particular runtime: nothing in it waits.
//!
// Compiled where axum is, with the doctests of `examples/storefront`.
#![cfg_attr(not(doctest), doc = include_str!("axum.md"))]

mod future;
mod layer;
mod service;
mod visitor;

pub use future::ResponseFuture;
pub use layer::KameleoonLayer;
pub use service::KameleoonService;
pub use visitor::RequestVisitor;
