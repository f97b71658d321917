//! What became of the windows of a preview: closed, cut by the end of the sample, or held back by a partition.

use std::collections::{BTreeMap, HashSet};

use polars::prelude::{AnyValue, DataFrame};
use serde_json::{Value, json};

use super::{SourcePreview, WindowFate};
use crate::tape::{PositionUnit, grouped};
use crate::time_text::second;

/// How many windows had which fate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    closed: usize,
    cut: usize,
    held: BTreeMap<(u32, u32), usize>,
}

impl Windows {
    /// Counts the windows of `frame`, of which each row has its fate in `fates`. Rows of one window share its fate.
    pub fn of(frame: &DataFrame, fates: &[WindowFate]) -> Windows {
        let starts = frame.column("window_start").ok();
        let start = |row: usize| match starts.and_then(|column| column.get(row).ok()) {
            Some(AnyValue::Datetime(at, _, _) | AnyValue::Int64(at)) => at,
            _ => row as i64,
        };
        let mut seen = HashSet::new();
        let mut windows = Windows::default();
        for (row, fate) in fates.iter().enumerate() {
            if !seen.insert((start(row), code(fate))) {
                continue;
            }
            match fate {
                WindowFate::Closed => windows.closed += 1,
                WindowFate::Cut => windows.cut += 1,
                WindowFate::HeldBack { source, partition } => {
                    *windows.held.entry((*source, *partition)).or_default() += 1;
                }
            }
        }
        windows
    }

    /// Whether any window is complete, as far as the sample goes.
    pub fn any_closed(&self) -> bool {
        self.closed > 0
    }

    /// Whether a partition keeps windows open that the others would have closed.
    pub fn held_back(&self) -> bool {
        !self.held.is_empty()
    }

    /// One sentence: how many windows had which fate, why, and what to do about it. None when there is no window.
    pub fn sentence(&self, sources: &[SourcePreview]) -> Option<String> {
        let mut parts = Vec::new();
        if self.closed > 0 {
            parts.push((self.closed, "closed".to_owned()));
        }
        if self.cut > 0 {
            parts.push((self.cut, "cut by the end of the sample".to_owned()));
        }
        for (&(source, partition), &windows) in &self.held {
            let Some(own) = sources.iter().find(|own| own.node == source) else { continue };
            parts.push((windows, format!("held back by {}{}", part(partition, own, sources), reason(partition, own))));
        }
        let words: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(at, (windows, what))| match (at, windows) {
                (0, 1) => format!("1 window {what}"),
                (0, _) => format!("{} windows {what}", grouped(*windows as u64)),
                _ => format!("{} {what}", grouped(*windows as u64)),
            })
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// The counts, for machines.
    pub fn json(&self) -> Value {
        let held: Vec<Value> = self
            .held
            .iter()
            .map(|((_, partition), windows)| json!({"partition": partition, "windows": windows}))
            .collect();
        json!({"closed": self.closed, "cut": self.cut, "held_back": held})
    }
}

/// What the last column of a windowed table says. A window that is closed may miss rows that lie between the blocks of a sample.
pub fn mark(fate: &WindowFate, sources: &[SourcePreview]) -> String {
    match fate {
        WindowFate::Closed if sources.iter().all(|source| source.note.whole) => "✓ closed".to_owned(),
        WindowFate::Closed => "✓ closed, sampled rows".to_owned(),
        WindowFate::Cut => "✂ cut".to_owned(),
        WindowFate::HeldBack { source, partition } => {
            let own = sources.iter().find(|own| own.node == *source);
            let part = own.map_or_else(|| format!("partition {partition}"), |own| part(*partition, own, sources));
            format!("‖ held back by {part}")
        }
    }
}

/// What people call partition `partition` of a source: of files, its place in their sorted list, from 1; of one among several sources
/// with its name.
fn part(partition: u32, source: &SourcePreview, all: &[SourcePreview]) -> String {
    let part = match source.note.unit {
        PositionUnit::Offsets => format!("partition {partition}"),
        PositionUnit::Bytes | PositionUnit::Rows => format!("file {}", u64::from(partition) + 1),
    };
    if all.len() > 1 { format!("{part} of {}", source.note.origin) } else { part }
}

