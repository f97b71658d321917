//! Whether a console should run what was typed or wait for more: open brackets, strings and comments wait.

use crate::scan::{TokenKind, tokens};

/// What a console should do with the text so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Run it.
    Complete,
    /// Wait for more, at this depth of brackets.
    Incomplete {
        /// How many brackets are open.
        depth: usize,
    },
    /// A bracket closes what was never opened: running it will say so.
    Invalid,
}

/// Judges by brackets, texts and comments alone; a line ending in a dot or an operator waits too, and so does an attribute.
pub fn completeness(code: &str) -> Completeness {
    let mut open = Vec::new();
    let found = tokens(code);
    for token in &found {
        match token.kind {
            TokenKind::Open(bracket) => open.push(bracket),
            TokenKind::Close(bracket) => {
                if open.pop() != Some(bracket) {
                    return Completeness::Invalid;
                }
            }
            TokenKind::OpenComment | TokenKind::Text { closed: false, .. } => {
                return Completeness::Incomplete { depth: open.len() };
            }
            _ => {}
        }
    }
    // An attribute says something about what follows.
    let last_line = code.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let last = found.last().map(|token| token.kind);
    let goes_on =
        matches!(last, Some(TokenKind::Sign('.' | '=' | '+' | '-' | '*' | '/' | '&' | '|' | ',' | ':' | '<')))
            || (last_line.starts_with("#[") && last_line.ends_with(']'));
    if open.is_empty() && !goes_on { Completeness::Complete } else { Completeness::Incomplete { depth: open.len() } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(code: &str) -> Option<usize> {
        match completeness(code) {
            Completeness::Complete => None,
            Completeness::Incomplete { depth } => Some(depth),
            Completeness::Invalid => panic!("`{code}` was found invalid"),
        }
    }

    #[test]
    fn whole_code_is_complete() {
        for code in
            ["", "let x = 1;", "fn f<'a>(x: &'a str) { g('(', '\\'', \"{\\\"\") }", "// (\n1", "/* ( /* [ */ */ 2"]
        {
            assert_eq!(depth(code), None, "`{code}`");
        }
        assert_eq!(depth("let s = r#\"a \" ( \"#;"), None);
        assert_eq!(depth("b\"(\" ; c"), None);
    }

    #[test]
    fn open_things_wait() {
        assert_eq!(depth("fn f() {"), Some(1));
        assert_eq!(depth("f(vec![1, 2"), Some(2));
        assert_eq!(depth("let s = \"abc"), Some(0));
        assert_eq!(depth("/* still"), Some(0));
        assert_eq!(depth("orders."), Some(0));
        assert_eq!(depth("let x ="), Some(0));
    }

    #[test]
    fn a_bracket_too_many_is_invalid() {
        assert_eq!(completeness("f())"), Completeness::Invalid);
        assert_eq!(completeness("f(]"), Completeness::Invalid);
    }
}
