//! How many terminal columns a text takes, and padding and cutting by that measure.

use headwater_profile::{clean, columns};

/// Columns that `text` takes in a fixed-width font: none for combining marks, two for East Asian wide characters and emoji.
pub fn width(text: &str) -> usize {
    columns(text)
}

/// `text` in exactly `columns` columns: cut with an ellipsis, or padded (`right`: text at the right edge).
pub fn fit(text: &str, columns: usize, right: bool) -> String {
    let text = if width(text) > columns { clean(text, columns) } else { text.to_owned() };
    let space = " ".repeat(columns.saturating_sub(width(&text)));
    if right { space + &text } else { text + &space }
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
