//! The tapes there are: what each is of, how it was drawn, how old and how large it is.

use crate::display::escape::{html, html_isolated, visible};
use crate::display::numbers::{counted, span};
use crate::display::style::{self, tag};
use crate::display::{MimeBundle, bundle};
use headwater_charts::html::plain_table;
use headwater_exec::TapeInfo;
use serde_json::{Value, json};

/// `tapes` for a notebook.
pub fn tapes(tapes: &[TapeInfo]) -> MimeBundle {
    let rows: Vec<[String; 4]> = tapes.iter().map(row).collect();
    let bytes: u64 = tapes.iter().map(|tape| tape.bytes).sum();
    let headline = match tapes {
        [] => "No tapes yet: the first look at a stream records one.".to_owned(),
        _ => format!("{}, {}", counted(tapes.len() as u64, "tape"), headwater::format_size(round(bytes))),
    };
    let mut out = tag("div", style::VERDICT, &html(&headline));
    if !rows.is_empty() {
        let cells: Vec<[String; 4]> = rows.iter().map(|row| row.each_ref().map(|cell| html_isolated(cell))).collect();
        out.push_str(&plain_table(&["tape", "recorded", "size", "of"], &cells));
        out.push_str(&tag("div", style::NOTE, &html(HINT)));
    }
    let mut text = vec![headline];
    text.extend(rows.iter().map(|[name, age, size, of]| visible(&format!("{name:<14} {age:<14} {size:<8} {of}"))));
    if !rows.is_empty() {
        text.push(HINT.to_owned());
    }
    bundle::bundle("tapes", tag("div", style::PANEL, &out), text.join("\n"), json(tapes))
}

const HINT: &str = "A tape is replayed until .resample() records another. One with a name, \
                    .sample(stratified().named(\"monday\")), stays after this session.";

fn row(tape: &TapeInfo) -> [String; 4] {
    let age = span(i64::try_from(tape.age.as_millis()).unwrap_or(i64::MAX));
    let of = tape.note.as_ref().map_or_else(|| "it cannot be read".to_owned(), ToString::to_string);
    [tape.name.clone(), format!("{age} ago"), headwater::format_size(round(tape.bytes)), of]
}

/// To whole KiB, so that it reads well.
fn round(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 10) << 10
}

fn json(tapes: &[TapeInfo]) -> Value {
    let one = |tape: &TapeInfo| {
        json!({
            "name": tape.name,
            "named": tape.named,
            "bytes": tape.bytes,
            "age_ms": u64::try_from(tape.age.as_millis()).unwrap_or(u64::MAX),
            "sample": tape.note.as_ref().map(ToString::to_string),
        })
    };
    tapes.iter().map(one).collect()
}
