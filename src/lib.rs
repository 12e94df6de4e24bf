//! Feature flags and A/B tests of the Kameleoon platform for Rust programs that are not async.
//!
//! The client fetches the site's data file (flags, rules, segments), decides locally which variation
//! a visitor gets, keeps visitor data in memory for a while and sends what is tracked in batches.
//! Decisions are plain calls that read memory; two threads do the network.
//!
//! # First steps
//!
//! ```no_run
//! use std::time::Duration;
//! use kameleoon::{Browser, BrowserType, CustomData, KameleoonClientConfig, KameleoonClientFactory};
//!
//! # fn main() -> kameleoon::Result<()> {
//! let config = KameleoonClientConfig::new("client-id", "client-secret").top_level_domain("example.com");
//! let client = KameleoonClientFactory::create("a8st4f59bj", config)?;
//! // Sends what is left on whatever way this ends, within two seconds.
//! let client = client.close_on_drop(Duration::from_secs(2));
//! client.wait_init(Duration::from_secs(5))?;
//!
//! // What is known of the visitor decides about targeting, and filters reports.
//! client.add_data("visitor", (Browser::new(BrowserType::Chrome), CustomData::named("plan", ["premium"])))?;
//!
//! // The variation, with its variables; the exposure is sent within a second.
//! let variation = client.get_variation("visitor", "new_checkout")?;
//! if variation.is_active() {
//!     let title = variation.variable("title").and_then(|variable| variable.as_str()).unwrap_or("Checkout");
//!     println!("{title}");
//! }
//!
//! client.track_conversion("visitor", 83023)?;
//! # Ok(())
//! # }
//! ```
//!
//! Assume that a flag may not be there: it is usual to have code deployed before its flag exists.
//! Every error of an evaluation is one of [`KameleoonError`]'s first variants, and
//! `unwrap_or(false)` on [`is_feature_active`](KameleoonClient::is_feature_active) is good style.
//!
//! # Life of a client
//!
//! [`KameleoonClientFactory::create`] makes one client per site code and starts its threads; a second
//! `create` returns the first. The client fetches its data file at once and goes on trying when that
//! fails; [`wait_init`](KameleoonClient::wait_init) waits for it and returns the cause of a failure.
//! Before the first data file every flag is unknown, and data can already be added.
//!
//! The data file is polled at the refresh interval (an hour unless configured), or kept up to date
//! by a stream when it asks for one. One that cannot be read never replaces the one in use. With
//! [`data_file_cache`](KameleoonClientConfig::data_file_cache) the last good one is kept on disk, so
//! that a server that starts while the platform is unreachable serves at once.
//!
//! [`forget`](KameleoonClientFactory::forget) and [`close`](KameleoonClient::close) send what is left
//! within a bound and end the threads. Dropping your handles does not, since the factory keeps one of its
//! own. A process that ends takes unsent data with it, so keep a guard in `main`, which closes the client
//! on whatever way `main` ends: [`close_on_drop`](KameleoonClient::close_on_drop).
//! [`std::process::exit`] drops nothing; end by [`ClientGuard::exit`] or
//! [`KameleoonClientFactory::exit`] there.
//!
//! Programs that are short and start often, as command-line tools do, set
//! [`short_lived`](KameleoonClientConfig::short_lived): what one run leaves lies in a folder for the
//! next, a start makes no request while its copy of the flags is fresh, and what cannot be sent in time is
//! kept.
//!
//! # What is sent
//!
//! Evaluations are tracked unless [`EvaluationOptions::track`] says otherwise. Tracked visitors are
//! reported once per tracking interval (a second at most). A request that fails is repeated; during
//! an outage data are kept, and [`tracking_stats`](KameleoonClient::tracking_stats) tells where every
//! piece is: `accepted == sent + replaced + given_up + refused + unconsented + spooled + pending + withheld`.
//! [`flush_and_wait`](KameleoonClient::flush_and_wait) waits until everything has arrived, or says
//! what has not.
//!
//! # Several questions about one visitor
//!
//! [`KameleoonClient::visitor`] gives a handle that checks the visitor code once and has the visitor's
//! entry at hand. [`get_variations`](KameleoonClient::get_variations) evaluates all flags at once.
//!
//! # Why
//!
//! [`explain`](KameleoonClient::explain) shows what an evaluation looked at: rules, conditions, hashes.
//! It is made by the same code as the decision and costs nothing when it is not asked for.
//!
//! # Without a network
//!
//! [`KameleoonClient::offline`] evaluates a data file from memory, for tools and tests. The features
//! `testing` and `emulator` have more for tests of programs that use this crate.
//!
//! # Before a data file is in use
//!
//! [`DataFileDiff`] tells which visitors get something else from a new data file, and why;
//! [`DataFileCheck`] what is wrong with one. The command `kameleoon` prints both, explains decisions
//! and writes typed Rust from a data file.
//!
//! # Log
//!
//! Messages go to the [`log`] facade under the target `kameleoon`, or to standard error when the
//! program has set up no logger. [`KameleoonLogger`] sets the level (warnings, unless told otherwise)
//! and can take a logger of the program's own; a client may have a logger and a level for itself.
//! Secrets, tokens and visitor codes are never logged.
//!
//! # Features
//!
//! `rustls` (on by default), `native-tls` and `platform-verifier` choose the TLS library and the
//! roots; `async` adds methods that return futures; `tower`, `cookie` and `openfeature` join the crate
//! to others; `emulator` and `testing` are for tests; `full` is all of them but the choices of TLS.
//! `redis` has a store for what servers share, and `cli` is the command `kameleoon`; neither is in
//! `full`. Features only add.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(unreachable_pub)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "async")]
mod asynchronous;
mod atomic64;
mod chance;
#[cfg(any(doc, doctest))]
pub mod chapters;
mod check;
mod client;
mod clock;
mod config;
mod data;
mod decision;
mod diff;
mod disk;
#[cfg(feature = "emulator")]
pub mod emulator;
mod error;
pub mod fleet;
mod logging;
mod nearest;
#[cfg(feature = "openfeature")]
pub mod openfeature;
mod platform;
mod sleeper;
mod stripe;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;
mod user_folder;
mod visitor;
mod visitor_code_file;
mod web;

