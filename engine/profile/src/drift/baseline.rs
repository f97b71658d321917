//! A baseline: what a stream looked like when somebody said that this is how it should look. A file that people review.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::drift::report::BaselineNote;

/// The word by which a baseline file is known.
pub(crate) const FORMAT: &str = "headwater-baseline";
/// The version of the format that this program writes, and the newest it reads.
pub const BASELINE_VERSION: u32 = 1;
/// The largest file that is read (bytes): a baseline of 200 columns is under 4 MB.
const LARGEST: u64 = 64 << 20;

/// What a stream looked like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Always `headwater-baseline`.
    pub format: String,
    /// The version of this format.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// Where it is from.
    pub provenance: Provenance,
    /// Its rows.
    pub rows: u64,
    /// Rows of each window that the figures below were measured with.
    pub window_rows: u32,
    /// Records that did not decode.
    pub undecodable: RateBaseline,
    /// Records that came too late; `None` when that was not looked at.
    pub late: Option<RateBaseline>,
    /// Rows a second; `None` when the sample cannot tell.
    pub volume: Option<VolumeBaseline>,
    /// Each path.
    pub columns: Vec<ColumnBaseline>,
    /// Each key that was asked for.
    pub keys: Vec<KeyBaseline>,
}

/// Where a baseline is from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The topic, the file or the step it was made from.
    pub source: String,
    /// The line that says how the sample was drawn.
    pub sample: String,
    /// Whether that sample can stand for the stream (the first rows of a topic cannot).
    pub representative: bool,
    /// The fingerprint of the plan whose rows they are.
    pub fingerprint: Option<String>,
    /// The plan in words: its name, or the notebook and cell that pinned it.
    pub plan: Option<String>,
    /// When it was pinned (epoch ms).
    pub pinned_ms: Option<i64>,
    /// The time of its first row (epoch ms).
    pub from_ms: Option<i64>,
    /// The time of its last row (epoch ms).
    pub to_ms: Option<i64>,
}

/// A rate: so many of so many.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateBaseline {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The design effect φ of windows at each scale (1, 2, 4, … windows): 1 for independent rows, more for bursts.
    pub phi: Vec<f64>,
}

/// Rows a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeBaseline {
    /// Rows counted.
    pub rows: u64,
    /// In so many ms.
    pub span_ms: u64,
    /// The design effect φ over Poisson, at each scale.
    pub phi: Vec<f64>,
}

/// One path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnBaseline {
    /// The path, as the shape report writes it.
    pub path: String,
    /// The family of its values' types: `text`, `number`, `bool`, `time`, `bytes`, `list`, `object`, or `nothing`.
    pub family: String,
    /// How often the path was absent, of its chances (rows, or the elements of the list it is in).
    pub absent: RateBaseline,
    /// How often it was null, where present.
    pub null: RateBaseline,
    /// How often its value was of another family, of those that are not null.
    pub off_type: RateBaseline,
    /// How its values are distributed; `None` where that says nothing (times, counters, objects).
    pub cells: Option<CellsBaseline>,
    /// How often a value comes that was not seen before: Good–Turing's f1 / n. `None` for numbers and for domains too open to keep.
    pub new_values: Option<NewValuesBaseline>,
    /// No value came twice in all rows: duplicates are a finding.
    pub unique: bool,
    /// Different values of a window; `None` where the sample has too few windows to tell.
    pub distinct: Option<WindowStatistic>,
}

/// A distribution: the shares of at most 20 cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellsBaseline {
    /// What the cells are.
    pub cells: Cells,
    /// How many values fell in each; the last cell of values is "other".
    pub counts: Vec<u64>,
    /// The design effect φ at each scale: the mean over windows of χ² / (K − 1), 1 at least, and so large that the baseline does
    /// not alarm against itself.
    pub phi: Vec<f64>,
    /// How many times as large φ is for each cell; empty: 1 for all.
    pub uneven: Vec<f64>,
}

