//! Cuts Rust text, finished or not, into the pieces that tell where in it one is: words, brackets, texts in quotes. Comments are
//! left out, but for one that does not end.

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

/// What a piece of the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A name, a keyword or a number.
    Word,
    /// A bracket that opens; with the one that closes it.
    Open(char),
    /// A bracket that closes.
    Close(char),
    /// A text in quotes.
    Text {
        /// What is between the quotes: first byte, and the byte after the last.
        body: (usize, usize),
        /// Whether it has its closing quote.
        closed: bool,
    },
    /// A character in quotes.
    Character,
    /// A comment that does not end.
    OpenComment,
    /// Any other sign.
    Sign(char),
}

/// The pieces of `code`, in order.
pub fn tokens(code: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (kind, length) = if rest.starts_with("/*") {
            match comment(rest) {
                Some(length) => {
                    at += length;
                    continue;
                }
                None => (TokenKind::OpenComment, rest.len()),
            }
        } else {
            token(rest, at)
        };
        found.push(Token { kind, start: at, end: at + length });
        at += length;
    }
    found
}

/// The piece at the beginning of `rest`, which begins at byte `at`.
fn token(rest: &str, at: usize) -> (TokenKind, usize) {
    if let Some(opening) = string_opening(rest) {
        let (end, closed) = opening.end(rest);
        let quote = if closed { opening.hashes.unwrap_or(0) + 1 } else { 0 };
        return (TokenKind::Text { body: (at + opening.length, at + end - quote), closed }, end);
    }
    if let Some(length) = character(rest) {
        return (TokenKind::Character, length);
    }
    let first = rest.chars().next().unwrap_or(' ');
    let kind = match first {
        '(' => TokenKind::Open(')'),
        '[' => TokenKind::Open(']'),
        '{' => TokenKind::Open('}'),
        ')' | ']' | '}' => TokenKind::Close(first),
        _ if is_word(first) => {
            return (TokenKind::Word, rest.find(|next| !is_word(next)).unwrap_or(rest.len()));
        }
        sign => TokenKind::Sign(sign),
    };
    (kind, first.len_utf8())
}

fn is_word(next: char) -> bool {
    next.is_alphanumeric() || next == '_'
}

/// The length of a comment, which may hold others.
fn comment(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let (step, change) = match rest {
            _ if rest.starts_with("/*") => (2, 1),
            _ if rest.starts_with("*/") => (2, -1),
            _ => (rest.chars().next()?.len_utf8(), 0),
        };
        at += step;
        depth += change;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// How a text in quotes that begins here ends.
struct Opening {
    length: usize,
    /// The hashes of a raw text; `None` for one with escapes.
    hashes: Option<usize>,
}

/// `"`, `b"`, `c"`, `r"`, `r#"`, `br"`, …
fn string_opening(text: &str) -> Option<Opening> {
    let prefix = ["", "b", "c"].into_iter().find(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with('"') || rest.starts_with("r\"") || rest.starts_with("r#"))
    })?;
    let rest = &text[prefix.len()..];
    if rest.starts_with('"') {
        return Some(Opening { length: prefix.len() + 1, hashes: None });
    }
    let hashes = rest[1..].chars().take_while(|next| *next == '#').count();
    let length = prefix.len() + hashes + 2;
    rest[1 + hashes..].starts_with('"').then_some(Opening { length, hashes: Some(hashes) })
}

impl Opening {
    /// The length of the whole, and whether it is closed.
    fn end(&self, text: &str) -> (usize, bool) {
        let body = &text[self.length..];
        if let Some(hashes) = self.hashes {
            let closing = format!("\"{}", "#".repeat(hashes));
            let end = body.find(&closing).map(|at| self.length + at + closing.len());
            return (end.unwrap_or(text.len()), end.is_some());
        }
        let mut escaped = false;
        for (at, next) in body.char_indices() {
            match next {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return (self.length + at + 1, true),
                _ => {}
            }
        }
        (text.len(), false)
    }
}

/// The length of a character literal; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    let mut chars = body.char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        let end = body.get(2..)?.find('\'')?;
        return Some(end + 4);
    }
    let (at, second) = chars.next()?;
    (second == '\'').then_some(at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_brackets_and_texts_are_told_apart() {
        let code = "let s = br#\"a\" ( \"# /* no */ + 'x' + b\"é\\\"\" ; r#type('a, \"not closed";
        let found: Vec<&str> = tokens(code).iter().map(|token| &code[token.start..token.end]).collect();
        assert_eq!(
            found,
            [
                "let",
                "s",
                "=",
                "br#\"a\" ( \"#",
                "+",
                "'x'",
                "+",
                "b\"é\\\"\"",
                ";",
                "r",
                "#",
                "type",
                "(",
                "'",
                "a",
                ",",
                "\"not closed"
            ]
        );
        let bodies: Vec<&str> = tokens(code)
            .iter()
            .filter_map(|token| match token.kind {
                TokenKind::Text { body, .. } => Some(&code[body.0..body.1]),
                _ => None,
            })
            .collect();
        assert_eq!(bodies, ["a\" ( ", "é\\\"", "not closed"]);
        for end in 0..code.len() {
            // Whatever the text is cut to, every piece lies in it.
            if let Some(part) = code.get(..end) {
                assert!(tokens(part).iter().all(|token| token.start < token.end && token.end <= end), "{part}");
            }
        }
    }
}