pub use check::{DataFileCheck, Finding, FindingKind};
pub use client::{
    AddDataOptions, ClientGuard, EvaluationOptions, FlushOptions, ForcedVariationOptions, Health,
    KameleoonClient,
    KameleoonClientFactory, Variations, VariationsIter, VariationsOptions, VisitorHandle,
};
pub use config::{DEFAULT_CONFIG_PATH, KameleoonClientConfig, SameSite, TlsProvider, TlsRoots};
pub use data::{
    ApplicationVersion, Browser, BrowserType, Conversion, Cookie, CustomData, CustomDataValues, Data,
    DataList, Device, DeviceType, Geolocation, LegalConsent, OperatingSystem, OperatingSystemType, PageView,
    UniqueIdentifier, UserAgent,
};
pub use decision::datafile::{
    CustomDataView, DataFileView, DecidedBy, FlagView, RuleView, Variable, VariableType, Variation,
    VariationView,
};
pub use decision::evaluation::Explanation;
pub use decision::targeting::{ConditionTrace, Step};
pub use diff::{ChangeKind, DataFileDiff, DiffOptions, FlagChange, FlagDiff, Flow, Move, MoveCause};
pub use error::{KameleoonError, RequestFailure, RequestKind, Result};
pub use logging::{KameleoonLogger, LogLevel, Logger};
pub use platform::events::{ClientEvent, DataFileOrigin, EvaluationEvent, Subscription};
pub use platform::remote::{
    RemoteDataOptions, RemoteVisitorDataFilter, RemoteVisitorDataOptions, WarehouseAudienceOptions,
};
pub use platform::tracking::{FlushReport, SpoolReport, TrackingStats};
/// Any JSON, as variables and remote data hold it: the type of the crate `serde_json`.
pub use serde_json::Value;
pub use visitor_code_file::VisitorCodeFile;
pub use web::{CookieJar, RequestCookies, SetCookie, VisitorCodeOptions};
