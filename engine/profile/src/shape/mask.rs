//! The form of a text without its content: `Aa+ 99` for `Oslo 17`.

use crate::cells::{CELL_WIDTH, clean};

/// Characters of a text that its form is taken from.
const LOOKED_AT: usize = 48;

/// The form by which texts are counted: letters become `A` and `a`, digits `9`, a run of letters of one kind `A+` or `a+`; the rest stays.
pub(crate) fn form(text: &str) -> String {
    let mut out = String::with_capacity(24);
    let mut last = '\0';
    let mut run = 0;
    for c in text.chars().take(LOOKED_AT) {
        let kind = masked(c);
        run = if kind == last { run + 1 } else { 0 };
        last = kind;
        let letter = kind == 'a' || kind == 'A';
        match run {
            1 if letter => out.push('+'),
            0 => out.push(kind),
            // Digits keep their number: it tells a date from a price. A hundred of them do not.
            _ if !letter && run < 12 => out.push(kind),
            _ => {}
        }
    }
    if text.chars().nth(LOOKED_AT).is_some() {
        out.push('…');
    }
    clean(&out, CELL_WIDTH)
}

/// A text with its content taken away and its length kept: `Aaaa 99`.
pub(crate) fn redacted(text: &str) -> String {
    clean(&text.chars().take(CELL_WIDTH * 2).map(masked).collect::<String>(), CELL_WIDTH)
}

fn masked(c: char) -> char {
    match c {
        c if c.is_numeric() => '9',
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_tell_kinds_of_text_apart() {
        let forms = ["New York", "Oslo", "2026-01-01T00:00:00Z", "o-499", "", "東京", "x@y.org"].map(form);
        assert_eq!(forms.join(" | "), "Aa+ Aa+ | Aa+ | 9999-99-99A99:99:99A | a-999 |  | a+ | a@a.a+");
        assert_eq!(form(&"7".repeat(1_000)), "999999999999…");
    }

    #[test]
    fn nothing_of_the_content_is_left() {
        assert_eq!(redacted("Anna 17, Oslo"), "Aaaa 99, Aaaa");
        assert!(redacted(&"x".repeat(1 << 20)).len() < 300);
    }
}
