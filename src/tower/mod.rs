//! A layer for axum and everything else on tower.
//!
//! [`KameleoonLayer`] finds the visitor code of each request, hands it to the handlers, and sets or
//! removes the cookie on the response, as the data file and the visitor's consent have it. It
//! needs no particular runtime: nothing in it waits.
//!
//! ```
//! # fn main() -> kameleoon::Result<()> {
//! # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"new_checkout",
//! #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on"}]}]}"#)?;
//! use axum::routing::{get, post};
//! use axum::{Extension, Router};
//! use kameleoon::tower::{KameleoonLayer, RequestVisitor};
//!
//! async fn checkout(Extension(visitor): Extension<RequestVisitor>) -> &'static str {
//!     match visitor.client().is_feature_active(visitor.visitor_code(), "new_checkout") {
//!         Ok(true) => "the new checkout",
//!         _ => "the one everybody knows",
//!     }
//! }
//!
//! async fn accept(Extension(visitor): Extension<RequestVisitor>) -> &'static str {
//!     match visitor.set_legal_consent(true) {
//!         Ok(()) => "thank you",
//!         Err(_) => "something went wrong",
//!     }
//! }
//!
//! let app: Router = Router::new()
//!     .route("/checkout", get(checkout))
//!     .route("/consent", post(accept))
//!     .layer(KameleoonLayer::new(client));
//! # Ok(())
//! # }
//! ```

mod future;
mod layer;
mod service;
mod visitor;

pub use future::ResponseFuture;
pub use layer::KameleoonLayer;
pub use service::KameleoonService;
pub use visitor::RequestVisitor;
