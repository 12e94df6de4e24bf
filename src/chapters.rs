//! The README and the chapters of `docs/`: their code is compiled and run with the doctests. The
//! chapters on servers and on observability are in `examples/storefront`, which has the crates that they
//! show.

#[doc = include_str!("../README.md")]
struct Readme;

#[doc = include_str!("../docs/caches.md")]
struct Caches;

#[doc = include_str!("../docs/command-line.md")]
struct CommandLine;

#[doc = include_str!("../docs/consent.md")]
struct Consent;

#[doc = include_str!("../docs/hybrid.md")]
struct Hybrid;

#[cfg(feature = "emulator")]
#[doc = include_str!("../docs/cross-device.md")]
struct CrossDevice;

#[doc = include_str!("../docs/tool.md")]
struct Tool;

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
