//! The Jupyter kernel: `install` tells Jupyter about it, `run` is what Jupyter starts, `doctor` looks whether all is well.

mod bridge;
mod building;
mod dispatch;
mod doctor;
mod kernelspec;
mod run;
mod templates;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// The Headwater kernel for Jupyter: Rust cells that explore streams.
#[derive(Parser)]
#[command(name = "headwater-kernel", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tell Jupyter about this kernel: write its kernelspec (this program stays where it is)
    Install(kernelspec::Install),
    /// Remove the kernelspec, and what was compiled for its sessions
    Uninstall(kernelspec::Which),
    /// Look whether all that the kernel needs is there, and tell how to mend what is not (exit code 1 when something is broken)
    Doctor(doctor::Doctor),
    /// Run the kernel; Jupyter does this
    Run {
        /// The file in which Jupyter says where to listen
        #[arg(long, value_name = "FILE")]
        connection_file: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Install(asked) => kernelspec::install(&asked).map(|()| ExitCode::SUCCESS),
        Command::Uninstall(which) => kernelspec::uninstall(&which).map(|()| ExitCode::SUCCESS),
        Command::Doctor(asked) => doctor::doctor(&asked),
        Command::Run { connection_file } => run::run(&connection_file).map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
