//! Compile errors as the user should see them: the cell's own lines and columns, a caret under what is wrong, none of
//! the code evcxr adds.

use crate::error::{BLUE, BOLD, CellError, PLAIN, RED};
use crate::scan::{TokenKind, tokens};
use evcxr::CompilationError;

/// More errors than this are counted only: the first one usually causes the rest.
const SHOWN: usize = 5;

/// One error of the compiler, in the cell's own coordinates.
pub(crate) struct Problem {
    code: Option<String>,
    message: String,
    marks: Vec<Mark>,
    /// Help and notes, as pairs of `help` or `note` and text.
    advice: Vec<(String, String)>,
}

/// A place in the cell the compiler speaks about. Lines and columns count from 1; the end column is exclusive.
struct Mark {
    line: usize,
    columns: (usize, usize),
    label: String,
    primary: bool,
}

/// The error of a cell that does not compile, in front of which stood so many lines of ours.
pub(crate) fn compile_error(cell: u32, typed: &str, in_front: usize, errors: &[CompilationError]) -> CellError {
    // Where evcxr gives up by itself, it hands on whatever the compiler said, warnings about other code too.
    let is_error = |error: &&CompilationError| error.level() == "error";
    let grave: Vec<&CompilationError> = errors.iter().filter(is_error).collect();
    let all = if grave.is_empty() { errors.iter().collect() } else { grave };
    let mut problems: Vec<Problem> = all.into_iter().map(|error| problem(error, in_front)).collect();
    for problem in &mut problems {
        if problem.marks.is_empty() && problem.message.starts_with("unterminated") {
            problem.marks.extend(unterminated(typed));
        }
    }
    render(cell, typed, &problems)
}

/// Where what does not end begins; the compiler only says so of code that can be cut into statements.
fn unterminated(typed: &str) -> Option<Mark> {
    let last = tokens(typed).pop()?;
    let open = matches!(last.kind, TokenKind::OpenComment | TokenKind::Text { closed: false, .. });
    let before = &typed[..last.start];
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let label = "it begins here and does not end".to_owned();
    open.then(|| Mark { line: before.matches('\n').count() + 1, columns: (column, column + 1), label, primary: true })
}

fn problem(error: &CompilationError, in_front: usize) -> Problem {
    let marks = error.spanned_messages().iter().filter_map(|message| {
        let span = message.span?;
        let end = if span.end_line == span.start_line { span.end_column } else { usize::MAX };
        let columns = (span.start_column, end);
        let label = label(&message.label, &error.message());
        Some(Mark { line: span.start_line.checked_sub(in_front)?, columns, label, primary: message.is_primary })
    });
    let children = error.json["children"].as_array().map(Vec::as_slice).unwrap_or_default();
    let advice = children.iter().filter_map(|child| {
        let (level, text) = (child["level"].as_str()?, child["message"].as_str()?);
        let suggestion = child["spans"][0]["suggested_replacement"].as_str().map(str::trim).filter(|s| !s.is_empty());
        let text = suggestion.map_or_else(|| text.to_owned(), |code| format!("{text}: `{code}`"));
        (matches!(level, "help" | "note") && !text.contains("evcxr")).then(|| (level.to_owned(), text))
    });
    Problem {
        code: error.code().map(str::to_owned),
        message: error.message(),
        marks: marks.collect(),
        advice: advice.chain(error.evcxr_extra_hint().map(|hint| ("help".to_owned(), hint.to_owned()))).collect(),
    }
}

/// The first line of a label, unless it only repeats the message. What comes after the cell is code the user never saw.
fn label(label: &str, message: &str) -> String {
    let label = label.lines().next().unwrap_or_default().replace("`evcxr_variable_store`", "<end of input>");
    if label.strip_prefix("error: ") == Some(message) { String::new() } else { label }
}

fn render(cell: u32, typed: &str, problems: &[Problem]) -> CellError {
    let mut traceback = Vec::new();
    for problem in problems.iter().take(SHOWN) {
        traceback.extend(show(cell, typed, problem));
        traceback.push(String::new());
    }
    let more = problems.len().saturating_sub(SHOWN);
    if more > 0 {
        traceback.push(format!("… and {more} more"));
    }
    traceback.pop_if(|last| last.is_empty());
    let evalue = problems.first().map_or_else(
        || "the cell does not compile".to_owned(),
        |problem| match problem.place() {
            Some((line, column)) => format!("{} (line {line}, column {column})", problem.message),
            None => problem.message.clone(),
        },
    );
    CellError { ename: "CompileError", evalue, traceback }
}

