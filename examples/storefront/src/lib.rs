//! What the two demo shops have in common: the goods, the pages, and what a page asks of the
//! client. [`shop`] serves it from plain threads, [`shop_axum`] from axum.
//!
//! It runs against the emulated platform in the same process, so it needs no account.

mod answer;
mod arguments;
mod basket;
#[cfg(doctest)]
mod chapters;
mod check;
mod checkout;
mod drawing;
mod frame;
mod goods;
mod home;
mod panel;
mod product;
mod recommended;
pub mod shop;
pub mod shop_axum;
mod simulation;
mod store;
mod tracked;
mod visit;

pub(crate) use answer::{Answer, field};
pub(crate) use arguments::Arguments;
pub(crate) use check::check;
pub(crate) use checkout::{buy, checkout, thanks};
pub(crate) use frame::missing;
pub(crate) use home::home;
pub(crate) use product::{change_basket, product};
pub(crate) use simulation::simulate;
pub(crate) use store::Shop;
pub(crate) use tracked::tracked;
pub(crate) use visit::{Visit, consent};

/// The style sheet of all pages.
pub(crate) const STYLE: &str = include_str!("style.css");
