//! The Jupyter kernel: `install` tells Jupyter about it, `run` is what Jupyter starts.

mod bridge;
mod building;
mod dispatch;
mod install;
mod run;

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
    /// Tell Jupyter about this kernel (it stays where it is)
    Install(install::Where),
    /// Run the kernel; Jupyter does this
    Run {
        /// The file in which Jupyter says where to listen
        #[arg(long, value_name = "FILE")]
        connection_file: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Install(place) => install::install(&place).map(|folder| {
            println!("Installed the kernelspec `headwater` in {}", folder.display());
        }),
        Command::Run { connection_file } => run::run(&connection_file),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
