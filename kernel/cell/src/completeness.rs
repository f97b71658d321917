//! Whether a console should run what was typed or wait for more: open brackets, strings and comments wait.

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

/// Judges by brackets, strings and comments alone; a line ending in a dot or an operator waits too, and so does an attribute.
pub fn completeness(code: &str) -> Completeness {
    let mut open = Vec::new();
    let mut scan = Scan { rest: code, last: ' ' };
    while let Some(token) = scan.next_token() {
        match token {
            Token::Open(bracket) => open.push(bracket),
            Token::Close(bracket) => {
                if open.pop() != Some(bracket) {
                    return Completeness::Invalid;
                }
            }
            Token::Unfinished => return Completeness::Incomplete { depth: open.len() },
        }
    }
    // An attribute says something about what follows.
    let last_line = code.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let goes_on = matches!(scan.last, '.' | '=' | '+' | '-' | '*' | '/' | '&' | '|' | ',' | ':' | '<')
        || (last_line.starts_with("#[") && last_line.ends_with(']'));
    if open.is_empty() && !goes_on { Completeness::Complete } else { Completeness::Incomplete { depth: open.len() } }
}

enum Token {
    Open(char),
    Close(char),
    /// A string or a comment that does not end.
    Unfinished,
}

struct Scan<'a> {
    rest: &'a str,
    /// The last character that is neither space nor comment.
    last: char,
}

impl Scan<'_> {
    fn next_token(&mut self) -> Option<Token> {
        loop {
            let next = self.rest.chars().next()?;
            if self.rest.starts_with("//") {
                self.rest = self.rest.split_once('\n').map_or("", |(_, after)| after);
                continue;
            }
            if self.rest.starts_with("/*") {
                match comment(self.rest) {
                    Some(length) => self.rest = &self.rest[length..],
                    None => return Some(Token::Unfinished),
                }
                continue;
            }
            if let Some(opening) = string_opening(self.rest, self.last) {
                match opening.end(self.rest) {
                    Some(length) => self.skip(length, '"'),
                    None => return Some(Token::Unfinished),
                }
                continue;
            }
            if let Some(length) = character(self.rest) {
                self.skip(length, '\'');
                continue;
            }
            self.rest = &self.rest[next.len_utf8()..];
            if !next.is_whitespace() {
                self.last = next;
            }
            match next {
                '(' => return Some(Token::Open(')')),
                '[' => return Some(Token::Open(']')),
                '{' => return Some(Token::Open('}')),
                ')' | ']' | '}' => return Some(Token::Close(next)),
                _ => {}
            }
        }
    }

    fn skip(&mut self, length: usize, last: char) {
        self.rest = &self.rest[length..];
        self.last = last;
    }
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

/// How a string that begins here ends.
struct Opening {
    length: usize,
    /// The hashes of a raw string; `None` for one with escapes.
    raw: Option<usize>,
}

fn string_opening(text: &str, before: char) -> Option<Opening> {
    if text.starts_with('"') {
        return Some(Opening { length: 1, raw: None });
    }
    if before.is_alphanumeric() && !matches!(before, 'b' | 'c') || before == '_' {
        return None;
    }
    let hashes = text.strip_prefix('r')?.chars().take_while(|next| *next == '#').count();
    text[1 + hashes..].starts_with('"').then_some(Opening { length: hashes + 2, raw: Some(hashes) })
}

impl Opening {
    fn end(&self, text: &str) -> Option<usize> {
        let body = &text[self.length..];
        if let Some(hashes) = self.raw {
            let closing = format!("\"{}", "#".repeat(hashes));
            return body.find(&closing).map(|at| self.length + at + closing.len());
        }
        let mut escaped = false;
        for (at, next) in body.char_indices() {
            match next {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return Some(self.length + at + 1),
                _ => {}
            }
        }
        None
    }
}

/// The length of a character literal; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    let mut chars = body.char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        let end = body[2..].find('\'')?;
        return Some(end + 4);
    }
    let (at, second) = chars.next()?;
    (second == '\'').then_some(at + 2)
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