fn code(fate: &WindowFate) -> (u8, u32, u32) {
    match fate {
        WindowFate::Closed => (0, 0, 0),
        WindowFate::Cut => (1, 0, 0),
        WindowFate::HeldBack { source, partition } => (2, *source, *partition),
    }
}

/// Why `partition` holds windows back, as far as the sample tells.
fn reason(partition: u32, source: &SourcePreview) -> String {
    let SourcePreview { partitions, note, .. } = source;
    let time = partitions.iter().find(|time| time.partition == partition);
    let in_log =
        note.partitions.iter().find(|own| own.partition == partition).map(|own| own.high.saturating_sub(own.low));
    let advice = "`.idle_after(\"30s\")` lets time go on without it";
    match time.map(|time| (time.records, time.max_event_time)) {
        Some((_, Some(newest))) => format!(", whose newest event time is {}", second(newest)),
        Some((1.., None)) => format!(", in which no row has an event time: {advice}"),
        _ if note.unit == PositionUnit::Offsets && in_log.is_some_and(|records| records > 0) => {
            format!(", of whose {} records the sample has none: {advice}", grouped(in_log.unwrap_or_default()))
        }
        _ => format!(", which has no record: {advice}"),
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;
    use crate::preview::PartitionTime;
    use crate::tape::{PartitionNote, SampleNote};

    fn frame(starts: &[i64]) -> DataFrame {
        let starts = Int64Chunked::from_slice("window_start".into(), starts);
        let starts = starts.into_datetime(TimeUnit::Milliseconds, None).into_series();
        DataFrame::new(starts.len(), vec![starts.into()]).expect("one column")
    }

    fn silent(partition: u32) -> PartitionTime {
        PartitionTime { partition, records: 0, max_event_time: None }
    }

    fn source(time: PartitionTime, high: u64) -> [SourcePreview; 1] {
        let partitions = vec![PartitionNote { partition: 5, low: 0, high, taken: 0 }];
        let note = SampleNote { partitions, ..SampleNote::default() };
        [SourcePreview { note, partitions: vec![time], ..SourcePreview::default() }]
    }

    const HELD: WindowFate = WindowFate::HeldBack { source: 0, partition: 5 };

    #[test]
    fn a_window_counts_once_however_many_keys_it_has() {
        use WindowFate::{Closed, Cut};
        let windows = Windows::of(&frame(&[0, 0, 60, 60, 120]), &[Closed, Closed, Closed, Closed, Cut]);
        let sentence = windows.sentence(&source(silent(5), 0));
        assert_eq!(sentence.as_deref(), Some("2 windows closed, 1 cut by the end of the sample"));
    }

    #[test]
    fn a_partition_without_a_record_is_named_with_the_way_out() {
        use WindowFate::{Closed, Cut};
        let windows = Windows::of(&frame(&[0, 60, 120, 180]), &[Closed, Cut, HELD, HELD]);
        insta::assert_snapshot!(
            windows.sentence(&source(silent(5), 0)).expect("windows"),
            @r#"1 window closed, 1 cut by the end of the sample, 2 held back by partition 5, which has no record: `.idle_after("30s")` lets time go on without it"#
        );
        assert!(windows.held_back());
        assert_eq!(windows.json(), json!({"closed": 1, "cut": 1, "held_back": [{"partition": 5, "windows": 2}]}));
    }

    #[test]
    fn a_partition_that_lags_or_was_not_sampled_is_told_apart() {
        let windows = Windows::of(&frame(&[0]), &[HELD]);
        let lagging = PartitionTime { partition: 5, records: 9, max_event_time: Some(1_767_225_600_000) };
        assert_eq!(
            windows.sentence(&source(lagging, 9)).as_deref(),
            Some("1 window held back by partition 5, whose newest event time is 2026-01-01 00:00:00")
        );
        assert_eq!(
            windows.sentence(&source(silent(5), 1_234)).as_deref(),
            Some(
                "1 window held back by partition 5, of whose 1,234 records the sample has none: `.idle_after(\"30s\")` lets time go on without it"
            )
        );
    }

    #[test]
    fn without_windows_there_is_nothing_to_say() {
        assert_eq!(Windows::of(&frame(&[]), &[]).sentence(&[]), None);
    }
}
