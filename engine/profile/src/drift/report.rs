//! The drift report as data: every check with what was expected, what was seen, how big the change is and how sure it is.

use serde::Serialize;

use crate::Interval;

/// What became of a stream since its baseline was pinned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DriftReport {
    /// What was looked at.
    pub name: String,
    /// How its rows were drawn.
    pub sample: String,
    /// What it was compared with.
    pub baseline: BaselineNote,
    /// Rows looked at.
    pub rows: u64,
    /// Windows they were cut into, in the order of time.
    pub windows: u64,
    /// Rows of a full window.
    pub window_rows: u32,
    /// The alarm budget in words, e.g. "1 false alarm per week".
    pub budget: String,
    /// The level the budget comes to: a single check alarms at evidence `1 / alpha`.
    pub alpha: f64,
    /// Of all checks: one that failed fails all; otherwise one that needs data needs it for all.
    pub verdict: CheckVerdict,
    /// The verdict as a sentence with numbers.
    pub sentence: String,
    /// Failed ones first, then those that need data, then the passed ones; within these the strongest first.
    pub checks: Vec<CheckResult>,
    /// What failed together is one alarm: at most one entry a cause.
    pub alarms: Vec<AlarmGroup>,
    /// What to keep in mind, one sentence each: limits that were hit, hours that differ.
    pub notes: Vec<String>,
}

/// Where a baseline is from, for the header of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BaselineNote {
    /// Its name.
    pub name: String,
    /// What it was made from.
    pub source: String,
    /// How that was drawn.
    pub sample: String,
    /// The fingerprint of the plan whose rows they are.
    pub fingerprint: Option<String>,
    /// When it was pinned (epoch ms).
    pub pinned_ms: Option<i64>,
    /// Its rows.
    pub rows: u64,
}

/// One check: of a drift report, or of a contract that the plan states.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckResult {
    /// The check in words: the name the user gave, or e.g. "distribution of city".
    pub name: String,
    /// What kind of check it is.
    pub kind: CheckKind,
    /// The path or the key that it is about; `None`: the records as a whole.
    pub column: Option<String>,
    /// What was expected, e.g. "New York 18.0 %" or "top share < 10 %".
    pub expected: String,
    /// What was seen, in the same words.
    pub seen: String,
    /// Expected and seen as numbers for a bar with a tick; `None` where a bar says nothing.
    pub bar: Option<CheckBar>,
    /// The effect, e.g. "+5.1 points" or "2.1× the rate"; empty when nothing moved.
    pub size: String,
    /// The evidence against the expectation as odds to one (an e-value, already divided by what looking at several scales costs);
    /// `None` where the check is not statistical. Never above 10^15.
    pub evidence: Option<f64>,
    /// The verdict.
    pub verdict: CheckVerdict,
    /// It fails still; `false` for one that failed and has been clean since.
    pub ongoing: bool,
    /// The first window (from 1) of the stretch in which it failed.
    pub first_window: Option<u64>,
    /// How many windows the evidence is from (when failed), or were looked at.
    pub windows: u64,
    /// A few values or rows that show it, made safe to print.
    pub examples: Vec<String>,
    /// One verdict a window; when there were too many, one for several windows, the worst of them.
    pub strip: Vec<WindowVerdict>,
    /// The finding as one line, e.g. "city: New York 18.0 % → 23.1 % (+5.1 points, evidence 4,100:1, 14 windows)".
    pub sentence: String,
}

/// The numbers behind `expected` and `seen`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CheckBar {
    /// What was expected: the tick.
    pub expected: f64,
    /// What was seen: the bar.
    pub seen: f64,
    /// How sure that is (95 %).
    pub interval: Option<Interval>,
    /// What the numbers are.
    pub unit: CheckUnit,
}

/// What the numbers of a check are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckUnit {
    /// A part of one.
    Share,
    /// A number of things.
    Count,
    /// A multiple of the mean.
    Multiple,
    /// Rows a second.
    PerSecond,
}

/// The kinds of checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// A column of the baseline is not there any more, or one is there that the baseline does not know.
    Schema,
    /// Values of another type than the baseline has.
    Type,
    /// How often the path is absent.
    Absent,
    /// How often it is null.
    Null,
    /// How the values are distributed.
    Distribution,
    /// How often a value comes that the baseline has not seen.
    NewValues,
    /// How often a value comes again where the baseline has unique ones.
    Duplicates,
    /// How many different values a window has.
    Distinct,
    /// Records that do not decode.
    Undecodable,
    /// Records that came too late.
    Late,
    /// Rows a second.
    Volume,
    /// The share of the most frequent key.
    TopShare,
    /// How many keys there are, or how many even ones they are worth.
    Keys,
    /// What the busiest worker gets.
    Straggler,
    /// Which keys are hot.
    HotKeys,
    /// A condition on each record, stated by the plan.
    Record,
    /// A bound of a rate, stated by the plan.
    Rate,
}

/// The three verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// As expected: the interval lies inside the tolerance.
    Pass,
    /// Not as expected: by evidence and by size.
    Fail,
    /// The rows cannot tell; about so many more could.
    NeedData(u64),
}

impl CheckVerdict {
    /// The icon and the word: never the colour alone.
    pub fn label(self) -> &'static str {
        match self {
            CheckVerdict::Pass => "● pass",
            CheckVerdict::Fail => "▲ fail",
            CheckVerdict::NeedData(_) => "○ need data",
        }
    }
}

/// The verdict of one window, for a strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowVerdict {
    /// Inside the tolerance with all that was seen up to here.
    Pass,
    /// Not enough rows up to here.
    Need,
    /// Alarm.
    Fail,
}

impl WindowVerdict {
    /// `●`, `○` or `▲`.
    pub fn symbol(self) -> char {
        match self {
            WindowVerdict::Pass => '●',
            WindowVerdict::Need => '○',
            WindowVerdict::Fail => '▲',
        }
    }
}

/// Checks that failed in overlapping windows: most likely one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlarmGroup {
    /// The columns, the one with the strongest evidence first.
    pub columns: Vec<String>,
    /// The first window (from 1) of the stretch.
    pub first_window: u64,
    /// It goes on.
    pub ongoing: bool,
    /// The alarm in one sentence.
    pub sentence: String,
}
