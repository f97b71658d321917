//! The command line: what can be asked of `headwater`, and the help that says so.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::profile::args::{Profile, Tapes};

/// Look at streams, and run the jobs that were exported from a Headwater notebook.
#[derive(Debug, Parser)]
#[command(name = "headwater", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  headwater sandbox                             a Kafka to try things on, with orders flowing in
  headwater profile kafka://localhost:9092/orders --key city -p 64
  headwater run jobs/city-revenue               run a job until it is stopped
  headwater run jobs/city-revenue --until-end   stop at the end of what is there now
  headwater check jobs/city-revenue             does it still give what the notebook showed?

Exit codes: 0 all went well, 1 a fault of Headwater, 2 the command line, the job or its settings have to
be changed, 3 `check` found a difference, or a check of the pipeline (`preview`) or a contract (`profile`) failed, 4 a broker, a disk or a file failed, 5 a checkpoint was refused.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a job, until stopped: SIGTERM and Ctrl-C stop it cleanly, with a checkpoint.
    Run(Run),
    /// Replay the sample that was exported with a job and compare with what the notebook showed.
    Check(Job),
    /// Say what a job does, step by step, with the columns of each step.
    Explain(Job),
    /// Show what a job would write for a sample of its source; nothing is written or committed.
    Preview(Preview),
    /// Say what is in a topic, files or a tape, and what grouping by a key would do to parallel workers.
    Profile(Profile),
    /// List, show or remove the recordings that are kept.
    Tapes(Tapes),
    /// Run a Kafka in this process, fill a topic with orders, and keep them flowing.
    Sandbox(Sandbox),
    /// Make data.
    Generate {
        /// Of which kind.
        #[command(subcommand)]
        what: Generate,
    },
}

/// Which job.
#[derive(Debug, Args)]
pub(crate) struct Job {
    /// The job folder, as `.export(…)` wrote it.
    pub(crate) job: PathBuf,
}

/// How to run a job.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The job folder, as `.export(…)` wrote it.
    pub(crate) job: PathBuf,
    /// Stop at the offsets found at the start, and close every window.
    #[arg(long)]
    pub(crate) until_end: bool,
    /// Log JSON objects, one a line, instead of text.
    #[arg(long)]
    pub(crate) json_logs: bool,
    /// Serve /metrics, /healthz and /readyz here, whatever job.toml says.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) metrics: Option<String>,
    /// Stop, as by SIGTERM, when standard input ends: so a job ends with the program that started it, however that one ends.
    #[arg(long)]
    pub(crate) stop_with_stdin: bool,
}

/// How to preview a job.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// The job folder, as `.export(…)` wrote it.
    pub(crate) job: PathBuf,
    /// How many rows to print, as JSON objects, one a line.
    #[arg(long, default_value_t = 20)]
    pub(crate) rows: usize,
    /// How many records of the source to look at.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) sample: u64,
}

/// How the sandbox runs.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// The address that clients connect to.
    #[arg(long, default_value = "127.0.0.1:9092")]
    pub(crate) listen: String,
    /// Orders a second that keep flowing in, 0 for none.
    #[arg(long, default_value_t = 20)]
    pub(crate) rate: u32,
    /// Orders that are there from the start.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) rows: u64,
    /// The seed of the orders.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// A file that gets the address once everything is ready, for scripts.
    #[arg(long, value_name = "FILE")]
    pub(crate) write_brokers: Option<PathBuf>,
}

/// Which data to make.
#[derive(Debug, Subcommand)]
pub(crate) enum Generate {
    /// Orders with everything that real streams have wrong with them; the same for the same seed.
    Orders(Orders),
}

/// How to make orders.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("to").required(true).args(["brokers", "out"])))]
pub(crate) struct Orders {
    /// The Kafka to write to: `host:port`, several with commas.
    #[arg(long)]
    pub(crate) brokers: Option<String>,
    /// The file to write to instead, one order a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The topic.
    #[arg(long, default_value = "orders")]
    pub(crate) topic: String,
    /// How many orders.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) rows: u64,
    /// Another seed gives other orders.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Make the topic first, if it is not there.
    #[arg(long, requires = "brokers")]
    pub(crate) create_topic: bool,
    /// With --create-topic: its partitions; the last one stays empty.
    #[arg(long, default_value_t = 6)]
    pub(crate) partitions: u32,
}
