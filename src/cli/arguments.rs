//! The arguments of all commands.

use clap::{Parser, Subcommand};

use super::check::Check;
use super::diff::Diff;
use super::drain::Drain;
use super::explain::Explain;
use super::generate::Generate;
use super::get::Get;
use super::serve::Serve;
use super::terminal::Color;

const AFTER_HELP: &str = "\
A data file is a path, `-` for standard input, or `@` for the platform's (`@staging`: that of an
environment), which needs --site-code.

Exit codes: 0 all is well; 1 something was found, differs or is past its bound; 2 there is no
answer, since an argument is wrong or a file cannot be read.

Examples:
  kameleoon get shop.json anna                       what the visitor anna gets
  kameleoon explain shop.json anna new_checkout      and why
  kameleoon diff old.json new.json --html diff.html  who gets something else
  kameleoon check shop.json --src .                  what is wrong with the file, and with the code
  kameleoon generate shop.json --out src/flags.rs    typed Rust from the file
  kameleoon serve shop.json --port 8080              the platform, emulated
  kameleoon drain ~/.cache/tool --site-code a8st     what a spool holds, sent on";

/// Feature flags of the Kameleoon platform on your own machine: what a data file means.
#[derive(Debug, Parser)]
#[command(name = "kameleoon", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(super) struct Arguments {
    /// When to use colours; `auto`: on a terminal, unless the variable NO_COLOR is set
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    pub(super) color: Color,

    #[command(subcommand)]
    pub(super) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Get(Get),
    Explain(Explain),
    Diff(Diff),
    Check(Check),
    Generate(Generate),
    Serve(Serve),
    Drain(Drain),
}
