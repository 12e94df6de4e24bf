//! The chapters of `docs/`: their code is compiled and run with the doctests.

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
