//! Raw records: text as text, JSON laid out, other bytes as hex; whatever is in them, nothing of it acts on the page or the terminal.

use crate::display::escape::{cut, html, html_isolated, visible};
use crate::display::numbers::{count, counted, timestamp};
use crate::display::style::{self, tag};
use crate::display::{MimeBundle, bundle};
use headwater_exec::guess::text;
use headwater_exec::{Peek, PeekFrom, Peeked, RawRecord};
use serde_json::{Value, json};

/// A value that fits a line of so many characters stays in one.
const LINE: usize = 100;
/// Of a longer one so many characters, and lines, are shown.
const CHARS: usize = 4_000;
const LINES: usize = 40;
/// Bytes of a binary value that are shown, and in a line.
const HEX: usize = 256;
const HEX_LINE: usize = 16;
/// Bytes of a value that the JSON form carries.
const CARRIED: usize = 64 << 10;

/// `%peek` for a notebook.
pub fn peek(topic: &str, brokers: &str, asked: &Peek, found: &Peeked) -> MimeBundle {
    let headline = headline(topic, brokers, asked, found);
    let mut page = tag("div", style::VERDICT, &html_isolated(&headline));
    let mut lines = vec![visible(&headline)];
    if !found.records.is_empty() {
        page.push_str(&table(&found.records));
        lines.extend(found.records.iter().flat_map(record_lines));
    }
    if found.cut {
        let note = "time or bytes ran out before all of them had come";
        page.push_str(&tag("div", style::ALERT, note));
        lines.push(note.to_owned());
    }
    let json = json!({
        "topic": topic, "brokers": brokers, "partitions": found.partitions, "total": found.total, "cut": found.cut,
        "records": found.records.iter().map(as_json).collect::<Vec<_>>(),
    });
    bundle::bundle("peek", tag("div", style::PANEL, &page), lines.join("\n"), json)
}

/// `orders at localhost:9092: the newest 10 of 206,113 records, newest first`.
fn headline(topic: &str, brokers: &str, asked: &Peek, found: &Peeked) -> String {
    let shown = found.records.len() as u64;
    let partition = asked.partition.map(|partition| format!(", partition {partition}")).unwrap_or_default();
    let place = format!("{topic} at {brokers}{partition}");
    if found.total == 0 {
        return format!("{place} is empty, {}", counted(u64::from(found.partitions), "partition"));
    }
    let total = counted(found.total, "record");
    match asked.from {
        _ if shown == 0 => format!("{place}: no record there, of {total} in the topic"),
        PeekFrom::Latest => format!("{place}: {} of {total}, the newest first", count(shown)),
        PeekFrom::Earliest => format!("{place}: {} of {total}, the oldest first", count(shown)),
        PeekFrom::Offset(offset) => format!("{place}: {} of {total}, from offset {offset} on", count(shown)),
    }
}

fn table(records: &[RawRecord]) -> String {
    let headers = records.iter().any(|record| !record.headers.is_empty());
    let names = ["partition", "offset", "time (UTC)", "key", "value", "headers"];
    let names = &names[..if headers { 6 } else { 5 }];
    let head: String = names
        .iter()
        .map(|name| {
            tag("th", if matches!(*name, "partition" | "offset") { style::HEAD_RIGHT } else { style::HEAD }, name)
        })
        .collect();
    let row = |record: &RawRecord| {
        let mut cells = tag("td", style::CELL_RIGHT, &record.partition.to_string());
        cells.push_str(&tag("td", style::CELL_RIGHT, &record.offset.to_string()));
        cells.push_str(&tag("td", style::CELL, &time(record).map_or_else(absent, |time| html(&time))));
        cells.push_str(&tag("td", style::CELL_WORDS, &block(record.key.as_deref())));
        cells.push_str(&tag("td", style::CELL_WORDS, &block(record.value.as_deref())));
        if headers {
            let each = record
                .headers
                .iter()
                .map(|(name, value)| format!("{} = {}", html_isolated(&cut(name, LINE)), block(Some(value))));
            cells.push_str(&tag("td", style::CELL_WORDS, &each.collect::<Vec<_>>().join("<br>")));
        }
        tag("tr", style::ROW, &cells)
    };
    let rows: String = records.iter().map(row).collect();
    let table = format!("<thead>{}</thead><tbody>{rows}</tbody>", tag("tr", style::ROW, &head));
    tag("div", "overflow-x:auto", &tag("table", style::TABLE, &table))
}

