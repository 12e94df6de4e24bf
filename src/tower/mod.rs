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
#[cfg(feature = "async")]
mod loading;
mod service;
mod visitor;

pub use future::ResponseFuture;
pub use layer::KameleoonLayer;
#[cfg(feature = "async")]
#[cfg_attr(docsrs, doc(cfg(feature = "async")))]
pub use loading::{LoadVisitorFuture, LoadVisitorLayer, LoadVisitorService};
pub use service::KameleoonService;
pub use visitor::RequestVisitor;
