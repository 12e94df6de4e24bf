//! Feature flags and A/B tests of the Kameleoon platform for Rust programs that are not async.
//!
//! The client fetches the site's data file (flags, rules, segments), decides locally which variation
//! a visitor gets, keeps visitor data in memory for a while and sends what is tracked in batches.
//! Decisions are plain calls that read memory; two threads do the network.
//!
//! This page goes from the first step to operations; the [chapters] have each subject as a whole.
//!
//! - [First steps](#first-steps), [errors and defaults](#errors-and-defaults), [what a visitor is](#what-a-visitor-is)
//! - [A web server](#a-web-server), [why a decision was made](#why), [several questions](#several-questions-about-one-visitor)
//! - [The life of a client](#life-of-a-client), [what is sent](#what-is-sent), [the end](#the-end)
//! - [Tests](#without-a-network), [async programs](#async-programs), [operations](#operations)
//! - [Features](#features), [public dependencies](#public-dependencies), [what is where](#what-is-where)
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
//! # Errors and defaults
//!
//! Assume that a flag may not be there: it is usual to have code deployed before its flag exists.
//! Calls that never fail take your default, and the log says once why it was used:
//!
//! ```
//! # fn main() -> kameleoon::Result<()> {
//! # let client = kameleoon::KameleoonClient::offline("{}")?;
//! let is_new = client.is_feature_active_or("visitor", "new_checkout", false);
//! let steps = client.get_variable_or("visitor", "new_checkout", "steps", 4);
//! # assert_eq!((is_new, steps), (false, 4));
//! # Ok(())
//! # }
//! ```
//!
//! The others return a [`KameleoonError`], which says what happened, where, and what to do;
//! [`is_not_ready`](KameleoonError::is_not_ready) tells "no data file yet" from "no such flag". The chapter
//! [When something is wrong](chapters::troubleshooting) goes from symptoms to remedies.
//!
//! # What a visitor is
//!
//! A visitor code, any text of 1 to 255 characters: the same code gets the same variation, on every
//! server. What is known of the visitor is added before the evaluation, with
//! [`add_data`](KameleoonClient::add_data) ([`Browser`], [`CustomData`], [`PageView`], …) or from earlier
//! visits with [`get_remote_visitor_data`](KameleoonClient::get_remote_visitor_data), and kept in memory for
//! half an hour after the last use. [Which condition reads what](chapters::targeting) is a chapter.
//!
//! # A web server
//!
//! [`get_visitor_code`](KameleoonClient::get_visitor_code) finds the code in the request's cookies or makes
//! one, and says which cookie the response sets; with the feature `tower`, a layer does so. Sites that
//! need consent tell it with [`set_legal_consent_with`](KameleoonClient::set_legal_consent_with). Chapters:
//! [plain threads](chapters::sync_servers), [axum](chapters::axum), [consent](chapters::consent),
//! [caches](chapters::caches), [hybrid mode](chapters::hybrid), [several devices](chapters::cross_device).
//!
//! # Life of a client
//!
//! [`KameleoonClientFactory::create`] makes one client per site code and environment and starts its
//! threads; a second `create` returns the first. The client fetches its data file at once and goes on trying when that
//! fails; [`wait_init`](KameleoonClient::wait_init) waits for it and returns the cause of a failure.
//! Before the first data file every flag is unknown, and data can already be added.
//!
//! The data file is polled at the refresh interval (an hour unless configured), or kept up to date
//! by a stream when it asks for one. One that cannot be read never replaces the one in use. With
//! [`data_file_cache`](KameleoonClientConfig::data_file_cache) the last good one is kept on disk, so
//! that a server that starts while the platform is unreachable serves at once; with a
//! [`data_file_store`](KameleoonClientConfig::data_file_store) many servers share one.
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
//! # The end
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
//! [Ending cleanly](chapters::ending) has whole servers that end; [command-line tools](chapters::command_line)
//! have a chapter.
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
//! # Operations
//!
//! [`health`](KameleoonClient::health) is for readiness probes, `health().prometheus()` for a page of
//! metrics, [`set_event_handler`](KameleoonClient::set_event_handler) for what happens inside. The chapters
//! on [operations](chapters::operations) and [bounds](chapters::bounds) say what the client does during an
//! outage, what to alert on, and how much of everything is kept.
//!
//! # Async programs
//!
//! Evaluation is the same plain call. For what waits, the feature `async` has methods whose names end
//! in `_async`; see [the chapter](chapters::async_programs). For OpenFeature there is
//! [a provider](chapters::openfeature).
//!
//! # Features
//!
//! `rustls` (on by default), `native-tls` and `platform-verifier` choose the TLS library and the
//! roots; `async` adds methods that return futures; `tower`, `cookie` and `openfeature` join the crate
//! to others; `emulator` and `testing` are for tests; `full` is all of them but the choices of TLS.
//! `redis` has a store for what servers share, and `cli` is the command `kameleoon`; neither is in
//! `full`. Features only add.
//!
//! Switching on a feature, also by another crate of the program, changes nothing for those who do not use it:
//! [`TlsProvider`] is rustls unless the configuration says otherwise.
//!
//! # Public dependencies
//!
//! Types of other crates in this interface: [`Value`] and the traits of `serde` and `serde_json` 1; with the
//! feature `tower`, `http` 1, `tower-layer` 0.3 and `tower-service` 0.3; with `cookie`, the crate `cookie`
//! 0.18; with `openfeature`, `open-feature` 0.3. The last two change often: a new version of theirs is a
//! new version of this crate that breaks callers of that feature, and is announced as such. All
//! else is private and may be replaced at any time.
//!
//! # What is where
//!
//! | for | types |
//! |---|---|
//! | making a client | [`KameleoonClientFactory`], [`KameleoonClient`], [`ClientGuard`], [`KameleoonClientConfig`], [`TlsProvider`], [`TlsRoots`], [`SameSite`] |
//! | evaluating | [`VisitorHandle`], [`EvaluationOptions`], [`VariationsOptions`], [`ForcedVariationOptions`] |
//! | results | [`Variation`], [`Variations`], [`Variable`], [`VariableType`], [`DecidedBy`], [`Explanation`], [`Step`] |
//! | data about visitors | [`Data`], [`Browser`], [`Conversion`], [`Cookie`], [`CustomData`], [`Device`], [`Geolocation`], [`OperatingSystem`], [`PageView`], [`ApplicationVersion`], [`UniqueIdentifier`], [`UserAgent`]; [`AddDataOptions`], [`DataList`] |
//! | sending | [`FlushOptions`], [`FlushReport`], [`SpoolReport`], [`TrackingStats`] |
//! | web servers | [`CookieJar`], [`RequestCookies`], [`SetCookie`], [`VisitorCodeOptions`], [`LegalConsent`] |
//! | remote data | [`RemoteVisitorDataOptions`], [`RemoteVisitorDataFilter`], [`RemoteDataOptions`], [`WarehouseAudienceOptions`] |
//! | observing | [`Health`], [`ClientEvent`], [`Subscription`], [`KameleoonLogger`], [`Logger`], [`LogLevel`] |
//! | errors | [`KameleoonError`], [`RequestFailure`], [`RequestKind`] |
//! | data files | [`DataFileView`], [`FlagView`], [`RuleView`], [`DataFileDiff`], [`DataFileCheck`] |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(unreachable_pub)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

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
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod late;
mod logging;
mod nearest;
#[cfg(feature = "openfeature")]
pub mod openfeature;
mod platform;
mod reply;
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

// Last, so that the documentation shows the plain methods first.
#[cfg(feature = "async")]
mod asynchronous;

pub use check::{DataFileCheck, Finding, FindingKind};
pub use client::{
    AddDataOptions, ClientGuard, EvaluationOptions, FlushOptions, ForcedVariationOptions, Health,
    KameleoonClient, KameleoonClientFactory, Variations, VariationsIter, VariationsOptions, VisitorHandle,
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
