//! A cell's text before the cursor, cut into pieces: which calls the cursor stands in, and what chain of verbs a call ends.

use headwater_cell::{Token, TokenKind, tokens};

/// Chains of chains are followed so far: a name that is defined by itself must not be followed for ever.
const DEEPEST: usize = 12;

/// The text before the cursor.
pub struct Before<'a> {
    /// That text.
    pub code: &'a str,
    tokens: Vec<Token>,
}

/// A call that the cursor stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// What is called.
    pub name: &'a str,
    /// Which argument the cursor is in, from 0.
    pub argument: usize,
    /// Which part of a tuple it is in, from 0, when it is in one.
    pub part: Option<usize>,
    /// Whether it is a method.
    pub method: bool,
    place: usize,
}

/// A method of a chain, with the pieces of its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verb<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its arguments: the first piece, and the one after the last.
    pub arguments: (usize, usize),
}

/// What a chain of methods begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head<'a> {
    /// A name, and the piece it is.
    Name(&'a str, usize),
    /// A function with its arguments.
    Call(Verb<'a>),
    /// Something else.
    Unknown,
}

/// `head.verb(…).verb(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain<'a> {
    /// What it begins with.
    pub head: Head<'a>,
    /// Its methods, in order.
    pub verbs: Vec<Verb<'a>>,
}

impl<'a> Before<'a> {
    /// The text of `code` before the byte `cursor`.
    pub fn new(code: &'a str, cursor: usize) -> Before<'a> {
        let code = &code[..cursor];
        Before { code, tokens: tokens(code) }
    }

    /// Where the text in quotes begins that the cursor is in, if it is in one.
    pub fn quoted(&self) -> Option<usize> {
        match self.tokens.last()?.kind {
            TokenKind::Text { body, closed: false } => Some(body.0),
            _ => None,
        }
    }

    /// Whether the cursor is in a comment.
    pub fn in_comment(&self) -> bool {
        let last_line = self.code.rsplit('\n').next().unwrap_or_default();
        let open = self.tokens.last().is_some_and(|token| token.kind == TokenKind::OpenComment);
        let line_comment = last_line.find("//").map(|at| self.code.len() - last_line.len() + at);
        open || line_comment.is_some_and(|at| self.tokens.iter().all(|token| token.start < at && token.end <= at))
    }

    /// The calls that the cursor stands in, the innermost first.
    pub fn calls(&self) -> Vec<Call<'a>> {
        let mut open: Vec<(usize, usize)> = Vec::new();
        let end = self.tokens.len() - usize::from(self.quoted().is_some());
        for (at, token) in self.tokens[..end].iter().enumerate() {
            match token.kind {
                TokenKind::Open(_) => open.push((at, 0)),
                TokenKind::Close(_) => drop(open.pop()),
                TokenKind::Sign(',') => open.last_mut().into_iter().for_each(|(_, commas)| *commas += 1),
                _ => {}
            }
        }
        let (mut found, mut part) = (Vec::new(), None);
        for (at, commas) in open.into_iter().rev() {
            match (self.tokens[at].kind, self.callee(at)) {
                (TokenKind::Open(')'), Some(place)) => {
                    let (name, method) = (self.word(place), self.is_sign(place.wrapping_sub(1), '.'));
                    found.push(Call { name, argument: commas, part: part.take(), method, place });
                }
                (TokenKind::Open(')'), None) => part = Some(commas),
                (TokenKind::Open(']'), _) => {}
                _ => break,
            }
        }
        found
    }

