//! What the charts of loads and of keys are drawn from: the fields of a report that they show.

use headwater_profile::{KeyReport, KeyShare};

/// The load of each worker, for the chart of loads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SlotLoads {
    /// One entry a worker, in any order: the chart sorts them.
    pub(crate) slots: Vec<SlotBar>,
    /// The largest load, as the report states it; the largest of `slots` when it says nothing.
    pub(crate) factor: Option<f64>,
    /// The hot key on the fullest worker, if one key is what fills it.
    pub(crate) hot_key: Option<String>,
    /// The 90 % interval of the largest load, as multiples of the mean.
    pub(crate) interval: Option<(f64, f64)>,
    /// How many rows the numbers come from.
    pub(crate) rows: u64,
    /// How the sample was drawn.
    pub(crate) sample: String,
}

/// The load of one worker, as a multiple of the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SlotBar {
    /// All of it.
    pub(crate) load: f64,
    /// The part that hot keys are.
    pub(crate) hot: f64,
}

/// The most frequent keys, for the chart of keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TopKeys {
    /// The key as the user wrote it.
    pub(crate) key: String,
    /// Most frequent first; the first fifteen are drawn.
    pub(crate) keys: Vec<KeyBar>,
    /// All the others.
    pub(crate) other: Option<OtherKeys>,
    /// How many workers share the load: a line is drawn at the fair share of one.
    pub(crate) parallelism: Option<u32>,
    /// How many rows the numbers come from.
    pub(crate) rows: u64,
    /// How the sample was drawn.
    pub(crate) sample: String,
}

/// One key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyBar {
    /// Its text; long ones are cut.
    pub(crate) label: String,
    /// Its share of the rows, 0 to 1.
    pub(crate) share: f64,
    /// The lower end of the share's interval.
    pub(crate) low: f64,
    /// The upper end of the share's interval.
    pub(crate) high: f64,
    /// Draw it as hot.
    pub(crate) hot: bool,
}

/// The keys that have no bar of their own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OtherKeys {
    /// How many.
    pub(crate) keys: u64,
    /// `keys` is a lower bound.
    pub(crate) at_least: bool,
    /// Their share of the rows together.
    pub(crate) share: f64,
}

impl SlotLoads {
    /// `None` without rows.
    pub(crate) fn of(report: &KeyReport) -> Option<SlotLoads> {
        let slots = report.slots.as_ref()?;
        let hottest = report.top.iter().find(|key| key.hot && key.slot == Some(slots.largest));
        Some(SlotLoads {
            slots: slots.loads.iter().map(|slot| SlotBar { load: slot.load, hot: slot.hot }).collect(),
            factor: Some(slots.factor),
            hot_key: hottest.map(|key| key.text.clone()),
            interval: Some((slots.interval.low, slots.interval.high)),
            rows: report.rows,
            sample: report.sample.clone(),
        })
    }
}

impl TopKeys {
    pub(crate) fn of(report: &KeyReport) -> TopKeys {
        let bar = |key: &KeyShare| KeyBar {
            label: key.text.clone(),
            share: key.share,
            low: key.interval.low,
            high: key.interval.high,
            hot: key.hot,
        };
        let other = OtherKeys {
            keys: report.distinct_at_least.saturating_sub(report.top.len() as u64).max(report.other_keys),
            at_least: report.coverage < 1.0,
            share: report.other_share,
        };
        TopKeys {
            key: report.key.clone(),
            keys: report.top.iter().map(bar).collect(),
            other: (report.other_keys > 0).then_some(other),
            parallelism: Some(report.parallelism),
            rows: report.rows,
            sample: report.sample.clone(),
        }
    }
}
