//! The chapters, in the order in which most people need them.
//!
//! | chapter | |
//! |---|---|
//! | [Servers of plain threads](sync_servers), [axum] | cookies, consent, bots, in a web server |
//! | [Command-line tools](command_line) | what one run leaves for the next; ends, kill switches, cron jobs, containers |
//! | [Consent](consent), [hybrid mode](hybrid), [several devices](cross_device) | what is sent when; the engine in the page; one person on several devices |
//! | [Caches](caches) | pages with a visitor code, and pages that differ by variation |
//! | [Targeting conditions](targeting), [regular expressions](regular_expressions) | every condition and operator |
//! | [Ending cleanly](ending), [operations], [bounds] | signals and closes; threads, outages, counters; what is bounded, and how much |
//! | [Observability](observability), [alerts] | readiness, metrics, traces, the log |
//! | [A fleet](fleet) | several servers that know the same of a visitor, a relay, what thousands of processes cost |
//! | [When something is wrong](troubleshooting) | symptom, cause, remedy |
//! | [Testing](testing), [async programs](async_programs), [OpenFeature](openfeature) | the other faces |
//! | [The command](tool) | who gets what from a data file, and why |
//! | [Migration](migration) | method by method, from the Python SDK or the official Rust SDK |
//! | [The configuration file](configuration_file) | every key, with its default |
//! | [Guarantees](guarantees) | what is promised, and the test that holds it |
//! | [Performance](performance) | the figures, and what they are made of |
//!
//! The same texts are in the folder `docs` of the package. Their code is compiled and run with the
//! documentation tests; that of the chapters on servers and on observability in
//! `examples/storefront`, which has the crates that they show.

// In a chapter a link has a label, `[consent][consent]`, and at the end of the file the label stands
// for the file beside it. Here it stands for the page: of two meanings of a label the first counts.
macro_rules! links {
    () => {
        "[alerts]: crate::chapters::alerts
[async]: crate::chapters::async_programs
[axum]: crate::chapters::axum
[bounds]: crate::chapters::bounds
[caches]: crate::chapters::caches
[caches#whose-code-it-is]: crate::chapters::caches#whose-code-it-is
[client-rust]: crate::chapters::configuration_file
[command-line]: crate::chapters::command_line
[consent]: crate::chapters::consent
[cross-device]: crate::chapters::cross_device
[ending]: crate::chapters::ending
[fleet]: crate::chapters::fleet
[fleet#a-relay]: crate::chapters::fleet#a-relay
[fleet#one-data-file-for-all]: crate::chapters::fleet#one-data-file-for-all
[hybrid]: crate::chapters::hybrid
[migration]: crate::chapters::migration
[observability]: crate::chapters::observability
[observability#the-log]: crate::chapters::observability#the-log
[openfeature]: crate::chapters::openfeature
[operations]: crate::chapters::operations
[operations#counters-and-what-to-alert-on]: crate::chapters::operations#counters-and-what-to-alert-on
[operations#the-last-good-copy]: crate::chapters::operations#the-last-good-copy
[operations#the-log]: crate::chapters::operations#the-log
[performance]: crate::chapters::performance
[regular-expressions]: crate::chapters::regular_expressions
[sync-servers]: crate::chapters::sync_servers
[sync-servers#previews]: crate::chapters::sync_servers#previews
[targeting]: crate::chapters::targeting
[testing]: crate::chapters::testing
[tool]: crate::chapters::tool
[troubleshooting]: crate::chapters::troubleshooting

"
    };
}

/// A page for each file; `if`: with which features its code is a test.
macro_rules! chapters {
    ($($name:ident = $file:literal if $tested:meta;)*) => {$(
        #[cfg_attr(any(not(doctest), $tested), doc = concat!(links!(), include_str!(concat!("../docs/", $file))))]
        pub mod $name {}
    )*};
}

chapters! {
    async_programs = "async.md" if all(feature = "async", feature = "testing");
    axum = "axum.md" if any();
    bounds = "bounds.md" if all();
    caches = "caches.md" if all();
    command_line = "command-line.md" if all();
    consent = "consent.md" if all();
    cross_device = "cross-device.md" if feature = "emulator";
    ending = "ending.md" if any();
    fleet = "fleet.md" if feature = "redis";
    guarantees = "guarantees.md" if all();
    hybrid = "hybrid.md" if all();
    migration = "migration.md" if feature = "async";
    observability = "observability.md" if any();
    openfeature = "openfeature.md" if all(feature = "openfeature", feature = "testing");
    operations = "operations.md" if all();
    performance = "performance.md" if all();
    regular_expressions = "regular-expressions.md" if all();
    sync_servers = "sync-servers.md" if any();
    targeting = "targeting.md" if all();
    testing = "testing.md" if all(feature = "emulator", feature = "testing");
    tool = "tool.md" if all();
    troubleshooting = "troubleshooting.md" if all();
}

/// # The configuration file
///
/// [`KameleoonClientFactory::create_from_file`](crate::KameleoonClientFactory::create_from_file) reads
/// a file such as this one, which has every key with its default.
///
#[doc = concat!("```yaml\n", include_str!("../docs/client-rust.yaml"), "```")]
pub mod configuration_file {}

/// # Alerts
///
/// Rules for what should wake somebody, as [the chapter on observability](observability) explains them.
///
#[doc = concat!("```yaml\n", include_str!("../docs/alerts.yaml"), "```")]
pub mod alerts {}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
