//! The key report as data: what grouping by a key would do to so many workers, verdict first.

use serde::Serialize;

use crate::Placement;

/// What grouping by a key would do.
#[derive(Debug, Clone, Serialize)]
pub struct KeyReport {
    /// The key as the user wrote it.
    pub key: String,
    /// How the sample was drawn.
    pub sample: String,
    /// OK, will straggle, or not enough rows.
    pub verdict: Verdict,
    /// How bad it is.
    pub severity: Severity,
    /// What makes it so; `None` when it is OK or unknown.
    pub cause: Option<Cause>,
    /// The verdict as a sentence or two, with numbers: always the first line.
    pub sentence: String,
    /// Short remarks that the numbers call for, one sentence each.
    pub notes: Vec<String>,
    /// Workers that the forecast is for.
    pub parallelism: u32,
    /// Nobody said how many: [`crate::DEFAULT_PARALLELISM`] was taken.
    pub parallelism_assumed: bool,
    /// Rows looked at.
    pub rows: u64,
    /// Independent rows that these are worth: fewer when neighbours resemble each other.
    pub effective_rows: f64,
    /// Blocks that the sample was drawn in.
    pub blocks: u32,
    /// Where the intervals come from.
    pub basis: ErrorBasis,
    /// The most frequent keys, fifteen at most.
    pub top: Vec<KeyShare>,
    /// Keys that are not in `top`.
    pub other_keys: u64,
    /// The share of the rows that those have.
    pub other_share: f64,
    /// Different keys seen.
    pub distinct: u64,
    /// Different keys that there are at least (Chao1).
    pub distinct_at_least: u64,
    /// The share of rows whose key was seen in the sample (Good–Turing).
    pub coverage: f64,
    /// How many equally frequent keys would load workers as these do; `None` when no key came twice.
    pub effective_keys: Option<f64>,
    /// Rows whose key is null.
    pub null_rows: u64,
    /// The most workers that can share the load evenly: floor(1 / share of the top key).
    pub max_parallelism: Option<u64>,
    /// The load of each worker; `None` without rows.
    pub slots: Option<SlotForecast>,
    /// What a combining aggregation makes of the straggler factor; `None` while the operator is unknown.
    pub combined_factor: Option<f64>,
}

/// The three verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The load spreads well enough.
    Ok,
    /// One worker gets so much more than the others that they wait for it.
    WillStraggle,
    /// The sample cannot tell.
    NotEnoughRows,
}

/// How bad a skew is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Straggler factor below 1.5.
    Ok,
    /// Below 3.
    Notice,
    /// Below 5.
    Warn,
    /// 5 and more.
    Fail,
}

/// What makes one worker straggle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// One key is too frequent.
    HotKey,
    /// Too few keys for so many workers, so they land unevenly.
    FewKeys,
    /// The key groups do not divide evenly among the workers.
    Rounding,
    /// Several keys that are each heavier than most, on the same worker.
    SeveralKeys,
}

/// Where the intervals of a report come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorBasis {
    /// How much the blocks of the sample differ.
    BetweenBlocks,
    /// The binomial law: there was one block only, so bursts are not accounted for.
    Binomial,
}

/// A 90 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyShare {
    /// Its text, made safe to print, at most 64 columns wide; `null` for null.
    pub text: String,
    /// The key is null.
    pub is_null: bool,
    /// Its rows.
    pub count: u64,
    /// Its share of the rows.
    pub share: f64,
    /// The 90 % interval of the share.
    pub interval: Interval,
    /// The worker it lands on.
    pub slot: u32,
    /// It alone is surely more than what one worker should get.
    pub hot: bool,
}

/// The load of each worker.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlotForecast {
    /// How a key finds its worker.
    pub placement: Placement,
    /// The load of each worker, by number. Left out of JSON when there are more than 1,024.
    #[serde(skip_serializing_if = "SlotForecast::is_long")]
    pub loads: Vec<SlotLoad>,
    /// The straggler factor S: the largest load as a multiple of the mean.
    pub factor: f64,
    /// The 90 % interval of S.
    pub interval: Interval,
    /// What perfectly even keys would show with so few rows: a factor below this proves nothing.
    pub noise_floor: f64,
    /// What the number of keys alone leads to, hot keys put aside.
    pub placement_only: f64,
    /// What dividing the key groups leads to (1 where there are none).
    pub rounding: f64,
    /// Workers with nothing to do.
    pub idle: u32,
    /// Workers' worth of time spent waiting.
    pub wasted: f64,
    /// How many times as fast as one worker it gets.
    pub speed_up: f64,
    /// The worker with the largest load.
    pub largest: u32,
}

impl SlotForecast {
    fn is_long(loads: &[SlotLoad]) -> bool {
        loads.len() > 1_024
    }
}

/// The load of one worker, as a multiple of the mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SlotLoad {
    /// All of it.
    pub load: f64,
    /// The part that hot keys are.
    pub hot: f64,
}

/// Why no key report can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// Zero workers.
    NoWorkers,
    /// More workers than [`crate::MAX_PARALLELISM`].
    TooManyWorkers(u32),
}
