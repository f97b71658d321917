//! Text of unknown origin made safe to print: no control characters, no direction overrides, no more columns than asked.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The widest text that a cell of a report holds, in columns.
pub const CELL_WIDTH: usize = 64;

/// The text on one line, at most `width` columns wide; what is cut is replaced by `…`.
pub fn clean(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let shown = visible(c);
        let columns: usize = shown.width().unwrap_or(0);
        if used + columns > width {
            while used + 1 > width {
                let Some(last) = out.pop() else { break };
                used -= last.width().unwrap_or(0);
            }
            out.push('…');
            return out;
        }
        // Combining marks take no column: without a limit of their own a cell could hold a megabyte of them.
        if columns == 0 && out.len() > width * 8 {
            continue;
        }
        used += columns;
        out.push(shown);
    }
    out
}

/// Control characters as their pictures, direction marks as a replacement character, everything else as it is.
fn visible(c: char) -> char {
    match c {
        // The separator of composite keys.
        '\u{1f}' => '·',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => '\u{fffd}',
        other => other,
    }
}

/// [`clean`] for bytes that may not be text.
pub(crate) fn clean_bytes(bytes: &[u8], width: usize) -> String {
    // Only the beginning can be shown; four bytes a column is the most that UTF-8 takes.
    let head = &bytes[..bytes.len().min(width * 4 + 4)];
    let text = String::from_utf8_lossy(head);
    let trimmed = if head.len() < bytes.len() { text.trim_end_matches('\u{fffd}') } else { &text };
    clean(trimmed, width)
}

/// A path segment as it stands in a path: quoted when it could be mistaken for several.
pub(crate) fn segment(name: &str) -> String {
    let shown = clean(name, CELL_WIDTH);
    let plain = !name.is_empty() && !name.contains(['.', '[', ']', '"', ' ', '`']);
    if plain { shown } else { format!("\"{shown}\"") }
}

/// Columns the text takes on a terminal.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// A table in plain text: columns padded to their widest cell, two spaces between, no trailing spaces.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..columns).map(|i| rows.iter().filter_map(|r| r.get(i)).map(|c| width(c)).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, wide) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(wide + 2 - width(cell).min(wide + 2)));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_hostile_text_becomes_one_short_line() {
        assert_eq!(clean("New York", 64), "New York");
        assert_eq!(clean("abcdefgh", 5), "abcd…");
        assert_eq!(clean("東京都港区", 5), "東京…");
        assert_eq!(clean("a\nb\0\u{202e}c\u{7f}", 64), "a␊b␀\u{fffd}c␡");
        assert_eq!(width(&clean(&"x".repeat(1_000_000), 64)), 64);
        assert!(clean(&"\u{301}".repeat(1_000_000), 64).len() < 2_000);
        assert_eq!(clean("<b>&", 64), "<b>&", "escaping belongs to whoever writes HTML or SVG");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_all_the_same() {
        assert_eq!(clean_bytes(b"{\"a\":\xff}", 64), "{\"a\":\u{fffd}}");
        assert_eq!(clean_bytes(&[b'x'; 1 << 20], 10), "xxxxxxxxx…");
    }

    #[test]
    fn a_segment_that_could_be_a_path_is_quoted() {
        assert_eq!(segment("city"), "city");
        assert_eq!(segment("a.b"), "\"a.b\"");
        assert_eq!(segment(""), "\"\"");
    }
}
