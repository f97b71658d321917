//! `job.toml` as the engine reads it: what an operator may change about a job, with unknown keys refused at their line.

use std::path::{Path, PathBuf};

use headwater::{Guarantee, parse_duration, parse_size, suggest};
use serde::Deserialize;

use crate::SETTINGS_FILE;
use crate::error::{ExportError, ExportErrorKind};

/// What an operator may change about a job. Relative paths have been joined to the job folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The job's name, for logs and metrics.
    pub name: String,
    /// What the job promises.
    pub guarantee: Guarantee,
    /// In how many lanes the pipeline runs; when absent, as many as the machine has cores, less the one that reads the source.
    pub parallelism: Option<usize>,
    /// How the source is read.
    pub source: SourceSettings,
    /// Where rows go.
    pub sink: SinkSettings,
    /// What becomes of records that do not decode.
    pub dead_letters: DeadLetterSettings,
    /// What becomes of rows that come too late; they are only counted when absent. Never [`DeadLetterSettings::Stop`].
    pub late: Option<DeadLetterSettings>,
    /// Where and how often progress is kept.
    pub checkpoint: CheckpointSettings,
    /// How much memory the job may take (bytes); when absent, half of what the machine or its container has.
    pub memory_limit: Option<u64>,
    /// The address that serves `/metrics`, `/healthz` and `/readyz`, such as `127.0.0.1:9464`; none when absent.
    pub metrics: Option<String>,
    /// What is counted of the keys while the job runs; nothing when absent.
    pub tap: Option<TapSettings>,
}

/// What is counted of the keys while the job runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapSettings {
    /// Which keys.
    pub count: TapCount,
    /// For how many workers the straggler factor is shown.
    pub workers: Vec<u32>,
    /// Whether metrics name the most frequent keys, which are values of the data.
    pub name_keys: bool,
}

/// Which keys are counted while the job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TapCount {
    /// Those of each group-by.
    Keys,
    /// Those, and every column that the job reads.
    Columns,
}

/// How the source is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSettings {
    /// Other brokers than the plan's.
    pub brokers: Option<String>,
    /// Where to begin when there is no checkpoint.
    pub start: StartAt,
}

/// Where a job without a checkpoint begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartAt {
    /// At the oldest record that is still there.
    #[default]
    Earliest,
    /// After the newest record.
    Latest,
}

/// Where rows go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SinkSettings {
    /// Other brokers than the plan's.
    pub brokers: Option<String>,
}

/// What becomes of records that do not decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadLetterSettings {
    /// They go to a Kafka topic, with their position and the reason as headers.
    Topic {
        /// Other brokers than the source's.
        brokers: Option<String>,
        /// The topic.
        topic: String,
    },
    /// They go to a file, a JSON object a line.
    File(PathBuf),
    /// The job stops at the first.
    Stop,
}

/// Where and how often progress is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointSettings {
    /// The folder.
    pub path: PathBuf,
    /// The time between two checkpoints, milliseconds.
    pub interval_ms: u64,
}

