//! A panic as the user should see it: its message, the line it struck, and the way there through the user's own functions. What
//! the hook in `runtime/first_cell.rs` noted is read here; frames of the standard library, of other crates and of code that evcxr
//! adds are left out.

use crate::error::{BLUE, CellError, PLAIN, quote};
use crate::places::UserLine;

/// More frames than this are counted only.
const SHOWN: usize = 10;
/// The source of a cell, as evcxr compiles it.
const CELL_SOURCE: &str = "src/lib.rs";

/// What the hook noted.
pub(crate) struct Note<'a> {
    file: &'a str,
    line: Option<u32>,
    message: &'a str,
    /// The backtrace as the standard library prints it.
    frames: &'a str,
}

/// A frame of a backtrace in the source of a cell.
#[derive(Debug, PartialEq, Eq)]
struct Frame<'a> {
    /// The function, without the crate that evcxr puts it in.
    function: &'a str,
    line: u32,
}

impl Note<'_> {
    /// Reads a note; one that is empty is of a cell that was ended on purpose.
    pub(crate) fn read(note: &str) -> Note<'_> {
        let (note, frames) = note.rsplit_once('\0').unwrap_or((note, ""));
        let mut lines = note.splitn(3, '\n');
        let (file, line) = (lines.next().unwrap_or_default(), lines.next().and_then(|line| line.parse().ok()));
        Note { file, line, message: lines.next().unwrap_or("the cell was ended"), frames }
    }

    fn struck_in_a_cell(&self) -> bool {
        self.file == CELL_SOURCE
    }
}

/// The error of a panic; `own` knows which line of a cell a line of its source is.
pub(crate) fn tell(note: &Note<'_>, own: impl Fn(u32) -> Option<UserLine>) -> CellError {
    let error = CellError::new("Panic", note.message, None);
    // The macro that shows the value of the last expression stands on the line before it.
    let below = |frame: &Frame<'_>| frame.function.is_empty().then(|| own(frame.line + 1)).flatten();
    let found = frames(note.frames).into_iter();
    let mut frames: Vec<(&str, UserLine)> =
        found.filter_map(|frame| Some((frame.function, own(frame.line).or_else(|| below(&frame))?))).collect();
    frames.dedup();
    let place = note.line.filter(|_| note.struck_in_a_cell()).and_then(&own);
    let elsewhere = || format!("{}, line {}", note.file, note.line.unwrap_or(0));
    let error = match (&place, frames.first()) {
        (Some(at), _) => error.with_lines(quote(&words(at), at.line, &at.text)),
        // It struck in code that a cell called: what counts is the call.
        (None, Some((_, at))) if !note.file.is_empty() => {
            error.with_lines(quote(&words(at), at.line, &at.text)).with_lines([format!("inside {}", elsewhere())])
        }
        _ if note.file.is_empty() || note.struck_in_a_cell() => error,
        _ => error.with_lines([format!("at {}", elsewhere())]),
    };
    error.with_lines(trace(&frames))
}

fn words(at: &UserLine) -> String {
    format!("cell {}, line {}", at.cell, at.line)
}

/// The calls that led there, the innermost first; nothing when there was none, the place says all then.
fn trace(frames: &[(&str, UserLine)]) -> Vec<String> {
    if frames.len() < 2 {
        return Vec::new();
    }
    let mut lines = vec![format!("{BLUE}backtrace{PLAIN} (the innermost call first):")];
    let width = frames.iter().take(SHOWN).map(|(_, at)| words(at).len()).max().unwrap_or_default();
    for (function, at) in frames.iter().take(SHOWN) {
        let name = if function.is_empty() { "the cell".to_owned() } else { format!("`{function}`") };
        lines.push(format!("  {:<width$}  in {name}: {}", words(at), at.text.trim()));
    }
    let more = frames.len().saturating_sub(SHOWN);
    lines.extend((more > 0).then(|| format!("  … and {more} more")));
    lines
}

