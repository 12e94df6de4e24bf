//! What the crate's documentation says about servers, and about crates that take measurements: its code
//! is compiled here, where they are.

#[doc = include_str!("../../../docs/sync-servers.md")]
struct SyncServers;

#[doc = include_str!("../../../docs/axum.md")]
struct Axum;

#[doc = include_str!("../../../docs/ending.md")]
struct Ending;

#[doc = include_str!("../../../src/tower/axum.md")]
struct Layer;

#[doc = include_str!("../../../docs/observability.md")]
struct Observability;