fn absent() -> String {
    tag("span", style::ABSENT, "null")
}

/// Bytes as code, a line below the other.
fn block(bytes: Option<&[u8]>) -> String {
    match bytes {
        None => absent(),
        Some([]) => tag("span", style::ABSENT, "empty"),
        Some(bytes) => {
            let shown = Shown::of(bytes);
            let lines: Vec<String> = shown.lines.iter().map(|line| html_isolated(line)).collect();
            let more =
                shown.more.map(|more| format!("<br>{}", tag("span", style::NOTE, &html(&more)))).unwrap_or_default();
            tag("code", style::CODE, &lines.join("<br>")) + &more
        }
    }
}

/// A record in plain text: where it is, then what it holds.
fn record_lines(record: &RawRecord) -> Vec<String> {
    let time = time(record).map(|time| format!(" · {time}")).unwrap_or_default();
    let mut lines = vec![String::new(), format!("partition {} · offset {}{time}", record.partition, record.offset)];
    let mut say = |name: &str, bytes: Option<&[u8]>| match bytes {
        None => lines.push(format!("  {name} ∅")),
        Some([]) => lines.push(format!("  {name} \"\"")),
        Some(bytes) => {
            let shown = Shown::of(bytes);
            let all = shown.lines.iter().map(|line| visible(line)).chain(shown.more);
            let all: Vec<String> = all.collect();
            match &all[..] {
                [only] => lines.push(format!("  {name} {only}")),
                several => {
                    lines.push(format!("  {name}"));
                    lines.extend(several.iter().map(|line| format!("    {line}")));
                }
            }
        }
    };
    say("key  ", record.key.as_deref());
    say("value", record.value.as_deref());
    for (name, value) in &record.headers {
        say(&format!("{} =", visible(&cut(name, LINE))), Some(value));
    }
    lines
}

fn time(record: &RawRecord) -> Option<String> {
    record.timestamp_ms.map(timestamp)
}

/// Bytes as people read them.
struct Shown {
    lines: Vec<String>,
    /// What is not shown.
    more: Option<String>,
}

impl Shown {
    fn of(bytes: &[u8]) -> Shown {
        match text(bytes) {
            Some(text) => Shown::of_text(text),
            None => Shown::of_bytes(bytes),
        }
    }

    fn of_text(text: &str) -> Shown {
        let short = !text.contains('\n') && text.chars().nth(LINE).is_none();
        let json = (!short).then(|| serde_json::from_str::<Value>(text).ok()).flatten();
        let laid_out = json
            .filter(|json| json.is_object() || json.is_array())
            .and_then(|json| serde_json::to_string_pretty(&json).ok());
        let whole = laid_out.as_deref().unwrap_or(text);
        let shown = cut(whole, CHARS);
        let mut lines: Vec<String> =
            shown.lines().take(LINES).map(|line| line.trim_end_matches('\r').to_owned()).collect();
        if lines.is_empty() {
            lines.push(String::new());
        }
        let whole_lines = whole.lines().count();
        let more = (whole.chars().nth(CHARS).is_some() || whole_lines > lines.len()).then(|| {
            format!("… {}, {} in all", counted(text.len() as u64, "byte"), counted(whole_lines as u64, "line"))
        });
        Shown { lines, more }
    }

    fn of_bytes(bytes: &[u8]) -> Shown {
        let line = |bytes: &[u8]| {
            let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let letters: String =
                bytes.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect();
            format!("{:<47}  {letters}", hex.join(" "))
        };
        let shown = &bytes[..bytes.len().min(HEX)];
        let mut lines: Vec<String> = shown.chunks(HEX_LINE).map(line).collect();
        if let (Some(number), [line]) = (number(bytes), &mut lines[..]) {
            *line = format!("{}  = {number}", line.split("  ").next().unwrap_or_default());
        }
        let more = (shown.len() < bytes.len()).then(|| format!("… {} in all", counted(bytes.len() as u64, "byte")));
        Shown { lines, more }
    }
}

/// What Kafka's own serializers of integers wrote, perhaps.
fn number(bytes: &[u8]) -> Option<i64> {
    match bytes.len() {
        4 => bytes.first_chunk().map(|bytes| i64::from(i32::from_be_bytes(*bytes))),
        8 => bytes.first_chunk().map(|bytes| i64::from_be_bytes(*bytes)),
        _ => None,
    }
}