impl Problem {
    fn place(&self) -> Option<(usize, usize)> {
        let mark = self.marks.iter().find(|mark| mark.primary).or(self.marks.first())?;
        Some((mark.line, mark.columns.0))
    }
}

fn show(cell: u32, typed: &str, problem: &Problem) -> Vec<String> {
    let code = problem.code.as_ref().map_or_else(String::new, |code| format!("[{code}]"));
    let mut shown = vec![format!("{RED}error{code}{PLAIN}{BOLD}: {}{PLAIN}", problem.message)];
    let lines: Vec<&str> = typed.lines().collect();
    let mut marks: Vec<&Mark> = problem.marks.iter().filter(|mark| (1..=lines.len()).contains(&mark.line)).collect();
    marks.sort_by_key(|mark| (mark.line, !mark.primary, mark.columns.0));
    let width = marks.last().map_or(1, |mark| mark.line.to_string().len());
    let margin = " ".repeat(width);
    if let Some((line, column)) = problem.place() {
        shown.push(format!("{margin}{BLUE}-->{PLAIN} cell {cell}, line {line}, column {column}"));
        shown.push(format!("{margin} {BLUE}|{PLAIN}"));
    }
    let mut quoted = 0;
    for mark in marks {
        let text = lines[mark.line - 1];
        if mark.line != quoted {
            shown.push(format!("{BLUE}{:width$} |{PLAIN} {}", mark.line, text.replace('\t', " ")));
            quoted = mark.line;
        }
        shown.push(format!("{margin} {BLUE}|{PLAIN} {}", underline(text, mark)));
    }
    shown.extend(
        problem.advice.iter().map(|(level, text)| format!("{margin} {BLUE}={PLAIN} {BOLD}{level}{PLAIN}: {text}")),
    );
    shown
}

fn underline(text: &str, mark: &Mark) -> String {
    let length = text.chars().count();
    let start = mark.columns.0.clamp(1, length + 1);
    let end = mark.columns.1.clamp(start + 1, (length + 1).max(start + 1));
    let (sign, colour) = if mark.primary { ("^", RED) } else { ("-", BLUE) };
    let space = " ".repeat(start - 1);
    format!("{space}{colour}{} {}", sign.repeat(end - start), mark.label).trim_end().to_owned() + PLAIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(line: usize, columns: (usize, usize), label: &str, primary: bool) -> Mark {
        Mark { line, columns, label: label.to_owned(), primary }
    }

    fn plain(error: &CellError) -> String {
        let text = error.traceback.join("\n");
        [RED, BLUE, BOLD, PLAIN].iter().fold(text, |text, colour| text.replace(colour, ""))
    }

    #[test]
    fn an_error_points_at_the_users_own_line() {
        let problem = Problem {
            code: Some("E0308".to_owned()),
            message: "mismatched types".to_owned(),
            marks: vec![
                mark(2, (14, 17), "expected `i64`, found `&str`", true),
                mark(2, (8, 11), "expected due to this", false),
            ],
            advice: vec![("help".to_owned(), "parse it: `\"é\".parse()?`".to_owned())],
        };
        let error = render(3, "let a = 1;\nlet x: i64 = \"é\";", &[problem]);
        assert_eq!(error.evalue, "mismatched types (line 2, column 14)");
        insta::assert_snapshot!(plain(&error), @r#"
        error[E0308]: mismatched types
         --> cell 3, line 2, column 14
          |
        2 | let x: i64 = "é";
          |              ^^^ expected `i64`, found `&str`
          |        --- expected due to this
          = help: parse it: `"é".parse()?`
        "#);
    }

    #[test]
    fn what_does_not_end_is_pointed_at_where_it_begins() {
        let mark = unterminated("let a = 1;\nlet ü = \"abc;").expect("it does not end");
        assert_eq!((mark.line, mark.columns), (2, (9, 10)));
        assert!(unterminated("let a = \"b\";").is_none());
    }

    #[test]
    fn a_label_says_more_than_the_message() {
        assert_eq!(
            label("error: expected `;`, found `evcxr_variable_store`", "expected `;`, found <end of input>"),
            ""
        );
        assert_eq!(label("not found in this scope\nmore", "cannot find value"), "not found in this scope");
    }

    #[test]
    fn a_place_outside_the_cell_does_no_harm() {
        let problem = Problem {
            code: None,
            message: "unclosed delimiter".to_owned(),
            marks: vec![mark(9, (4, usize::MAX), "", true), mark(1, (40, 41), "opened here", false)],
            advice: vec![],
        };
        insta::assert_snapshot!(plain(&render(1, "fn f() {", &[problem])), @r"
        error: unclosed delimiter
         --> cell 1, line 9, column 4
          |
        1 | fn f() {
          |         - opened here
        ");
    }
}