/// What the cells of a distribution are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Cells {
    /// The most frequent values, 19 at most, and one cell more for all others.
    Values(Vec<KnownValue>),
    /// The edges between the deciles of numbers (of lists: of their lengths), one cell more than there are edges. A value on an
    /// edge is below it.
    Edges(Vec<f64>),
}

/// A value that a baseline names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownValue {
    /// Its text, made safe to print; `#` and its hash in a redacted baseline.
    pub text: String,
    /// Its hash, by which it is found again (16 hex digits).
    pub hash: String,
}

/// What is known of values never seen before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewValuesBaseline {
    /// Values that came once, of all: the chance that the next row's value is a new one.
    pub once: RateBaseline,
    /// The hashes of all values seen (8 hex digits each, one behind the other).
    pub known: String,
}

/// A number that each full window has one of, compared at equal rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowStatistic {
    /// Its mean over the windows.
    pub mean: f64,
    /// Its standard deviation between windows, bursts that span several windows included.
    pub deviation: f64,
    /// From how many windows.
    pub windows: u32,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyBaseline {
    /// The key as it was asked for: its columns.
    pub columns: Vec<String>,
    /// The workers that the straggler factor is for.
    pub workers: u32,
    /// The share of the most frequent key, of all rows.
    pub top_share: f64,
    /// How many equally frequent keys they are worth; `None` when no key came twice.
    pub effective_keys: Option<f64>,
    /// The straggler factor S at so many workers, by this engine's placement.
    pub straggler: f64,
    /// The most frequent keys with their shares, 50 at most.
    pub top: Vec<(KnownValue, f64)>,
    /// The share of the most frequent key, window by window.
    pub top_share_windows: Option<WindowStatistic>,
    /// The effective number of keys, window by window.
    pub effective_keys_windows: Option<WindowStatistic>,
    /// The straggler factor, window by window (noise of so few rows included, which is the same in every window).
    pub straggler_windows: Option<WindowStatistic>,
}

/// Why a baseline cannot be read or written.
#[derive(Debug)]
pub enum BaselineError {
    /// The file cannot be read.
    Read(PathBuf, io::Error),
    /// The file cannot be written.
    Write(PathBuf, io::Error),
    /// The file is something else.
    NotABaseline(PathBuf, String),
    /// The file was written by a newer program: its version.
    Newer(PathBuf, u32),
    /// The file is of a baseline, but broken: where and how.
    Damaged(PathBuf, String),
}

impl Baseline {
    /// Reads a file that [`Baseline::save`] wrote.
    pub fn open(path: &Path) -> Result<Self, BaselineError> {
        let read = |error| BaselineError::Read(path.into(), error);
        if fs::metadata(path).map_err(read)?.len() > LARGEST {
            return Err(BaselineError::NotABaseline(path.into(), format!("larger than {} MiB", LARGEST >> 20)));
        }
        let bytes = fs::read(path).map_err(read)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| BaselineError::NotABaseline(path.into(), "binary, where JSON belongs".into()))?;
        Self::parse(&text, path)
    }

    /// The same from text; `path` is for the errors.
    pub fn parse(text: &str, path: &Path) -> Result<Self, BaselineError> {
        /// What every version has.
        #[derive(Deserialize)]
        struct Head {
            format: Option<String>,
            version: Option<u32>,
        }
        let damaged = |error: serde_json::Error| BaselineError::Damaged(path.into(), error.to_string());
        if text.trim().is_empty() {
            return Err(BaselineError::NotABaseline(path.into(), "empty".into()));
        }
        let head: Head = serde_json::from_str(text).map_err(damaged)?;
        if head.format.as_deref() != Some(FORMAT) {
            return Err(BaselineError::NotABaseline(path.into(), format!("without `\"format\": \"{FORMAT}\"`")));
        }
        match head.version {
            Some(BASELINE_VERSION) => {}
            Some(newer) if newer > BASELINE_VERSION => return Err(BaselineError::Newer(path.into(), newer)),
            _ => return Err(BaselineError::Damaged(path.into(), "`version` is not a version".into())),
        }
        let baseline: Self = serde_json::from_str(text).map_err(damaged)?;
        baseline.inconsistency().map_or(Ok(baseline), |why| Err(BaselineError::Damaged(path.into(), why)))
    }

    /// Writes the file whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), BaselineError> {
        let write = |error| BaselineError::Write(path.into(), error);
        let mut text = serde_json::to_string_pretty(self).map_err(|error| write(io::Error::other(error)))?;
        text.push('\n');
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(write)?;
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        fs::write(&beside, text).and_then(|()| fs::rename(&beside, path)).map_err(write)
    }

    /// Where it is from, for the header of a report.
    pub fn note(&self) -> BaselineNote {
        BaselineNote {
            name: self.name.clone(),
            source: self.provenance.source.clone(),
            sample: self.provenance.sample.clone(),
            fingerprint: self.provenance.fingerprint.clone(),
            pinned_ms: self.provenance.pinned_ms,
            rows: self.rows,
        }
    }

    /// What in it cannot be: people edit these files.
    fn inconsistency(&self) -> Option<String> {
        if self.window_rows == 0 {
            return Some("`window_rows` is 0".into());
        }
        let mut paths = HashSet::new();
        let column = self.columns.iter().find_map(|column| {
            let why = if paths.insert(&column.path) { column.inconsistency()? } else { "comes twice".into() };
            Some(format!("column `{}`: {why}", column.path))
        });
        let records = || self.undecodable.inconsistency("undecodable");
        let late = || self.late.as_ref().and_then(|late| late.inconsistency("late"));
        let key = || self.keys.iter().find_map(KeyBaseline::inconsistency);
        column.or_else(records).or_else(late).or_else(key)
    }
}

