//! How many terminal columns a text takes, and padding and cutting by that measure.

/// Columns that `text` takes in a fixed-width font: none for combining marks, two for East Asian wide characters and emoji.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match c as u32 {
        0x300..=0x36f
        | 0x483..=0x489
        | 0x591..=0x5bd
        | 0x610..=0x61a
        | 0x64b..=0x65f
        | 0x200c..=0x200d
        | 0x20d0..=0x20ff
        | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// `text` in exactly `columns` columns: cut with an ellipsis, or padded (`right`: text at the right edge).
pub fn fit(text: &str, columns: usize, right: bool) -> String {
    let text = if width(text) > columns { cut(text, columns) } else { text.to_owned() };
    let space = " ".repeat(columns.saturating_sub(width(&text)));
    if right { space + &text } else { text + &space }
}

/// The longest beginning of `text` that leaves room for an ellipsis within `columns`.
fn cut(text: &str, columns: usize) -> String {
    let mut taken = 0;
    let beginning = text.chars().take_while(|&c| {
        taken += char_width(c);
        taken < columns
    });
    let mut out: String = beginning.collect();
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_combining_characters_are_measured() {
        assert_eq!(width("東京"), 4);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(width("New York"), 8);
    }

    #[test]
    fn fit_always_gives_the_columns_asked_for() {
        for text in ["", "a", "New York", "東京都港区", "e\u{301}e\u{301}e\u{301}"] {
            for columns in 1..12 {
                for right in [false, true] {
                    assert_eq!(width(&fit(text, columns, right)), columns, "{text:?} in {columns}");
                }
            }
        }
    }
}
