//! The command `kameleoon`: what a data file means, on the developer's own machine.

mod arguments;
mod check;
mod diff;
mod drain;
mod explain;
mod failure;
mod generate;
mod get;
mod known;
#[path = "../nearest.rs"]
mod nearest;
mod report;
mod serve;
mod source;
mod sources;
mod terminal;
mod visitors;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    let terminal = terminal::Terminal::new(arguments.color);
    let result = match &arguments.command {
        arguments::Command::Generate(generate) => generate.run(&terminal),
        arguments::Command::Diff(diff) => diff.run(&terminal),
        arguments::Command::Check(check) => check.run(&terminal),
        arguments::Command::Explain(explain) => explain.run(&terminal),
        arguments::Command::Get(get) => get.run(&terminal),
        arguments::Command::Serve(serve) => serve.run(&terminal),
        arguments::Command::Drain(drain) => drain.run(&terminal),
    };
    match result {
        Ok(verdict) => verdict.into(),
        Err(failure) => {
            terminal.error(&failure);
            failure::Verdict::Trouble.into()
        }
    }
}