impl ColumnBaseline {
    fn inconsistency(&self) -> Option<String> {
        let rates = [("absent", &self.absent), ("null", &self.null), ("off_type", &self.off_type)];
        if let Some(why) = rates.iter().find_map(|(name, rate)| rate.inconsistency(name)) {
            return Some(why);
        }
        let cells = self.cells.as_ref()?;
        let expected = match &cells.cells {
            Cells::Values(values) => values.len() + 1,
            Cells::Edges(edges) if edges.windows(2).all(|pair| pair[0] < pair[1]) => edges.len() + 1,
            Cells::Edges(_) => return Some("its edges do not rise".into()),
        };
        if !cells.uneven.is_empty() && cells.uneven.len() != expected {
            return Some(format!("{} numbers in `uneven` for {expected} cells", cells.uneven.len()));
        }
        (cells.counts.len() != expected).then(|| format!("{} counts for {expected} cells", cells.counts.len()))
    }
}

impl RateBaseline {
    fn inconsistency(&self, name: &str) -> Option<String> {
        (self.count > self.of).then(|| format!("`{name}` counts {} of {}", self.count, self.of))
    }

    /// `count / of`; 0 of none.
    pub fn share(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.count as f64 / self.of as f64 }
    }
}

impl KeyBaseline {
    fn inconsistency(&self) -> Option<String> {
        let name = self.columns.join(", ");
        if self.workers == 0 {
            return Some(format!("key `{name}`: `workers` is 0"));
        }
        (!(0.0..=1.0).contains(&self.top_share)).then(|| format!("key `{name}`: `top_share` is no share"))
    }
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "cannot read the baseline `{}`: {error}", path.display()),
            Self::Write(path, error) => write!(f, "cannot write the baseline `{}`: {error}", path.display()),
            Self::NotABaseline(path, why) => {
                write!(f, "`{}` is no baseline: it is {why}; name the file that `pin` wrote", path.display())
            }
            Self::Newer(path, version) => write!(
                f,
                "the baseline `{}` has version {version}, this program reads up to {BASELINE_VERSION}: use the program \
                 that pinned it or a newer one, or pin it again",
                path.display()
            ),
            Self::Damaged(path, why) => {
                write!(f, "the baseline `{}` is damaged ({why}): restore it, or pin it again", path.display())
            }
        }
    }
}

impl std::error::Error for BaselineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(_, error) | Self::Write(_, error) => Some(error),
            _ => None,
        }
    }
}
