//! `make bench`: figures for the documentation, each beside a yardstick measured in the same run.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program"
)]

mod calls;
mod core;
mod device;
mod flood;
mod latency;
mod memory;
mod results;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures in one run, beside a yardstick. Results go to bench/results/NAME.json and to a table.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Clone, Copy, Subcommand)]
enum What {
    /// From a VoIP push to its report, with few and with many calls known; start of the client; memory after a million events.
    Core,
}

fn main() -> ExitCode {
    let What::Core = Arguments::parse().what.unwrap_or(What::Core);
    match core::run().and_then(|results| results.publish("core")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("zpns-bench: {problem}");
            ExitCode::FAILURE
        }
    }
}
