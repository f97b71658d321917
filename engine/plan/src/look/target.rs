//! The systems that a key forecast can be for: each finds the worker of a key by a hash of its own.

use std::fmt;

use crate::mistake::Mistake;
use crate::names::suggest;

/// Whose placement of keys a forecast is made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum Target {
    /// This engine.
    #[default]
    Headwater,
    /// The partitions of a topic that Java's producer writes: murmur2.
    Kafka,
    /// The partitions of a topic that librdkafka writes, and with it Python, Go, C#, Rust: CRC32.
    Librdkafka,
    /// Flink's key groups, of which every worker gets a range.
    Flink {
        /// How many there are (Flink's maximum parallelism); Flink chooses when absent.
        key_groups: Option<u32>,
    },
    /// Spark's shuffle.
    Spark,
}

/// What [`Target::parse`] takes.
const NAMES: [&str; 5] = ["headwater", "kafka", "librdkafka", "flink", "spark"];

impl Target {
    /// Reads `headwater`, `kafka`, `librdkafka`, `flink`, `flink:128` (with so many key groups) or `spark`.
    ///
    /// ```
    /// use headwater::Target;
    /// assert_eq!(Target::parse("flink:128"), Ok(Target::Flink { key_groups: Some(128) }));
    /// assert!(Target::parse("strom").is_err());
    /// ```
    ///
    /// # Errors
    /// It is none of these.
    pub fn parse(text: &str) -> Result<Target, Mistake> {
        let name = text.trim().to_ascii_lowercase();
        match name.as_str() {
            "headwater" => Ok(Target::Headwater),
            "kafka" => Ok(Target::Kafka),
            "librdkafka" => Ok(Target::Librdkafka),
            "flink" => Ok(Target::Flink { key_groups: None }),
            "spark" => Ok(Target::Spark),
            other => match other.strip_prefix("flink:").map(str::parse) {
                Some(Ok(groups @ 1..=32_768)) => Ok(Target::Flink { key_groups: Some(groups) }),
                Some(_) => Err(Mistake::new(format!("`{text}` is not a number of key groups"))
                    .hint("Flink has 1 to 32768 of them: `flink:128`")),
                None => Err(unknown(text)),
            },
        }
    }
}

fn unknown(text: &str) -> Mistake {
    let mistake = Mistake::new(format!("no target `{text}`"));
    match suggest(text, NAMES) {
        Some(near) => mistake.hint(format!("did you mean `{near}`?")),
        None => mistake.hint(format!("the targets are {}, and `flink:128` for so many key groups", NAMES.join(", "))),
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Headwater => f.write_str("headwater"),
            Target::Kafka => f.write_str("kafka"),
            Target::Librdkafka => f.write_str("librdkafka"),
            Target::Flink { key_groups: None } => f.write_str("flink"),
            Target::Flink { key_groups: Some(groups) } => write!(f, "flink:{groups}"),
            Target::Spark => f.write_str("spark"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_read_as_it_is_written() {
        for text in ["headwater", "kafka", "librdkafka", "flink", "flink:128", "spark"] {
            assert_eq!(Target::parse(text).map(|target| target.to_string()), Ok(text.to_owned()));
        }
        let said = |text| Target::parse(text).unwrap_err().to_string();
        insta::assert_snapshot!([said("flnk"), said("storm"), said("flink:0"), said("flink:many")].join("\n"), @r"
        no target `flnk`
        hint: did you mean `flink`?
        no target `storm`
        hint: the targets are headwater, kafka, librdkafka, flink, spark, and `flink:128` for so many key groups
        `flink:0` is not a number of key groups
        hint: Flink has 1 to 32768 of them: `flink:128`
        `flink:many` is not a number of key groups
        hint: Flink has 1 to 32768 of them: `flink:128`
        ");
    }
}