fn as_json(record: &RawRecord) -> Value {
    json!({
        "partition": record.partition, "offset": record.offset, "timestamp_ms": record.timestamp_ms,
        "key": carried(record.key.as_deref()), "value": carried(record.value.as_deref()),
        "headers": record.headers.iter().map(|(name, value)| json!([name, carried(Some(value))])).collect::<Vec<_>>(),
    })
}

/// Text as a string; other bytes as an object with their hex; of what is long, the beginning and its length.
fn carried(bytes: Option<&[u8]>) -> Value {
    let Some(bytes) = bytes else { return Value::Null };
    match text(bytes) {
        Some(text) if bytes.len() <= CARRIED => json!(text),
        Some(text) => json!({"text": cut(text, CARRIED), "bytes": bytes.len()}),
        None => {
            let hex: String = bytes.iter().take(CARRIED).map(|byte| format!("{byte:02x}")).collect();
            json!({"hex": hex, "bytes": bytes.len()})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_charts::html::sanitized;

    fn record(offset: u64, key: Option<&[u8]>, value: Option<&[u8]>) -> RawRecord {
        RawRecord {
            partition: 2,
            offset,
            timestamp_ms: Some(1_767_225_600_000),
            key: key.map(<[u8]>::to_vec),
            value: value.map(<[u8]>::to_vec),
            ..RawRecord::default()
        }
    }

    fn found(records: Vec<RawRecord>) -> Peeked {
        Peeked { records, partitions: 3, total: 4_000, cut: false }
    }

    const ASKED: Peek = Peek { rows: 10, partition: None, from: PeekFrom::Latest };

    #[test]
    fn records_are_shown_as_what_they_are() {
        let long = format!("{{\"city\":\"Paris\",\"lines\":[{{\"sku\":\"{}\",\"n\":1}}]}}", "x".repeat(90));
        let mut first = record(17, Some(b"<script>alert(1)</script>"), Some(long.as_bytes()));
        first.headers = vec![("trace".to_owned(), b"\x1b[31mred\x1b[0m".to_vec()), ("raw".to_owned(), vec![0, 255])];
        let records = vec![
            first,
            record(16, Some(&42_u64.to_be_bytes()), Some(b"{\"city\":\"Oslo\"}")),
            record(15, None, None),
            record(14, Some(b""), Some(b"two\r\nlines, \xe6\x9d\xb1")),
            record(13, Some(b"k"), Some(&(0..40).collect::<Vec<u8>>())),
        ];
        let shown = peek("orders", "localhost:9092", &ASKED, &found(records));
        insta::assert_snapshot!(shown["text/plain"].as_str().expect("text"));
        let html = shown["text/html"].as_str().expect("HTML");
        sanitized::check(html);
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script"), "{html}");
        let json = &shown["application/vnd.headwater.peek+json"]["records"];
        assert_eq!((&json[1]["key"]["hex"], &json[2]["value"]), (&json!("000000000000002a"), &Value::Null));
    }

    #[test]
    fn what_is_large_is_cut_and_told() {
        let value = "y".repeat(1_000_000);
        let shown = peek(
            "orders",
            "b",
            &ASKED,
            &found(vec![record(0, None, Some(value.as_bytes())), record(1, None, Some(&vec![255; 70_000]))]),
        );
        let text = shown["text/plain"].as_str().expect("text");
        assert!(text.len() < 12_000 && text.contains("… 1,000,000 bytes, 1 line in all"), "{}", text.len());
        assert!(text.contains("… 70,000 bytes in all"), "{text}");
        assert!(serde_json::to_string(&shown).expect("JSON").len() < 500_000);
    }

    #[test]
    fn nothing_there_is_told_as_such() {
        let said = |asked: &Peek, found: &Peeked| headline("orders", "b:9092", asked, found);
        let empty = Peeked { records: vec![], partitions: 1, total: 0, cut: false };
        assert_eq!(said(&ASKED, &empty), "orders at b:9092 is empty, 1 partition");
        let one = Peek { partition: Some(1), from: PeekFrom::Offset(7), ..ASKED };
        assert_eq!(
            said(&one, &found(vec![])),
            "orders at b:9092, partition 1: no record there, of 4,000 records in the topic"
        );
    }
}
