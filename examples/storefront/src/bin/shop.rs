//! The shop on plain threads.

use std::process::ExitCode;

fn main() -> ExitCode {
    storefront::shop::main()
}
