//! Failures as a user reads them: what failed, in which step, on which line of which cell, and what to do next.

use crate::display::escape::visible;
use crate::display::width::width;
use crate::magics::Call;
use crate::service::{Failure, Places};
use headwater::{Place, Plan, Request, Step};
use headwater_cell::{TokenKind, tokens};
use headwater_exec::{Error, ErrorKind};

const RED: &str = "\u{1b}[1;31m";
const BLUE: &str = "\u{1b}[34m";
const CYAN: &str = "\u{1b}[36m";
const PLAIN: &str = "\u{1b}[0m";

/// Errors beyond these are counted only.
const SHOWN: usize = 5;

/// What is known about where an error belongs.
pub struct Scene<'a> {
    /// The request that failed; absent when it could not be read.
    pub request: Option<&'a Request>,
    /// The magic that failed, when it was one.
    pub call: Option<&'a Call<'a>>,
    /// Where a line of generated source came from.
    pub places: &'a dyn Places,
    /// The cell that runs now.
    pub cell: u32,
}

/// The failure that `errors` are, the first being the one to act on.
pub fn compose(errors: &[Error], scene: &Scene<'_>) -> Failure {
    let unknown = [Error::new(ErrorKind::Internal, "something failed without saying what")];
    let errors: Vec<Error> = if errors.is_empty() { &unknown } else { errors }.iter().cloned().map(settled).collect();
    let first = &errors[0];
    let mut traceback = Vec::new();
    for (at, error) in errors.iter().take(SHOWN).enumerate() {
        if at > 0 {
            traceback.push(String::new());
        }
        traceback.extend(explain(error, scene));
    }
    if errors.len() > SHOWN {
        traceback.extend([String::new(), format!("… and {} more", errors.len() - SHOWN)]);
    }
    Failure { ename: name(first.kind, scene).to_owned(), evalue: sentence(first, scene), traceback }
}

/// An interrupt is no fault of the step it struck; what matters is that nothing is lost. A fault of Headwater is owned up to.
fn settled(error: Error) -> Error {
    match error.kind {
        ErrorKind::Cancelled => Error { node: None, ..error }.hint("Variables are kept."),
        ErrorKind::Internal if error.hint.is_none() => {
            error.hint("This is a fault of Headwater, not of your pipeline; please report it.")
        }
        _ => error,
    }
}

/// The failure of a fault in Headwater: a panic with `message`.
pub fn panicked(message: &str) -> Failure {
    let error = Error::new(ErrorKind::Internal, format!("internal error: {message}")).hint(
        "This is a fault of Headwater, not of your pipeline. Variables are kept and the next cell works; please report it.",
    );
    compose(&[error], &Scene { request: None, call: None, places: &Nowhere, cell: 0 })
}

/// What a panic said.
pub fn message_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}

struct Nowhere;

impl Places for Nowhere {
    fn resolve(&self, _cell: u32, _line: u32) -> Option<crate::service::CellPlace> {
        None
    }

    fn text(&self, _cell: u32) -> Option<String> {
        None
    }
}

