//! How a cell says which part of a source is looked at: `stream.sample(latest().rows(5_000))`.

use crate::duration::parse_size;
use crate::instant::parse_instant;
use crate::mistake::Mistake;
use crate::{Sample, SampleFrom};

/// A sample as a cell writes it: [`stratified`], [`latest`], [`earliest`] or [`between`], its bounds and its name. The first bound that is
/// reached ends it. What cannot be understood is remembered and reported with the source.
#[derive(Clone, Debug)]
pub struct SampleSpec {
    pub(crate) sample: Sample,
    pub(crate) mistakes: Vec<Mistake>,
}

/// Blocks of records spread over every partition and all of its offsets. This is the default, since it estimates shares best.
///
/// ```
/// # use headwater::prelude::*;
/// let orders = kafka("localhost:9092", "orders").sample(stratified().rows(50_000).bytes("256MiB").seconds(20));
/// # assert!(orders.mistakes().is_empty());
/// ```
pub fn stratified() -> SampleSpec {
    from(SampleFrom::Stratified)
}

/// The newest records of every partition.
///
/// ```
/// # use headwater::prelude::*;
/// let orders = kafka("localhost:9092", "orders").sample(latest().rows(5_000));
/// # assert!(orders.mistakes().is_empty());
/// ```
pub fn latest() -> SampleSpec {
    from(SampleFrom::Latest)
}

/// The oldest records of every partition.
///
/// ```
/// # use headwater::prelude::*;
/// let orders = kafka("localhost:9092", "orders").sample(earliest().rows(5_000));
/// # assert!(orders.mistakes().is_empty());
/// ```
pub fn earliest() -> SampleSpec {
    from(SampleFrom::Earliest)
}

/// Blocks of records spread over those whose broker timestamp is at or after `from` and before `to`: ISO-8601 texts, UTC. For
/// topics; files have no timestamps of their own.
///
/// ```
/// # use headwater::prelude::*;
/// let orders = kafka("localhost:9092", "orders").sample(between("2026-11-15T00:00", "2026-11-16").rows(50_000));
/// # assert!(orders.mistakes().is_empty());
/// ```
pub fn between(from: impl AsRef<str>, to: impl AsRef<str>) -> SampleSpec {
    let (first, last) = (parse_instant(from.as_ref()), parse_instant(to.as_ref()));
    match (first, last) {
        (Ok(from_ms), Ok(to_ms)) if from_ms < to_ms => self::from(SampleFrom::Between { from_ms, to_ms }),
        (Ok(_), Ok(_)) => {
            let message = format!("`{}` is not before `{}`", from.as_ref(), to.as_ref());
            refused(vec![Mistake::new(message).hint("the first instant comes first; the last one is not included")])
        }
        (first, last) => refused([first, last].into_iter().filter_map(Result::err).map(Mistake::new).collect()),
    }
}

fn refused(mistakes: Vec<Mistake>) -> SampleSpec {
    let mistakes = mistakes.into_iter().map(|mistake| mistake.of("`between`")).collect();
    SampleSpec { sample: Sample::default(), mistakes }
}

fn from(from: SampleFrom) -> SampleSpec {
    SampleSpec { sample: Sample { from, ..Sample::default() }, mistakes: Vec::new() }
}

impl SampleSpec {
    /// At most this many records (20,000 when not said).
    pub fn rows(&self, rows: u64) -> SampleSpec {
        self.bound("rows", rows, |sample| sample.rows = rows)
    }

    /// At most this much of keys and values, such as `"1MiB"` (64 MiB when not said).
    pub fn bytes(&self, size: impl AsRef<str>) -> SampleSpec {
        match parse_size(size.as_ref()) {
            Ok(bytes) => self.bound("bytes", bytes, |sample| sample.bytes = bytes),
            Err(message) => {
                let mut spec = self.clone();
                spec.mistakes.push(Mistake::new(message).of("`bytes`"));
                spec
            }
        }
    }

    /// At most this long (10 seconds when not said).
    pub fn seconds(&self, seconds: u64) -> SampleSpec {
        self.bound("seconds", seconds, |sample| sample.millis = seconds.saturating_mul(1000))
    }

    /// The recording is kept under this name, listed by it, and replayed by name: letters, digits, `-` and `_`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").sample(stratified().named("monday"));
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn named(&self, name: impl AsRef<str>) -> SampleSpec {
        let mut spec = self.clone();
        match sample_name(name.as_ref()) {
            Ok(name) => spec.sample.name = Some(name),
            Err(mistake) => spec.mistakes.push(mistake.of("`named`")),
        }
        spec
    }

    fn bound(&self, name: &str, value: u64, set: impl FnOnce(&mut Sample)) -> SampleSpec {
        let mut spec = self.clone();
        if value == 0 {
            spec.mistakes.push(Mistake::new(format!("a sample of 0 {name} shows nothing")).hint("give at least 1"));
        } else {
            set(&mut spec.sample);
        }
        spec
    }
}

/// The longest name of a sample, in characters.
const LONGEST_NAME: usize = 64;

/// A name that a recording can be kept under: it is part of the name of a file.
///
/// # Errors
/// It is empty, too long, or has other characters than letters, digits, `-` and `_`.
pub fn sample_name(name: &str) -> Result<String, Mistake> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
        let shown: String = name.chars().take(LONGEST_NAME).collect();
        let mistake = Mistake::new(format!("`{shown}` cannot be the name of a sample"));
        return Err(mistake.hint("take 1 to 64 letters, digits, `-` or `_`, such as `monday`"));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    fn mistakes(spec: &SampleSpec) -> String {
        spec.mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_range_of_time_and_a_name_are_part_of_a_sample() {
        let spec = between("2026-11-15T08:30", "2026-11-16").rows(500).named("monday");
        insta::assert_snapshot!(spec.sample, @"between 2026-11-15T08:30 and 2026-11-16T00:00, at most 500 records, 64MiB and 10s, kept as `monday`");
        insta::assert_snapshot!(spec.sample.json(), @r#"{"rows":500,"bytes":67108864,"millis":10000,"from":{"between":{"from_ms":1794731400000,"to_ms":1794787200000}},"name":"monday","again":false}"#);
        assert!(spec.mistakes.is_empty() && spec.sample.from.is_spread() && !latest().sample.from.is_spread());
    }

    #[test]
    fn what_cannot_be_understood_is_noted() {
        insta::assert_snapshot!(mistakes(&between("2026-11-16", "2026-11-15").named("a/b")), @r"
        `between`: `2026-11-16` is not before `2026-11-15`
        hint: the first instant comes first; the last one is not included
        `named`: `a/b` cannot be the name of a sample
        hint: take 1 to 64 letters, digits, `-` or `_`, such as `monday`
        ");
        insta::assert_snapshot!(mistakes(&between("monday", "2026-11-15")), @"`between`: `monday` is not an instant such as `2026-11-15` or `2026-11-15T08:30` (UTC)");
        assert!(sample_name("").is_err() && sample_name(&"x".repeat(65)).is_err() && sample_name("été").is_err());
    }

    #[test]
    fn every_sample_is_read_back() {
        let all =
            [stratified(), latest().rows(5), earliest().bytes("1MiB"), between("1970-01-01", "1970-01-02").named("x")];
        for spec in all {
            let sample = Sample { again: spec.sample.name.is_some(), ..spec.sample };
            assert_eq!(serde_json::from_str::<Sample>(&sample.json()).unwrap(), sample);
        }
    }
}
