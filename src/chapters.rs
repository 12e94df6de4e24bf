//! The README and the chapters of `docs/`: their code is compiled and run with the doctests.

#[doc = include_str!("../README.md")]
struct Readme;

#[doc = include_str!("../docs/sync-servers.md")]
struct SyncServers;

#[cfg(feature = "tower")]
#[doc = include_str!("../docs/axum.md")]
struct Axum;

#[doc = include_str!("../docs/consent.md")]
struct Consent;

#[doc = include_str!("../docs/hybrid.md")]
struct Hybrid;

#[doc = include_str!("../docs/cross-device.md")]
struct CrossDevice;

#[cfg(all(feature = "async", feature = "testing"))]
#[doc = include_str!("../docs/async.md")]
struct Async;

#[cfg(feature = "async")]
#[doc = include_str!("../docs/migration.md")]
struct Migration;

#[cfg(all(feature = "openfeature", feature = "testing"))]
#[doc = include_str!("../docs/openfeature.md")]
struct OpenFeature;

#[cfg(all(feature = "emulator", feature = "testing"))]
#[doc = include_str!("../docs/testing.md")]
struct Testing;
