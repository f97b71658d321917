//! The arguments of `headwater profile` and `headwater tapes`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const PROFILE_EXAMPLES: &str = "Examples:
  headwater profile kafka://localhost:9092/orders             what is in the topic
  headwater profile 'data/*.parquet' --key origin -p 64       what grouping by `origin` would do to 64 workers
  headwater profile orders.json --key city,product --target flink:128
  headwater profile orders.json --key 'lower(city), hash(order_id) % 8'
  headwater profile kafka://localhost:9092/orders --name monday --pin baselines/orders.json
  headwater profile kafka://localhost:9092/orders --vs baselines/orders.json
  headwater profile monday --key city --top-share-below 0.1 --keys-at-least 640 --json=report.json

A source is read without a consumer group: nothing is committed or written to it. Exit codes: 0 all went well, 2 the command
has to be changed, 3 a contract or the comparison with the baseline failed, 4 a broker, a disk or a file failed.";

/// What to look at, and what to look for.
#[derive(Debug, Args)]
#[command(after_help = PROFILE_EXAMPLES)]
pub(crate) struct Profile {
    /// A topic (`kafka://host:port/topic`), files (a path or a glob), or a tape (its name or its file).
    pub(crate) source: String,
    /// The format of the records, where their name does not say it.
    #[arg(long, value_enum)]
    pub(crate) format: Option<FormatArg>,
    /// Forecast what grouping by this key does: a column or a SQL expression, or several with commas. Can be given several times.
    #[arg(long, short, value_name = "KEY")]
    pub(crate) key: Vec<String>,
    /// How many workers the forecast is for.
    #[arg(long, short, value_name = "WORKERS")]
    pub(crate) parallelism: Option<u32>,
    /// Whose hash finds the worker of a key: headwater, kafka, librdkafka, flink, flink:KEYGROUPS or spark.
    #[arg(long, default_value = "headwater")]
    pub(crate) target: String,
    /// Compare with a baseline: the file that `--pin` wrote.
    #[arg(long, value_name = "BASELINE")]
    pub(crate) vs: Option<PathBuf>,
    /// How often the comparison may be wrong, such as "1 false alarm per week".
    #[arg(long, value_name = "WORDS", requires = "vs")]
    pub(crate) budget: Option<String>,
    /// Write what is seen now as a baseline to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) pin: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) contract: Contract,
    #[command(flatten)]
    pub(crate) sample: Sampling,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// What is promised about the keys; exit code 3 when it does not hold.
#[derive(Debug, Args)]
#[command(next_help_heading = "Contract of the keys")]
pub(crate) struct Contract {
    /// No key has this share of the rows or more, such as 0.1.
    #[arg(long, value_name = "SHARE", requires = "key", value_parser = share)]
    pub(crate) top_share_below: Option<f64>,
    /// There are at least so many keys.
    #[arg(long, value_name = "KEYS", requires = "key")]
    pub(crate) keys_at_least: Option<u64>,
    /// At so many workers the busiest one gets less than so many times the mean, such as 64:2.0.
    #[arg(long, value_name = "WORKERS:FACTOR", requires = "key", value_parser = straggler)]
    pub(crate) straggler_below: Option<(u32, f64)>,
}

/// Which part of the source is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sample")]
pub(crate) struct Sampling {
    /// At most so many records.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rows: u64,
    /// At most this much, such as 64MiB.
    #[arg(long, default_value = "64MiB")]
    pub(crate) bytes: String,
    /// At most so long.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seconds: u64,
    /// From where: stratified, latest, earliest, or a range of broker time such as 2026-11-15T00:00..2026-11-16.
    #[arg(long, default_value = "stratified", value_name = "WHERE")]
    pub(crate) from: String,
    /// Keep the sample as a tape of this name; `headwater profile NAME` looks at it again.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Read everything there is now instead of a sample, in bounded memory.
    #[arg(long, conflicts_with_all = ["rows", "bytes", "seconds", "from", "name", "vs", "pin"])]
    pub(crate) all_rows: bool,
}

/// How the report is given.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct Output {
    /// The columns, sorted: order (as found), name, missing or nonuniform.
    #[arg(long, default_value = "order")]
    pub(crate) sort: String,
    /// Only these paths, with commas; `user.*` names all below `user`.
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Show no value of the data: forms, lengths and shares only. Not with --vs, whose findings are values.
    #[arg(long, conflicts_with = "vs")]
    pub(crate) redact: bool,
    /// Write the report as one HTML page that needs nothing else.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print the report as JSON instead, or write it to a file.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    pub(crate) json: Option<PathBuf>,
    /// How wide the report may be, in columns; the terminal's width, or 100.
    #[arg(long, value_parser = clap::value_parser!(u16).range(40..=400))]
    pub(crate) width: Option<u16>,
}

/// The formats of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// A JSON object a record, or a line.
    Json,
    /// Comma-separated values.
    Csv,
    /// Apache Parquet files.
    Parquet,
}

/// The recordings that are kept.
#[derive(Debug, Args)]
#[command(
    after_help = "Tapes lie in the folder $HEADWATER_TAPES, or `headwater/tapes` in the folder for caches. Those without a name make room
for new ones when all together take more than 2 GiB; those with a name stay until they are removed.

Examples:
  headwater tapes                 what there is, the newest first
  headwater tapes show monday     how it was drawn
  headwater tapes remove monday
  headwater profile monday        look at it"
)]
pub(crate) struct Tapes {
    /// What to do.
    #[command(subcommand)]
    pub(crate) what: Option<TapesCommand>,
}

/// What to do with tapes.
#[derive(Debug, Subcommand)]
pub(crate) enum TapesCommand {
    /// Show what there is, the newest first.
    List,
    /// Say how a tape was drawn.
    Show {
        /// Its name, or the beginning of its key.
        name: String,
    },
    /// Remove a tape.
    Remove {
        /// Its name, or the beginning of its key.
        name: String,
    },
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|share: &f64| *share > 0.0 && *share <= 1.0);
    number.ok_or_else(|| "a share is a number above 0 and at most 1, such as 0.1".to_owned())
}

fn straggler(text: &str) -> Result<(u32, f64), String> {
    let parts = text.split_once(':').and_then(|(workers, factor)| Some((workers.parse().ok()?, factor.parse().ok()?)));
    let valid = parts.filter(|(workers, factor): &(u32, f64)| *workers > 0 && *factor > 1.0 && factor.is_finite());
    valid.ok_or_else(|| "give workers and a factor above 1, such as 64:2.0".to_owned())
}
