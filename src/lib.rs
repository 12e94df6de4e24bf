//! Feature flags and A/B tests of the Kameleoon platform for Rust programs that are not async.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(unreachable_pub)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calendar;
mod client;
mod clock;
mod config;
mod data;
mod datafile;
#[cfg(feature = "emulator")]
pub mod emulator;
mod error;
mod evaluation;
mod events;
mod factory;
#[cfg(any(feature = "emulator", feature = "testing"))]
mod form;
mod hashing;
mod identity;
mod lenient;
mod logging;
mod net;
mod number;
mod platform;
mod profile;
mod remote;
mod stripe;
mod targeting;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;
mod tracking;
mod updater;
mod visitor;
mod web;

pub use client::{
    AddDataOptions, EvaluationOptions, ForcedVariationOptions, KameleoonClient, Variations, VariationsIter,
    VariationsOptions, VisitorHandle,
};
pub use config::{DEFAULT_CONFIG_PATH, KameleoonClientConfig, SameSite, TlsProvider, TlsRoots};
pub use data::{
    ApplicationVersion, Browser, BrowserType, Conversion, Cookie, CustomData, Data, DataList, Device,
    DeviceType, Geolocation, OperatingSystem, OperatingSystemType, PageView, UniqueIdentifier, UserAgent,
};
pub use datafile::{DataFileView, FlagView, RuleView, Variable, VariableType, Variation, VariationView};
pub use error::{KameleoonError, RequestFailure, RequestKind, Result};
pub use evaluation::Explanation;
pub use events::{ClientEvent, DataFileOrigin};
pub use factory::KameleoonClientFactory;
pub use logging::{KameleoonLogger, LogLevel, Logger};
pub use remote::{
    RemoteDataOptions, RemoteVisitorDataFilter, RemoteVisitorDataOptions, WarehouseAudienceOptions,
};
pub use targeting::{ConditionTrace, Step};
pub use tracking::{FlushReport, TrackingStats};
pub use web::{CookieJar, RequestCookies, SetCookie, VisitorCodeOptions};
