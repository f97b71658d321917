//! The command `headwater`: profiles sources, runs exported jobs, checks them, and makes data to try things on.

mod args;
mod check;
mod exit_code;
mod explain;
mod failure;
mod generate;
mod job;
mod logs;
mod metrics;
mod orders;
mod preview;
mod producer;
mod profile;
mod prometheus;
mod run;
mod sandbox;
mod signals;
mod watching;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command, Generate};

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Check(args) => check::check(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Preview(args) => preview::preview(&args),
        Command::Profile(args) => profile::profile(&args),
        Command::Tapes(args) => profile::tapes::tapes(&args),
        Command::Sandbox(args) => sandbox::sandbox(&args),
        Command::Generate { what: Generate::Orders(args) } => generate::generate(&args),
    };
    match outcome {
        Ok(()) => ExitCode::from(exit_code::OK),
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code)
        }
    }
}
