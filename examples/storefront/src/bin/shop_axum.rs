//! The shop on axum.

use std::process::ExitCode;

fn main() -> ExitCode {
    storefront::shop_axum::main()
}
