//! The note on a sample: how it was drawn and what part of the source it is. Every preview shows its one line.

use std::fmt;

use headwater::{Format, SampleFrom, Source, SourceConnector};
use serde::{Deserialize, Serialize};

use crate::time_text;

/// How a sample was drawn and what part of the source it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleNote {
    /// The topic, or the path or glob.
    pub origin: String,
    /// Every partition of the source, the empty ones included.
    pub partitions: Vec<PartitionNote>,
    /// Records in the sample.
    pub records: u64,
    /// Records in the source: exact for Parquet and a whole source, for a topic the offsets it spans (an upper bound), for a
    /// sample of text files estimated from the size of its lines.
    pub total: u64,
    /// Bytes of keys and values in the sample.
    pub bytes: u64,
    /// From which part of the log.
    #[serde(with = "from_text")]
    pub from: SampleFrom,
    /// How many blocks of neighbours it was drawn in.
    pub blocks: u32,
    /// Whether it is the whole source.
    pub whole: bool,
    /// The oldest broker timestamp in the sample (epoch milliseconds), where there is one.
    pub oldest_ms: Option<i64>,
    /// The newest broker timestamp in the sample (epoch milliseconds), where there is one.
    pub newest_ms: Option<i64>,
    /// How long recording took, milliseconds.
    pub took_ms: u64,
    /// The bound that ended recording before the sample was complete.
    pub stopped_by: Option<StoppedBy>,
    /// What the positions of the partitions count.
    pub unit: PositionUnit,
    /// The name it is kept under.
    #[serde(default)]
    pub name: Option<String>,
    /// When recording ended (epoch milliseconds).
    #[serde(default)]
    pub recorded_ms: Option<i64>,
    /// Of a topic its brokers.
    #[serde(default)]
    pub brokers: Option<String>,
    /// The format of the records, by its name in a plan.
    #[serde(default)]
    pub format: Option<String>,
}

impl Default for SampleNote {
    fn default() -> Self {
        SampleNote {
            origin: String::new(),
            partitions: Vec::new(),
            records: 0,
            total: 0,
            bytes: 0,
            from: SampleFrom::Stratified,
            blocks: 0,
            whole: false,
            oldest_ms: None,
            newest_ms: None,
            took_ms: 0,
            stopped_by: None,
            unit: PositionUnit::Offsets,
            name: None,
            recorded_ms: None,
            brokers: None,
            format: None,
        }
    }
}

/// One partition's part of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionNote {
    /// The partition's index.
    pub partition: u32,
    /// The first position the partition holds.
    pub low: u64,
    /// The position after its last.
    pub high: u64,
    /// Records of the sample from here.
    pub taken: u64,
}

/// A bound of a sample that was met before the sample was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoppedBy {
    /// As many records as asked for, though more were planned.
    Rows,
    /// As many bytes as allowed.
    Bytes,
    /// As much time as allowed.
    Seconds,
}

/// What the positions in a partition count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionUnit {
    /// Kafka offsets.
    #[default]
    Offsets,
    /// Bytes of a text file.
    Bytes,
    /// Rows of a Parquet file.
    Rows,
}

impl fmt::Display for SampleNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.whole && self.records == 0 {
            return write!(f, "{} · {}: 0 records", self.origin, self.whole_name("is empty"));
        }
        if self.whole {
            write!(f, "{} · {}: {} records", self.origin, self.whole_name(""), grouped(self.records))?;
        } else {
            self.write_part(f)?;
        }
        self.write_times(f)?;
        match self.stopped_by {
            Some(StoppedBy::Rows) => f.write_str(" · stopped at its bound of rows")?,
            Some(StoppedBy::Bytes) => f.write_str(" · stopped at its bound of bytes")?,
            Some(StoppedBy::Seconds) => f.write_str(" · stopped at its bound of seconds")?,
            None => {}
        }
        match self.from {
            _ if self.representative() => Ok(()),
            SampleFrom::Latest => f.write_str(" · LAST-N SAMPLE — may not represent the stream"),
            _ => f.write_str(" · FIRST-N SAMPLE — may not represent the stream"),
        }
    }
}

impl SampleNote {
    /// How many partitions gave records.
    pub fn partitions_taken(&self) -> usize {
        self.partitions.iter().filter(|partition| partition.taken > 0).count()
    }

    /// Whether shares in the sample estimate those of what it was drawn from: the newest and the oldest records do not.
    pub fn representative(&self) -> bool {
        self.whole || self.from.is_spread()
    }

    /// What was recorded, as the source of a plan; its columns are still to be found.
    pub fn source(&self) -> Source {
        let connector = match self.unit {
            PositionUnit::Offsets => {
                SourceConnector::Kafka { brokers: self.brokers.clone().unwrap_or_default(), topic: self.origin.clone() }
            }
            PositionUnit::Bytes | PositionUnit::Rows => SourceConnector::Files { path: self.origin.clone() },
        };
        let formats = [Format::Json, Format::Csv, Format::Parquet];
        let format = formats.into_iter().find(|format| Some(format.name()) == self.format.as_deref());
        Source { format, ..Source::new(connector) }
    }

