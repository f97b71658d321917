//! The key report as data: what grouping by a key would do to so many workers, verdict first.

use serde::Serialize;

use crate::fixes::Fix;
use crate::keys::heat::HeatMap;
use crate::keys::input::Operator;
use crate::{KeyValue, PartitionerReport, Placement};

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
    /// Whether the sample stands for the whole.
    pub representative: bool,
    /// What is done with the rows of a key.
    pub operator: Operator,
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
    /// The shares of the most frequent key, of the ten and of the hundred most frequent ones.
    pub concentration: Concentration,
    /// What the straggler factor consists of; `None` without rows.
    pub parts: Option<SkewParts>,
    /// The straggler factor for more and fewer workers, ascending; empty without rows.
    pub curve: Vec<CurvePoint>,
    /// The same forecast for every target, this one's first; empty without rows.
    pub targets: Vec<TargetForecast>,
    /// The straggler factor after each worker's upstream combines so many rows at a time; empty without rows.
    pub combined: Vec<CombinedFactor>,
    /// The same weighted by bytes; `None` when sizes are not known.
    pub bytes: Option<ByBytes>,
    /// What the hottest worker has to hold and to do; `None` when neither rate nor window is known.
    pub hot_state: Option<HotState>,
    /// When which key came; `None` without times.
    pub heat: Option<HeatMap>,
    /// Which hash put the keys of the topic into its partitions; `None` without a topic.
    pub partitioner: Option<PartitionerReport>,
    /// What can be done, each tried on the same sample, best first; empty when nothing needs to be done.
    pub fixes: Vec<Fix>,
    /// The limits that were hit, one sentence each.
    pub limits: Vec<String>,
}

/// The shares of the most frequent keys.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Concentration {
    /// Of the most frequent one.
    pub top_1: f64,
    /// Of the ten most frequent ones.
    pub top_10: f64,
    /// Of the hundred most frequent ones.
    pub top_100: f64,
}

/// What a straggler factor consists of: each part alone, as a multiple of the mean load.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SkewParts {
    /// The most frequent key alone: its share times the workers. Below 1 it is no cause.
    pub value: f64,
    /// What the number of keys alone leads to, hot keys put aside: `1 + sqrt(2 ln P · P / N_eff)`.
    pub placement: f64,
    /// What dividing the key groups leads to, `ceil(G / P) · P / G`; 1 where there are none.
    pub rounding: f64,
}

/// The forecast for some number of workers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Workers.
    pub workers: u32,
    /// The straggler factor.
    pub factor: f64,
    /// Its 90 % interval.
    pub interval: Interval,
    /// What perfectly even keys would show in so few rows.
    pub noise_floor: f64,
    /// How many times as fast as one worker so many are: workers / factor.
    pub speed_up: f64,
}

/// The forecast for one target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetForecast {
    /// The target.
    pub placement: Placement,
    /// Its name in words.
    pub name: String,
    /// The straggler factor.
    pub factor: f64,
    /// Its 90 % interval.
    pub interval: Interval,
    /// What dividing its key groups leads to; 1 where there are none.
    pub rounding: f64,
    /// What the forecast cannot know.
    pub caveat: Option<&'static str>,
}

/// The straggler factor after combining: a key's load is then `1 − (1 − p)^m`, as often as it is in a flush of m rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CombinedFactor {
    /// Rows that are combined before they are sent on.
    pub flush_rows: u32,
    /// The straggler factor of what is sent on.
    pub factor: f64,
    /// What is sent on, of all rows.
    pub sent: f64,
}

/// The skew by bytes instead of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ByBytes {
    /// The mean size of a record, bytes.
    pub mean: f64,
    /// The key with most bytes.
    pub top: String,
    /// Its share of the bytes.
    pub top_share: f64,
    /// The straggler factor by bytes.
    pub factor: f64,
}

/// What the hottest worker has to hold and to do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HotState {
    /// Rows a second on the hottest worker: S · rate / P.
    pub rows_per_second: Option<f64>,
    /// Rows of the most frequent key within one window.
    pub rows_per_window: Option<f64>,
    /// What an operator that cannot combine keeps for it, bytes; one accumulator when it combines.
    pub bytes: Option<f64>,
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
    /// Everything was looked at: there is no sampling error.
    Whole,
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
    /// The key itself, for whoever tries fixes.
    #[serde(skip)]
    pub value: KeyValue,
    /// The key is null.
    pub is_null: bool,
    /// Its rows.
    pub count: u64,
    /// Its share of the rows.
    pub share: f64,
    /// The 90 % interval of the share.
    pub interval: Interval,
    /// The worker it lands on; `None` when the target puts it anywhere.
    pub slot: Option<u32>,
    /// It alone is surely more than what one worker should get.
    pub hot: bool,
}

/// The load of each worker.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlotForecast {
    /// How a key finds its worker.
    pub placement: Placement,
    /// The expected load of each worker, by number. Left out of JSON when there are more than 1,024.
    #[serde(skip_serializing_if = "SlotForecast::is_long")]
    pub loads: Vec<SlotLoad>,
    /// The straggler factor S: the largest load as a multiple of the mean. The most likely one, given the sample.
    pub factor: f64,
    /// The 90 % interval of S.
    pub interval: Interval,
    /// What perfectly even keys would show with so few rows, counted plainly.
    pub noise_floor: f64,
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
