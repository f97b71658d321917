//! `%peek`: a few records of a topic as they are.

use super::options::Given;
use super::{Call, Group, Magic, clusters, misused};
use crate::display::MimeBundle;
use crate::service::{Desk, aside};
use headwater_exec::{Peek as Asked, PeekFrom};
use headwater_look::{Outcome, one};

/// More records than these are no peek.
const MOST: u64 = 1_000;

/// The magic.
pub struct Peek;

impl Magic for Peek {
    fn name(&self) -> &'static str {
        "peek"
    }

    fn usage(&self) -> &'static str {
        "TOPIC [--brokers B] [--rows N] [--partition P] [--from earliest|latest|OFFSET]"
    }

    fn about(&self) -> &'static str {
        "A few raw records of a topic: key, value, headers, and where they lie. Joins no group, commits nothing."
    }

    fn options(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("--brokers B", "where the topic is; not needed for brokers that the notebook has used"),
            ("--rows N", "how many records, 1,000 at most; `%set peek.rows` sets how many otherwise"),
            ("--partition P", "of this partition only"),
            ("--from PLACE", "`earliest`, `latest` (the newest first), or an offset"),
        ]
    }

    fn group(&self) -> Group {
        Group::Sources
    }

    fn example(&self) -> &'static str {
        "%peek orders --rows 3 --partition 0 --from earliest"
    }

    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        let given = Given::of(self, call)?;
        let [topic] = given.words[..] else {
            return Err(misused(self, "`%peek` takes the name of one topic"));
        };
        let number = |option: &str| -> Outcome<Option<u64>> {
            let Some(text) = given.value(option) else { return Ok(None) };
            let number = text.parse().map_err(|_| misused(self, format!("`{option}` takes a number, not `{text}`")))?;
            Ok(Some(number))
        };
        let rows = number("--rows")?.unwrap_or_else(|| desk.settings.peek_rows());
        if rows == 0 || rows > MOST {
            return Err(misused(self, format!("`--rows` takes 1 to 1,000, not {rows}")));
        }
        let partition = match number("--partition")? {
            Some(partition) => Some(u32::try_from(partition).map_err(|_| misused(self, "there is no such partition"))?),
            None => None,
        };
        let asked = Asked { rows, partition, from: place(self, given.value("--from"))? };
        let brokers = clusters::of_topic(desk, topic, given.value("--brokers"))?;
        desk.says(&format!("looking at {topic}"));
        let name = topic.to_owned();
        let (at, found) = aside(desk, move |_, cancel| {
            let found = headwater_exec::peek(&brokers, &name, &asked, cancel).map_err(one)?;
            Ok((brokers, found))
        })?;
        Ok(Some(crate::display::peek::peek(topic, &at, &asked, &found)))
    }
}

fn place(magic: &Peek, from: Option<&str>) -> Outcome<PeekFrom> {
    match from {
        None | Some("latest") => Ok(PeekFrom::Latest),
        Some("earliest") => Ok(PeekFrom::Earliest),
        Some(offset) => {
            offset.replace([',', '_'], "").parse().map(PeekFrom::Offset).map_err(|_| {
                misused(magic, format!("`--from` takes `earliest`, `latest` or an offset, not `{offset}`"))
            })
        }
    }
}
