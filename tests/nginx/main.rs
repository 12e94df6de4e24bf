//! A fleet behind a real nginx with the configuration of `docs/nginx.conf`. On a machine without
//! nginx these tests say that they did not run.

mod figures;
mod fleet;
mod rig;