fn name(kind: ErrorKind, scene: &Scene<'_>) -> &'static str {
    match kind {
        ErrorKind::Config if scene.call.is_some() => "MagicError",
        ErrorKind::Plan => "PlanError",
        ErrorKind::Source => "SourceError",
        ErrorKind::Sink => "SinkError",
        ErrorKind::Checkpoint => "CheckpointError",
        ErrorKind::Decode => "DecodeError",
        ErrorKind::Config => "ConfigError",
        ErrorKind::Memory => "MemoryError",
        ErrorKind::Cancelled => "KeyboardInterrupt",
        ErrorKind::Internal => "InternalError",
    }
}

/// The error without colour: message and place in one line, further lines of the message as they are, then the hint.
fn sentence(error: &Error, scene: &Scene<'_>) -> String {
    let mut lines = visible_lines(&error.message);
    if let (Some(spot), Some(first)) = (Spot::of(error, scene), lines.first_mut()) {
        first.push_str(&format!(" ({})", spot.words()));
    }
    let several = lines.len() > 1;
    let mut out = lines.join("\n");
    if let Some(hint) = &error.hint {
        let hint = visible_lines(hint).join(" ");
        let new_sentence = hint.chars().next().is_some_and(char::is_uppercase);
        out.push_str(match (several, new_sentence) {
            (true, _) => "\n",
            (false, true) => ". ",
            (false, false) => "; ",
        });
        out.push_str(&hint);
    }
    out
}

/// The error in several lines, with colour.
fn explain(error: &Error, scene: &Scene<'_>) -> Vec<String> {
    let mut message = visible_lines(&error.message).into_iter();
    let mut out = vec![format!("{RED}{}{PLAIN}: {}", name(error.kind, scene), message.next().unwrap_or_default())];
    out.extend(message);
    if let Some(spot) = Spot::of(error, scene) {
        out.push(format!("  {BLUE}-->{PLAIN} {}", spot.words()));
        out.extend(spot.excerpt());
    }
    if let Some(hint) = &error.hint {
        let mut hint = visible_lines(hint).into_iter();
        out.push(format!("{CYAN}hint{PLAIN}: {}", hint.next().unwrap_or_default()));
        out.extend(hint);
    }
    out
}

/// Text of an error line by line, nothing in it able to act on a terminal.
fn visible_lines(text: &str) -> Vec<String> {
    text.lines().map(|line| visible(&line.replace('\t', "    "))).collect()
}

/// The step an error happened in, and the line it was written on.
struct Spot {
    step: String,
    cell: Option<u32>,
    /// The cell is not the one that runs now.
    earlier: bool,
    line: Option<Line>,
}

struct Line {
    number: u32,
    text: String,
    /// What the arrow is under, in bytes of `text`: the name that is wrong, or the step's verb.
    mark: Option<(usize, usize)>,
}

impl Spot {
    fn of(error: &Error, scene: &Scene<'_>) -> Option<Spot> {
        let (request, node) = match (scene.request, error.node, scene.call) {
            (Some(request), Some(node), _) => (request, node),
            (_, _, Some(call)) => return Some(Spot::of_call(call, scene.cell)),
            _ => return None,
        };
        let step = match scene.call {
            // What is wrong with a text is wrong before there are steps.
            Some(call) if request.plan.nodes.is_empty() => written(call),
            _ => request.plan.describe(node),
        };
        let Some(place) = request.places.iter().find(|place| place.node == node) else {
            return Some(Spot { step, cell: None, earlier: false, line: None });
        };
        let own = scene.places.resolve(place.cell, place.line);
        let number = own.as_ref().map_or(place.cell, |own| own.cell);
        let earlier = scene.cell != 0 && number != scene.cell;
        // The places of a magic's text are those that its reader saw.
        let exact = scene.call.is_some() && !earlier;
        let line = own.map(|own| {
            let lines = lines_of_call(own.line, own.text, scene.places.text(own.cell).as_deref());
            Line::of(lines, place, &methods_of(&request.plan, node), &error.message, exact)
        });
        Some(Spot { step, cell: Some(number), earlier, line })
    }

    fn of_call(call: &Call<'_>, cell: u32) -> Spot {
        let text = call.text.to_owned();
        let mark = Some((0, text.trim_end().len()));
        let step = written(call);
        Spot { step, cell: Some(cell), earlier: false, line: Some(Line { number: call.line, text, mark }) }
    }

    /// `step 3, `filter`, in cell 3, line 12`.
    fn words(&self) -> String {
        let mut out = self.step.clone();
        if let Some(cell) = &self.cell {
            out.push_str(&format!(", in cell {cell}"));
        }
        if let Some(line) = &self.line {
            out.push_str(&format!(", line {}", line.number));
            if let Some((start, _)) = line.mark {
                out.push_str(&format!(", column {}", line.column(start)));
            }
        }
        if self.earlier {
            out.push_str(" (run earlier)");
        }
        out
    }

    /// The line with its number, and an arrow under the step.
    fn excerpt(&self) -> Vec<String> {
        let Some(line) = &self.line else { return Vec::new() };
        let number = line.number.to_string();
        let margin = " ".repeat(number.len());
        let mut out = vec![format!(" {BLUE}{number} |{PLAIN} {}", shown(line.text.trim_end()))];
        if let Some((start, end)) = line.mark {
            let before = " ".repeat(width(&shown(&line.text[..start])));
            // Behind the last word there is nothing to stand under.
            let under = "^".repeat(width(&shown(&line.text[start..end])).max(1));
            out.push(format!(" {BLUE}{margin} |{PLAIN} {before}{RED}{under}{PLAIN}"));
        }
        out
    }
}

/// A part of a line as a terminal may show it.
fn shown(text: &str) -> String {
    visible(&text.replace('\t', "    "))
}

impl Line {
    /// The line, of those of a call, that the message is about: where the wrong text or name stands, or else the verb.
    fn of(lines: Vec<(u32, String)>, place: &Place, verbs: &[&str], message: &str, exact: bool) -> Line {
        let sql = |(at, (_, text)): (usize, &(u32, String))| Some((at, in_sql(text, message)?));
        let found = lines.iter().enumerate().find_map(sql).or_else(|| {
            let named = |(at, (_, text)): (usize, &(u32, String))| Some((at, quoted(text, message)?));
            let mut all = lines.iter().enumerate().filter_map(named);
            // Twice it would not be known which one is meant.
            all.next().filter(|_| all.next().is_none())
        });
        let verb = |(_, text): &(u32, String)| verbs.iter().find_map(|verb| underlined(text, place, verb));
        let found = found.or_else(|| {
            let first = lines.first()?;
            let word = || word_at(&first.1, place).filter(|_| exact);
            Some((0, verb(first).or_else(|| named(&first.1, message)).or_else(word)?))
        });
        let (number, text) = lines.into_iter().nth(found.map_or(0, |(at, _)| at)).unwrap_or_default();
        Line { number, text, mark: found.map(|(_, mark)| mark) }
    }

    /// The column of a byte, from 1, in code points as an editor counts them.
    fn column(&self, byte: usize) -> usize {
        self.text[..byte].chars().count() + 1
    }
}

/// The line of a cell that a verb stands on, and those after it until the brackets are closed that open there.
fn lines_of_call(number: u32, text: String, cell: Option<&str>) -> Vec<(u32, String)> {
    let before = number.saturating_sub(1) as usize;
    let known = cell.filter(|cell| cell.lines().nth(before).is_some_and(|line| line == text));
    let Some(cell) = known else { return vec![(number, text)] };
    let start: usize = cell.split_inclusive('\n').take(before).map(str::len).sum();
    let rest = &cell[start..];
    let (mut depth, mut end) = (0_i32, text.len());
    for token in tokens(rest) {
        if depth <= 0 && token.start >= text.len() {
            break;
        }
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth -= 1,
            _ => {}
        }
        end = end.max(token.end);
    }
    (number..).zip(rest[..end].lines().map(str::to_owned)).collect()
}