/// The frames in the source of a cell; several that stand for one call are one. What comes before the machinery of panics is our hook.
fn frames(backtrace: &str) -> Vec<Frame<'_>> {
    let backtrace = &backtrace[backtrace.find("panicking::").unwrap_or(0)..];
    let mut found: Vec<Frame<'_>> = Vec::new();
    let mut symbol = "";
    for line in backtrace.lines().map(str::trim) {
        let Some(place) = line.strip_prefix("at ") else {
            symbol = line.split_once(": ").map_or("", |(_, symbol)| symbol);
            continue;
        };
        let Some(line) = line_of_cell(place) else { continue };
        let function = function(symbol);
        // A closure that a function of the standard library calls is seen with the function it stands in.
        if found.last() != Some(&Frame { function, line }) {
            found.push(Frame { function, line });
        }
    }
    found
}

/// `/somewhere/build/src/lib.rs:12:5` or `./src/lib.rs:12:5`.
fn line_of_cell(place: &str) -> Option<u32> {
    let (file, rest) = place.split_once(".rs:")?;
    let cell = file.strip_suffix("src/lib").is_some_and(|folder| folder == "./" || folder.ends_with("/build/"));
    rest.split(':').next().filter(|_| cell)?.parse().ok()
}

/// Without the crate; empty for the function that evcxr puts a cell's statements in, and for a closure of which no more is known.
fn function(symbol: &str) -> &str {
    let Some((_, own)) = symbol.split_once("::").filter(|_| !symbol.contains("run_user_code_")) else { return "" };
    own.split("::{").next().unwrap_or(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::readable;

    const BACKTRACE: &str = "   0: ctx::run_user_code_3::{{closure}}::{{closure}}
             at /tmp/session/build/src/lib.rs:900:22
   1: std::panicking::panic_with_hook
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/panicking.rs:833:13
   2: core::panicking::panic_bounds_check
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/panicking.rs:276:5
   3: ctx::third
             at /tmp/session/build/src/lib.rs:2:5
   4: ctx::outer::{{closure}}
             at /tmp/session/build/src/lib.rs:3:9
   5: core::ops::function::FnOnce::call_once
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/ops/function.rs:250:5
   6: ctx::run_user_code_4::{{closure}}
             at ./src/lib.rs:4:1
   7: std::panicking::try
   8: {closure#0}
             at ./headwater-kernel-7/build/src/lib.rs:4:1
   9: run_user_code_4
             at /tmp/session/build/src/lib.rs:800:1
  10: headwater_runtime::main
             at ./kernel/cell/src/runtime/main.rs:40:5
";

    /// Lines 2 to 4 of the source are the user's.
    fn own(line: u32) -> Option<UserLine> {
        let text = ["    of[2]", "    third(of)", "outer(&[1])"].get(line.checked_sub(2)? as usize)?;
        Some(UserLine { cell: line, line: 2, text: (*text).to_owned() })
    }

    #[test]
    fn the_users_own_frames_are_told() {
        let note = format!("src/lib.rs\n2\nindex out of bounds: the len is 1 but the index is 2\0{BACKTRACE}");
        insta::assert_snapshot!(readable(&tell(&Note::read(&note), own)));
    }

    #[test]
    fn a_panic_in_another_crate_points_at_the_call() {
        let note = format!("/registry/some/src/lib.rs\n7\ntold to\nin two lines\0{BACKTRACE}");
        insta::assert_snapshot!(readable(&tell(&Note::read(&note), own)));
        insta::assert_snapshot!(readable(&tell(&Note::read("/registry/some/src/lib.rs\n7\ntold to\0"), own)));
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        insta::assert_snapshot!(readable(&tell(&Note::read(""), own)));
        insta::assert_snapshot!(readable(&tell(&Note::read("src/lib.rs\n99\ntold to\0"), own)));
        let deep = (0..30).map(|n| format!("{n}: ctx::deep\n at ./src/lib.rs:{}:1\n", 2 + n % 2));
        let note = format!("src/lib.rs\n2\ntoo deep\0{}", deep.collect::<String>());
        let told = readable(&tell(&Note::read(&note), own));
        assert!(told.ends_with("  … and 20 more") && told.lines().count() < 20, "{told}");
    }
}
