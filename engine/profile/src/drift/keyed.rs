//! The key of each row, window by window: what the frequent keys are, what they are worth, and what the busiest worker gets.

use std::collections::HashMap;

use crate::cells::segment;
use crate::drift::family;
use crate::shape::observe::Value;
use crate::{KeyValue, Placement};

/// Different keys that are counted over all windows; those that come later are counted as one.
const KEYS: usize = 262_144;

/// The keys of the open window, and those of all windows.
#[derive(Debug)]
pub(crate) struct KeySieve {
    columns: Vec<String>,
    workers: u32,
    /// For each path of the walk that is a column of the key: which one.
    paths: HashMap<usize, usize>,
    parts: Vec<KeyValue>,
    in_row: bool,
    pub(crate) window: Keys,
    pub(crate) ever: Keys,
}

/// Counts of keys.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    counts: HashMap<KeyValue, u64>,
    uncounted: u64,
    rows: u64,
}

impl KeySieve {
    pub(crate) fn new(columns: &[String], workers: u32) -> Self {
        Self {
            columns: columns.to_vec(),
            workers: workers.clamp(1, crate::MAX_PARALLELISM),
            paths: HashMap::new(),
            parts: vec![KeyValue::Null; columns.len()],
            in_row: false,
            window: Keys::default(),
            ever: Keys::default(),
        }
    }

    pub(crate) fn path(&mut self, path: usize, text: &str) {
        if let Some(part) = self.columns.iter().position(|column| is_path(column, text)) {
            self.paths.insert(path, part);
        }
    }

    pub(crate) fn begin_row(&mut self) {
        self.parts.fill(KeyValue::Null);
        self.in_row = true;
    }

    pub(crate) fn value(&mut self, path: usize, value: Value<'_>) {
        let Some(part) = self.paths.get(&path) else { return };
        self.parts[*part] = match value {
            Value::Null => KeyValue::Null,
            Value::Bool(b) => KeyValue::Bool(b),
            Value::Int(i) | Value::Time(i) | Value::Date(i) => KeyValue::Int(i),
            Value::Number(number) => KeyValue::number(number),
            Value::Text(text) => KeyValue::from(text),
            Value::Bytes(bytes) => KeyValue::Bytes(bytes.to_vec()),
            other @ (Value::List(_) | Value::Object(_)) => KeyValue::Text(family::text(other)),
        };
    }

    /// Counts the key of the row that ends.
    pub(crate) fn end_row(&mut self) {
        if !std::mem::take(&mut self.in_row) {
            return;
        }
        let key = KeyValue::several(self.parts.clone());
        self.window.push(key.clone());
        self.ever.push(key);
    }

    pub(crate) fn clear(&mut self) {
        self.window = Keys::default();
    }

    pub(crate) fn workers(&self) -> u32 {
        self.workers
    }
}

/// Whether a column, by its name or by its path, is the one with this path.
pub(crate) fn is_path(column: &str, path: &str) -> bool {
    column == path || segment(column) == path
}

impl Keys {
    fn push(&mut self, key: KeyValue) {
        self.rows += 1;
        if self.counts.len() < KEYS || self.counts.contains_key(&key) {
            *self.counts.entry(key).or_insert(0) += 1;
        } else {
            self.uncounted += 1;
        }
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// The share of the most frequent key; 0 without rows.
    pub(crate) fn top_share(&self) -> f64 {
        let most = self.counts.values().max().copied().unwrap_or(0);
        most as f64 / self.rows.max(1) as f64
    }

    /// n (n − 1) / Σ c (c − 1); `None` when no key came twice.
    pub(crate) fn effective_keys(&self) -> Option<f64> {
        // Whole numbers, so that the order of the map does not show.
        let pairs: u128 =
            self.counts.values().map(|count| u128::from(*count) * u128::from(count.saturating_sub(1))).sum();
        let n = self.rows as f64;
        (pairs > 0).then(|| n * (n - 1.0) / pairs as f64)
    }

    /// The straggler factor S by this engine's placement; 1 without rows. Keys that were not counted are spread evenly.
    pub(crate) fn straggler(&self, workers: u32) -> f64 {
        let p = f64::from(workers);
        let mut slots = vec![self.uncounted as f64 / p; workers as usize];
        for (key, count) in &self.counts {
            let slot = Placement::Headwater.slot(key, workers).unwrap_or(0);
            slots[slot as usize] += *count as f64;
        }
        let most = slots.iter().copied().fold(0.0, f64::max);
        if self.rows == 0 { 1.0 } else { most * p / self.rows as f64 }
    }

    /// The most frequent keys with their shares.
    pub(crate) fn top(&self, k: usize) -> Vec<(&KeyValue, f64)> {
        let mut keys: Vec<(&KeyValue, &u64)> = self.counts.iter().collect();
        keys.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let share = |count: &u64| *count as f64 / self.rows.max(1) as f64;
        keys.into_iter().take(k).map(|(key, count)| (key, share(count))).collect()
    }
}