/// How a magic is called.
fn written(call: &Call<'_>) -> String {
    format!("`{}{}`", call.takes.sign(), call.name)
}

/// The verbs that a step may be written with.
fn methods_of(plan: &Plan, node: u32) -> Vec<&'static str> {
    match plan.nodes.iter().find(|own| own.id == node).map(|own| &own.step) {
        Some(Step::Aggregate { .. }) => vec!["agg", "group_by"],
        Some(step) => vec![step.name()],
        None => Vec::new(),
    }
}

/// The place in SQL text that the message points at, where that text stands in `text`: its second line is a line of the SQL, its
/// third a mark under the place.
fn in_sql(text: &str, message: &str) -> Option<(usize, usize)> {
    let mut lines = message.lines();
    lines.next().filter(|first| first.contains("in SQL text: "))?;
    let (sql, mark) = (lines.next()?.strip_prefix("  ")?, lines.next()?.strip_prefix("  ")?);
    let begin = text.find(sql)?;
    let before: usize = sql.chars().take(mark.find('^')?).map(char::len_utf8).sum();
    let word = sql[before..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(sql.len() - before);
    // Behind the last character there is the closing quote.
    Some((begin + before, (begin + before + word.max(1)).min(text.len())))
}

/// The name that the message is about, where it stands once between quotes in `text`.
fn quoted(text: &str, message: &str) -> Option<(usize, usize)> {
    let name = message.split('`').nth(1).filter(|name| !name.is_empty())?;
    let quoted = format!("\"{name}\"");
    let mut places = text.match_indices(&quoted).map(|(at, _)| (at + 1, at + 1 + name.len()));
    places.next().filter(|_| places.next().is_none())
}

/// The name that the message is about, where it is one word of `text`.
fn named(text: &str, message: &str) -> Option<(usize, usize)> {
    let name = message.split('`').nth(1).filter(|name| !name.is_empty())?;
    let is_edge = |next: Option<char>| next.is_none_or(|next| !next.is_alphanumeric() && next != '_');
    let whole =
        |at: &usize| is_edge(text[..*at].chars().next_back()) && is_edge(text[at + name.len()..].chars().next());
    let mut places = text.match_indices(name).map(|(at, _)| at).filter(whole);
    let at = places.next().filter(|_| places.next().is_none())?;
    Some((at, at + name.len()))
}

/// The word that begins at a place which is known to be exact.
fn word_at(text: &str, place: &Place) -> Option<(usize, usize)> {
    let column = place.column.checked_sub(1)? as usize;
    let at = text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
    let end = text[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len() - at);
    let length = end.max(text[at..].chars().next().map_or(0, char::len_utf8));
    Some((at, at + length))
}

/// Where `method` stands in `text`: at the column the compiler saw, or, since generated source may have shifted that, at
/// the only call of it on the line.
fn underlined(text: &str, place: &Place, method: &str) -> Option<(usize, usize)> {
    let call = |start: usize| {
        let before = text[..start].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let after = text[start..].strip_prefix(method).is_some_and(|rest| rest.trim_start().starts_with('('));
        before && after
    };
    let column = place.column.saturating_sub(1) as usize;
    let seen = text.char_indices().nth(column).map(|(at, _)| at).filter(|&at| call(at));
    let start = seen.or_else(|| {
        let mut calls = text.match_indices(method).map(|(at, _)| at).filter(|&at| call(at));
        calls.next().filter(|_| calls.next().is_none())
    })?;
    Some((start, start + method.len()))
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
