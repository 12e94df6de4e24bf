//! A provider for OpenFeature, the vendor-neutral interface to feature flags.
//!
//! `docs/openfeature.md` has the whole chapter.

mod context;
mod field;
mod provider;
mod shape;
mod value;

pub use provider::KameleoonProvider;