    /// The first argument of a call that is not finished, when it is a text in quotes.
    pub fn first_quote(&self, call: &Call<'a>) -> Option<&'a str> {
        self.quote((call.place + 2, call.place + 3))
    }

    /// The chain that a method is called on.
    pub fn receiver(&self, call: &Call<'a>) -> Option<Chain<'a>> {
        call.method.then(|| self.chain(call.place.checked_sub(2)?))?
    }

    /// The chain before the dot that the cursor is behind, perhaps with a part of a name between.
    pub fn before_dot(&self) -> Option<Chain<'a>> {
        let last = self.tokens.len().checked_sub(1)?;
        let typed = self.tokens[last].kind == TokenKind::Word && self.tokens[last].end == self.code.len();
        let dot = if typed { last.checked_sub(1)? } else { last };
        self.is_sign(dot, '.').then(|| self.chain(dot.checked_sub(1)?))?
    }

    /// The chain that a `let` before the piece `place` gives this name.
    pub fn definition(&self, name: &str, place: usize) -> Option<Chain<'a>> {
        (0..place).rev().filter(|at| self.is_word(*at, "let")).find_map(|at| {
            let own = if self.is_word(at + 1, "mut") { at + 2 } else { at + 1 };
            self.is_word(own, name).then(|| self.chain(self.end_of_statement(own, place)?))?
        })
    }

    /// The arguments between the commas: of the list, when there is but one.
    pub fn items(&self, (mut first, mut end): (usize, usize)) -> Vec<(usize, usize)> {
        if self.is_word(first, "vec") && self.is_sign(first + 1, '!') {
            first += 2;
        }
        if self.is_sign(first, '&') {
            first += 1;
        }
        let list = matches!(self.kind(first), Some(TokenKind::Open(']')));
        if list && self.closing(first).is_some_and(|close| close + 1 >= end) {
            (first, end) = (first + 1, end - 1);
        }
        let (mut items, mut depth, mut begin) = (Vec::new(), 0_usize, first);
        for at in first..end {
            match self.kind(at) {
                Some(TokenKind::Open(_)) => depth += 1,
                Some(TokenKind::Close(_)) => depth = depth.saturating_sub(1),
                Some(TokenKind::Sign(',')) if depth == 0 => {
                    items.push((begin, at));
                    begin = at + 1;
                }
                _ => {}
            }
        }
        items.push((begin, end));
        items.retain(|(begin, end)| begin < end);
        items
    }

    /// The parts of a tuple.
    pub fn tuple(&self, (first, end): (usize, usize)) -> Vec<(usize, usize)> {
        match self.kind(first) {
            Some(TokenKind::Open(')')) if end > first + 1 => self.items((first + 1, end - 1)),
            _ => Vec::new(),
        }
    }

