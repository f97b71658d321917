//! The topics of clusters: a row a topic, the most records first.

use crate::display::escape::{html, visible};
use crate::display::listing::{Listing, Side};
use crate::display::numbers::{count, counted, significant, span};
use crate::display::style::{self, tag};
use crate::display::{MimeBundle, bundle};
use headwater_exec::{Error, TopicGlance};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// A cluster and what it answered.
pub struct Cluster {
    /// Its brokers, as they were named.
    pub brokers: String,
    /// Its topics, or why they are not known.
    pub topics: Result<Vec<TopicGlance>, Error>,
}

const HEADS: [(&str, Side); 7] = [
    ("topic", Side::Left),
    ("partitions", Side::Right),
    ("records", Side::Right),
    ("size about", Side::Right),
    ("a second", Side::Right),
    ("newest", Side::Left),
    ("format", Side::Left),
];

const NOTE: &str = "Records are counted by offsets, sizes and formats guessed from the newest records; nothing was committed. \
                    %peek TOPIC shows some.";

/// `%topics` for a notebook.
pub fn topics(clusters: &[Cluster]) -> MimeBundle {
    shown(clusters, SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_millis() as i64))
}

fn shown(clusters: &[Cluster], now_ms: i64) -> MimeBundle {
    let (mut page, mut text) = (String::new(), Vec::new());
    for cluster in clusters {
        match &cluster.topics {
            Ok(topics) => {
                let (headline, list) = listed(&cluster.brokers, topics, now_ms);
                page.push_str(&tag("div", style::VERDICT, &html(&headline)));
                text.push(visible(&headline));
                if !list.is_empty() {
                    page.push_str(&list.to_html());
                    text.push(list.to_text());
                }
            }
            Err(error) => {
                let hint = error.hint.as_deref().map(|hint| format!(". {hint}")).unwrap_or_default();
                let said = format!("{}{hint}", error.message);
                page.push_str(&tag("div", style::ALERT, &html(&said)));
                text.push(visible(&said));
            }
        }
    }
    page.push_str(&tag("div", style::NOTE, &html(NOTE)));
    text.push(NOTE.to_owned());
    bundle::bundle("topics", tag("div", style::PANEL, &page), text.join("\n"), clusters.iter().map(as_json).collect())
}

fn listed(brokers: &str, topics: &[TopicGlance], now_ms: i64) -> (String, Listing) {
    let mut sorted: Vec<&TopicGlance> = topics.iter().collect();
    sorted.sort_by(|one, other| other.records.cmp(&one.records).then_with(|| one.name.cmp(&other.name)));
    let mut list = Listing::new(&HEADS);
    sorted.into_iter().for_each(|topic| list.push(row(topic, now_ms)));
    let records: u64 = topics.iter().map(|topic| topic.records).sum();
    let headline = match topics.len() {
        0 => format!("{brokers} has no topics yet"),
        found => format!("{brokers}: {}, {}", counted(found as u64, "topic"), counted(records, "record")),
    };
    (headline, list)
}

fn row(topic: &TopicGlance, now_ms: i64) -> [String; 7] {
    let nothing = || "–".to_owned();
    let form = match (&topic.problem, &topic.format) {
        (Some(problem), _) => problem.clone(),
        (None, Some(format)) => format.to_string(),
        (None, None) if topic.records == 0 => "empty".to_owned(),
        (None, None) => "not read".to_owned(),
    };
    [
        topic.name.clone(),
        count(u64::from(topic.partitions)),
        count(topic.records),
        topic.bytes.map_or_else(nothing, size),
        if topic.records == 0 { nothing() } else { significant(topic.rate) },
        topic.newest_ms.map_or_else(nothing, |newest| age(now_ms - newest)),
        form,
    ]
}

/// To so many digits as an estimate has.
fn size(bytes: u64) -> String {
    let units = [(1_u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or_else(
        || format!("{bytes} B"),
        |(unit, name)| format!("{} {name}", significant(bytes as f64 / unit as f64)),
    )
}

/// How long ago, or how far ahead a clock went.
pub(crate) fn age(millis: i64) -> String {
    match millis {
        ..-1_000 => format!("{} ahead", span(-millis)),
        -1_000..1_000 => "now".to_owned(),
        _ => format!("{} ago", span(millis)),
    }
}

fn as_json(cluster: &Cluster) -> Value {
    let topic = |topic: &TopicGlance| {
        json!({
            "name": topic.name, "partitions": topic.partitions, "records": topic.records, "bytes": topic.bytes,
            "records_per_second": topic.rate, "newest_ms": topic.newest_ms, "problem": topic.problem,
            "format": topic.format.as_ref().map(ToString::to_string),
        })
    };
    match &cluster.topics {
        Ok(topics) => json!({"brokers": cluster.brokers, "topics": topics.iter().map(topic).collect::<Vec<_>>()}),
        Err(error) => json!({"brokers": cluster.brokers, "error": error.message}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_charts::html::sanitized;
    use headwater_exec::ErrorKind;
    use headwater_exec::guess::guess;

    fn topic(name: &str, records: u64, rate: f64, value: Option<&[u8]>) -> TopicGlance {
        TopicGlance {
            name: name.to_owned(),
            partitions: 6,
            records,
            bytes: value.map(|value| value.len() as u64 * records),
            rate,
            format: value.and_then(|value| guess([Some(value)])),
            newest_ms: value.map(|_| 1_767_225_600_000),
            problem: None,
        }
    }

    #[test]
    fn topics_are_listed_and_a_silent_cluster_is_told() {
        let broken = TopicGlance { problem: Some("no leader".to_owned()), ..topic("broken", 3, 0.0, None) };
        let topics = vec![
            topic("empty", 0, 0.0, None),
            topic("orders", 206_113, 1_234.5, Some(b"{\"city\":\"Paris\",\"amount\":12.5}")),
            topic("<b>\u{1b}", 20, 0.25, Some(b"\xff\x00\x01")),
            broken,
        ];
        let silent = Error::new(ErrorKind::Source, "no broker answers at `far:9092`: timed out").hint("Is it there?");
        let clusters = [
            Cluster { brokers: "localhost:9092".to_owned(), topics: Ok(topics) },
            Cluster { brokers: "far:9092".to_owned(), topics: Err(silent) },
            Cluster { brokers: "new:9092".to_owned(), topics: Ok(Vec::new()) },
        ];
        let shown = shown(&clusters, 1_767_225_600_000 + 90_000);
        insta::assert_snapshot!(shown["text/plain"].as_str().expect("text"));
        sanitized::check(shown["text/html"].as_str().expect("HTML"));
        assert_eq!(shown["application/vnd.headwater.topics+json"][0]["topics"][1]["records"], 206_113);
    }

    #[test]
    fn sizes_and_ages_are_for_people() {
        assert_eq!([size(12), size(1_536), size(40 << 20), size(3 << 40)], ["12 B", "1.5 KiB", "40 MiB", "3 TiB"]);
        assert_eq!([age(200), age(90_000), age(-7_200_000)], ["now", "90 s ago", "2 h ahead"]);
    }
}
