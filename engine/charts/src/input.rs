//! What a chart is drawn from. Plain fields: whoever has a report fills them in.

/// The load of each worker, for [`crate::slot_loads`].
#[derive(Debug, Clone, PartialEq)]
pub struct SlotLoads {
    /// One entry a worker, in any order: the chart sorts them.
    pub slots: Vec<SlotBar>,
    /// The hot key on the fullest worker, if one key is what fills it.
    pub hot_key: Option<String>,
    /// The 90 % interval of the largest load, as multiples of the mean.
    pub interval: Option<(f64, f64)>,
    /// How many rows the numbers come from.
    pub rows: u64,
    /// How the sample was drawn.
    pub sample: String,
}

/// The load of one worker, as a multiple of the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlotBar {
    /// All of it.
    pub load: f64,
    /// The part that hot keys are.
    pub hot: f64,
}

/// The most frequent keys, for [`crate::top_keys`].
#[derive(Debug, Clone, PartialEq)]
pub struct TopKeys {
    /// The key as the user wrote it.
    pub key: String,
    /// Most frequent first; the first fifteen are drawn.
    pub keys: Vec<KeyBar>,
    /// All the others.
    pub other: Option<OtherKeys>,
    /// How many workers share the load: a line is drawn at the fair share of one.
    pub parallelism: Option<u32>,
    /// How many rows the numbers come from.
    pub rows: u64,
    /// How the sample was drawn.
    pub sample: String,
}

/// One key.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyBar {
    /// Its text; long ones are cut.
    pub label: String,
    /// Its share of the rows, 0 to 1.
    pub share: f64,
    /// The lower end of the share's interval.
    pub low: f64,
    /// The upper end of the share's interval.
    pub high: f64,
    /// Draw it as hot.
    pub hot: bool,
}

/// The keys that have no bar of their own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OtherKeys {
    /// How many.
    pub keys: u64,
    /// `keys` is a lower bound.
    pub at_least: bool,
    /// Their share of the rows together.
    pub share: f64,
}
