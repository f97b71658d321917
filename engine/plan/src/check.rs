//! What a plan states about its data: bounds of rates, promises about a key, and what becomes of rows that break a check.

/// What becomes of rows for which a check of records does not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum OnFailure {
    /// They go to the job's dead letters, with the check's name; later steps do not see them.
    #[default]
    DeadLetter,
    /// They stay in the stream, and are counted.
    Keep,
    /// The first one stops the job.
    Stop,
}

/// A bound of the share of rows for which a condition is true: 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum RateBound {
    /// At most this share.
    AtMost(#[cfg_attr(feature = "serde", serde(deserialize_with = "crate::read::exact_float"))] f64),
    /// At least this share.
    AtLeast(#[cfg_attr(feature = "serde", serde(deserialize_with = "crate::read::exact_float"))] f64),
}

/// What is promised about a key; of the promises one is there at least.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct KeyPromise {
    /// No key holds this share of the rows or more: above 0, at most 1.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::read::exact_float_or_null"))]
    pub top_share_below: Option<f64>,
    /// There are at least so many keys.
    pub keys_at_least: Option<u64>,
    /// The busiest of so many workers gets less than so many times the mean.
    pub straggler_below: Option<StragglerLimit>,
}

/// A bound of what the busiest worker gets.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct StragglerLimit {
    /// At so many workers.
    pub workers: u32,
    /// Less than so many times the mean: above 1.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::read::exact_float"))]
    pub factor: f64,
}