    /// What can be said of several samples at once. Of partitions nothing: each source numbers its own.
    pub fn together(notes: &[&SampleNote]) -> SampleNote {
        let sum = |of: fn(&SampleNote) -> u64| notes.iter().map(|note| of(note)).sum();
        SampleNote {
            origin: notes.iter().map(|note| note.origin.as_str()).collect::<Vec<_>>().join(" and "),
            records: sum(|note| note.records),
            total: sum(|note| note.total),
            bytes: sum(|note| note.bytes),
            took_ms: sum(|note| note.took_ms),
            from: notes.iter().map(|note| note.from).find(|from| !from.is_spread()).unwrap_or(SampleFrom::Stratified),
            blocks: notes.iter().map(|note| note.blocks).sum(),
            whole: notes.iter().all(|note| note.whole),
            oldest_ms: notes.iter().filter_map(|note| note.oldest_ms).min(),
            newest_ms: notes.iter().filter_map(|note| note.newest_ms).max(),
            stopped_by: notes.iter().find_map(|note| note.stopped_by),
            ..SampleNote::default()
        }
    }

    fn whole_name(&self, suffix: &str) -> String {
        let name = match (self.unit, self.partitions.len()) {
            (PositionUnit::Offsets, _) => "the whole topic",
            (_, 1) => "the whole file",
            _ => "all of the files",
        };
        if suffix.is_empty() { name.to_string() } else { format!("{name} {suffix}") }
    }

    fn write_part(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self.from, SampleFrom::Between { .. }) && self.total == 0 {
            return write!(f, "{} · no records {}", self.origin, self.from);
        }
        let about = if self.unit == PositionUnit::Bytes { "about " } else { "" };
        let which = match self.from {
            SampleFrom::Stratified | SampleFrom::Between { .. } => "",
            SampleFrom::Latest => "newest ",
            SampleFrom::Earliest => "oldest ",
        };
        write!(f, "{} · ", self.origin)?;
        match which {
            "" => write!(f, "{} of {about}{} records", grouped(self.records), grouped(self.total))?,
            _ => write!(f, "the {which}{} of {about}{} records", grouped(self.records), grouped(self.total))?,
        }
        write!(f, " ({})", percent(self.records, self.total))?;
        if matches!(self.from, SampleFrom::Between { .. }) {
            write!(f, " {} UTC", self.from)?;
        }
        if self.from.is_spread() {
            write!(f, ", {} block{}", self.blocks, if self.blocks == 1 { "" } else { "s" })?;
        }
        let parts = if self.unit == PositionUnit::Offsets { "partition" } else { "file" };
        let all = self.partitions.len();
        write!(f, " over {} of {all} {parts}{}", self.partitions_taken(), if all == 1 { "" } else { "s" })?;
        let taken = || self.partitions.iter().filter(|partition| partition.taken > 0);
        if let (PositionUnit::Offsets, Some(low), Some(high)) =
            (self.unit, taken().map(|p| p.low).min(), taken().map(|p| p.high).max())
        {
            write!(f, ", offsets {}–{}", grouped(low), grouped(high.saturating_sub(1)))?;
        }
        Ok(())
    }

    fn write_times(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(oldest), Some(newest)) = (self.oldest_ms, self.newest_ms) else { return Ok(()) };
        let (oldest, newest) = (time_text::minute(oldest), time_text::minute(newest));
        match (oldest.split_once(' '), newest.split_once(' ')) {
            _ if oldest == newest => write!(f, ", {oldest} UTC"),
            (Some((first, _)), Some((last, time))) if first == last => write!(f, ", {oldest} … {time} UTC"),
            _ => write!(f, ", {oldest} … {newest} UTC"),
        }
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn percent(part: u64, whole: u64) -> String {
    let share = 100.0 * part as f64 / whole.max(1) as f64;
    if share > 0.0 && share < 0.1 { "< 0.1 %".to_string() } else { format!("{share:.1} %") }
}

/// `SampleFrom` as the plan crate writes it: that only reads with serde.
mod from_text {
    use headwater::SampleFrom;
    use serde::ser::SerializeStructVariant as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(from: &SampleFrom, serializer: S) -> Result<S::Ok, S::Error> {
        let SampleFrom::Between { from_ms, to_ms } = from else { return serializer.serialize_str(from.name()) };
        let mut range = serializer.serialize_struct_variant("SampleFrom", 3, "between", 2)?;
        range.serialize_field("from_ms", from_ms)?;
        range.serialize_field("to_ms", to_ms)?;
        range.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SampleFrom, D::Error> {
        SampleFrom::deserialize(deserializer)
    }
}