/// The file as it is written, before its values are checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsFile {
    name: String,
    pub(crate) fingerprint: String,
    pub(crate) plan_sha256: String,
    guarantee: Guarantee,
    parallelism: Option<toml::Spanned<usize>>,
    #[serde(default)]
    source: SourceTable,
    #[serde(default)]
    sink: SinkSettings,
    #[serde(default)]
    dead_letters: DeadLetterTable,
    #[serde(default)]
    late: LateTable,
    #[serde(default)]
    checkpoint: CheckpointTable,
    #[serde(default)]
    memory: MemoryTable,
    #[serde(default)]
    metrics: MetricsTable,
    #[serde(default)]
    tap: TapTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceTable {
    brokers: Option<String>,
    #[serde(default)]
    start: StartAt,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DeadLetterPolicyName {
    Topic,
    #[default]
    File,
    Stop,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeadLetterTable {
    #[serde(default)]
    policy: DeadLetterPolicyName,
    topic: Option<String>,
    brokers: Option<String>,
    path: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LatePolicyName {
    #[default]
    Drop,
    Topic,
    File,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LateTable {
    #[serde(default)]
    policy: LatePolicyName,
    topic: Option<String>,
    brokers: Option<String>,
    path: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointTable {
    path: Option<PathBuf>,
    interval: Option<toml::Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemoryTable {
    limit: Option<toml::Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MetricsTable {
    listen: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TapTable {
    count: Option<TapCount>,
    workers: Option<toml::Spanned<Vec<u32>>>,
    #[serde(default)]
    name_keys: bool,
}

/// More lanes than this are a slip of the pen on one machine.
const MOST_LANES: usize = 256;
/// The program alone takes about as much.
const LEAST_MEMORY: u64 = 64 << 20;
/// For how many workers the straggler factor is shown when nobody says.
const TAP_WORKERS: [u32; 2] = [8, 64];
/// More workers than this nobody has, and counting them would take too much memory.
const MOST_WORKERS: u32 = 4_096;

impl SettingsFile {
    /// Reads the text of a `job.toml`.
    pub(crate) fn parse(text: &str) -> Result<SettingsFile, ExportError> {
        toml::from_str(text).map_err(|error| refused(text, &error))
    }

    /// The settings with every value checked and every path joined to the job folder `dir`.
    pub(crate) fn settings(self, text: &str, dir: &Path) -> Result<Settings, ExportError> {
        let interval_ms = match &self.checkpoint.interval {
            None => 10_000,
            Some(interval) => parse_duration(interval.get_ref())
                .map_err(|why| at_line(text, interval.span().start, &why).hint("write it as `interval = \"10s\"`"))?,
        };
        if interval_ms == 0 {
            return Err(ExportError::new(
                ExportErrorKind::User,
                format!("`{SETTINGS_FILE}`: the checkpoint interval is 0"),
            )
            .hint("progress is kept this often: use at least `100ms`"));
        }
        let lanes = self.parallelism.as_ref();
        if let Some(wrong) = lanes.filter(|lanes| !(1..=MOST_LANES).contains(lanes.get_ref())) {
            let message = format!("`parallelism` is a number from 1 to {MOST_LANES}, not {}", wrong.get_ref());
            return Err(at_line(text, wrong.span().start, &message).hint("leave it out to use every core"));
        }
        if self.guarantee != Guarantee::AtLeastOnce {
            return Err(not_yet(self.guarantee));
        }
        Ok(Settings {
            name: self.name,
            guarantee: self.guarantee,
            parallelism: self.parallelism.map(toml::Spanned::into_inner),
            source: SourceSettings { brokers: self.source.brokers, start: self.source.start },
            sink: self.sink,
            dead_letters: self.dead_letters.settings(dir)?,
            late: self.late.settings(dir)?,
            checkpoint: CheckpointSettings {
                path: dir.join(self.checkpoint.path.unwrap_or_else(|| "checkpoints".into())),
                interval_ms,
            },
            memory_limit: self.memory.settings(text)?,
            metrics: self.metrics.listen,
            tap: self.tap.settings(text)?,
        })
    }
}

impl MemoryTable {
    fn settings(self, text: &str) -> Result<Option<u64>, ExportError> {
        let Some(limit) = self.limit else { return Ok(None) };
        let wrong = |why: &str| at_line(text, limit.span().start, why).hint("write it as `limit = \"4GiB\"`");
        match parse_size(limit.get_ref()) {
            Ok(bytes) if bytes < LEAST_MEMORY => Err(wrong("less than 64MiB is too little for any job")),
            Ok(bytes) => Ok(Some(bytes)),
            Err(why) => Err(wrong(&why)),
        }
    }
}

impl TapTable {
    fn settings(self, text: &str) -> Result<Option<TapSettings>, ExportError> {
        let Some(count) = self.count else { return Ok(None) };
        let workers = match self.workers {
            None => TAP_WORKERS.to_vec(),
            Some(workers) => {
                if workers.get_ref().iter().any(|workers| *workers == 0 || *workers > MOST_WORKERS) {
                    let message = format!("numbers of workers are from 1 to {MOST_WORKERS}");
                    return Err(at_line(text, workers.span().start, &message).hint("write them as `workers = [8, 64]`"));
                }
                workers.into_inner()
            }
        };
        Ok(Some(TapSettings { count, workers, name_keys: self.name_keys }))
    }
}

impl LateTable {
    fn settings(self, dir: &Path) -> Result<Option<DeadLetterSettings>, ExportError> {
        Ok(match self.policy {
            LatePolicyName::Drop => None,
            LatePolicyName::File => {
                Some(DeadLetterSettings::File(dir.join(self.path.unwrap_or_else(|| "late.json".into()))))
            }
            LatePolicyName::Topic => {
                let topic = self.topic.ok_or_else(|| no_topic("late", "drop"))?;
                Some(DeadLetterSettings::Topic { brokers: self.brokers, topic })
            }
        })
    }
}

/// The refusal of a table that sends to a topic without naming it.
fn no_topic(table: &str, instead: &str) -> ExportError {
    ExportError::new(
        ExportErrorKind::User,
        format!("`{SETTINGS_FILE}`: `[{table}]` has the policy `topic` but names no topic"),
    )
    .hint(format!("add `topic = \"…\"`, or use the policy `{instead}`"))
}

impl DeadLetterTable {
    fn settings(self, dir: &Path) -> Result<DeadLetterSettings, ExportError> {
        Ok(match self.policy {
            DeadLetterPolicyName::Stop => DeadLetterSettings::Stop,
            DeadLetterPolicyName::File => {
                DeadLetterSettings::File(dir.join(self.path.unwrap_or_else(|| "dead-letters.json".into())))
            }
            DeadLetterPolicyName::Topic => {
                let topic = self.topic.ok_or_else(|| no_topic("dead_letters", "file"))?;
                DeadLetterSettings::Topic { brokers: self.brokers, topic }
            }
        })
    }
}

/// The refusal of a guarantee that no part of the engine gives yet.
pub(crate) fn not_yet(guarantee: Guarantee) -> ExportError {
    ExportError::new(ExportErrorKind::User, format!("`{}` is not there yet", guarantee.name())).hint(
        "use `.at_least_once()`: after a failure no row is missing, and rows written since the last checkpoint come again",
    )
}

/// A TOML mistake with its line and, for an unknown key, the nearest one there is.
fn refused(text: &str, error: &toml::de::Error) -> ExportError {
    let start = error.span().map_or(0, |span| span.start);
    let message = error.message();
    let failure = match message.strip_prefix("unknown field ") {
        Some(rest) => at_line(text, start, &format!("unknown key {}", rest.split(',').next().unwrap_or(rest))),
        None => at_line(text, start, message),
    };
    let mut names = message.split('`').skip(1).step_by(2);
    match (message.starts_with("unknown"), names.next()) {
        (true, Some(wrong)) => {
            let known: Vec<&str> = names.collect();
            let list = known.join("`, `");
            match suggest(wrong, known.iter().copied()) {
                Some(near) => failure.hint(format!("did you mean `{near}`? there are: `{list}`")),
                None => failure.hint(format!("there are: `{list}`")),
            }
        }
        _ => failure,
    }
}

fn at_line(text: &str, offset: usize, message: &str) -> ExportError {
    let line = text.get(..offset).unwrap_or(text).matches('\n').count() + 1;
    ExportError::new(ExportErrorKind::User, format!("`{SETTINGS_FILE}` line {line}: {message}"))
}