    /// The text in quotes that these pieces are.
    pub fn quote(&self, (first, end): (usize, usize)) -> Option<&'a str> {
        match self.kind(first).filter(|_| end == first + 1)? {
            TokenKind::Text { body, closed: true } => self.code.get(body.0..body.1),
            _ => None,
        }
    }

    /// The word that these pieces are, or end with: `Envelope::Key` is `Key`.
    pub fn last_word(&self, (first, end): (usize, usize)) -> Option<&'a str> {
        let last = end.checked_sub(1).filter(|last| *last >= first)?;
        (self.kind(last) == Some(TokenKind::Word)).then(|| self.word(last))
    }

    /// The chain that these pieces are.
    pub fn chain_of(&self, (first, end): (usize, usize)) -> Option<Chain<'a>> {
        (first < end).then(|| self.chain(end - 1))?
    }

    fn chain(&self, last: usize) -> Option<Chain<'a>> {
        let mut verbs = Vec::new();
        let mut at = last;
        for _ in 0..DEEPEST * DEEPEST {
            match self.kind(at)? {
                TokenKind::Sign('?') => at = at.checked_sub(1)?,
                TokenKind::Close(')') => {
                    let open = self.opening(at)?;
                    let Some(place) = self.callee(open) else {
                        let inner = self.chain(at.checked_sub(1).filter(|inner| *inner > open)?)?;
                        verbs.reverse();
                        return Some(Chain { head: inner.head, verbs: [inner.verbs, verbs].concat() });
                    };
                    let verb = Verb { name: self.word(place), arguments: (open + 1, at) };
                    if place < 2 || !self.is_sign(place - 1, '.') {
                        verbs.reverse();
                        return Some(Chain { head: Head::Call(verb), verbs });
                    }
                    verbs.push(verb);
                    at = place - 2;
                }
                kind => {
                    let plain = kind == TokenKind::Word && !self.is_sign(at.wrapping_sub(1), '.');
                    verbs.reverse();
                    let head = if plain { Head::Name(self.word(at), at) } else { Head::Unknown };
                    return Some(Chain { head, verbs });
                }
            }
        }
        None
    }

    /// The last piece of the statement in which piece `from` is, if it ends before piece `limit`.
    fn end_of_statement(&self, from: usize, limit: usize) -> Option<usize> {
        let mut depth = 0_i32;
        for at in from..limit {
            match self.kind(at)? {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) => depth -= 1,
                TokenKind::Sign(';') if depth == 0 => return at.checked_sub(1),
                _ => {}
            }
        }
        None
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        Some(self.tokens.get(at)?.kind)
    }

    fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| &self.code[token.start..token.end])
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.kind(at) == Some(TokenKind::Word) && self.word(at) == word
    }

    fn is_sign(&self, at: usize, sign: char) -> bool {
        self.kind(at) == Some(TokenKind::Sign(sign))
    }

    /// The name before the bracket that opens at `open`.
    fn callee(&self, open: usize) -> Option<usize> {
        let place = open.checked_sub(1)?;
        let word = (self.kind(place)? == TokenKind::Word).then(|| self.word(place))?;
        (!matches!(word, "in" | "if" | "match" | "return" | "while" | "else" | "let" | "mut")).then_some(place)
    }

    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        (open..self.tokens.len()).find(|at| {
            match self.tokens[*at].kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        })
    }

    fn opening(&self, close: usize) -> Option<usize> {
        let mut depth = 0_usize;
        (0..=close).rev().find(|at| {
            match self.tokens[*at].kind {
                TokenKind::Close(_) => depth += 1,
                TokenKind::Open(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(code: &str) -> String {
        let before = Before::new(code, code.len());
        let shown = before.calls().into_iter().map(|call| {
            let part = call.part.map(|part| format!(".{part}")).unwrap_or_default();
            let dot = if call.method { "." } else { "" };
            format!("{dot}{}:{}{part}", call.name, call.argument)
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_calls_around_the_cursor_are_known() {
        assert_eq!(calls("orders.filter(col(\"am"), "col:0 .filter:0");
        assert_eq!(calls("kafka(\"b\", \"or"), "kafka:1");
        assert_eq!(calls("orders.agg([sum(\"a\").alias(\"b\"), max(\""), "max:0 .agg:0");
        assert_eq!(calls("orders.rename([(\"a\", \"b\"), (\"c\", \""), ".rename:0.1");
        assert_eq!(calls("f(1); let x = { g(\""), "g:0");
        assert_eq!(calls("if (col(\"a"), "col:0");
    }

    #[test]
    fn a_chain_is_followed_to_its_head() {
        let code = "let a = (kafka(\"b\", \"t\").json())?.filter(x); a.group_by([\"k\"]).window(w).agg([sum(\"";
        let before = Before::new(code, code.len());
        let agg = before.calls()[1];
        let chain = before.receiver(&agg).expect("a receiver");
        let Head::Name("a", place) = chain.head else { panic!("{chain:?}") };
        assert_eq!(chain.verbs.iter().map(|verb| verb.name).collect::<Vec<_>>(), ["group_by", "window"]);
        let defined = before.definition("a", place).expect("it is defined");
        let Head::Call(Verb { name: "kafka", arguments }) = defined.head else { panic!("{defined:?}") };
        assert_eq!(
            before.items(arguments).into_iter().filter_map(|item| before.quote(item)).collect::<Vec<_>>(),
            ["b", "t"]
        );
        assert_eq!(defined.verbs.iter().map(|verb| verb.name).collect::<Vec<_>>(), ["json", "filter"]);
    }
}
