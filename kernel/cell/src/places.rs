//! Where a line of compiled source came from in the cell the user typed.
//!
//! evcxr writes a cell's statements, verbatim and in order, between code of its own, and repeats the functions of
//! earlier cells in every later one. The text of a line is therefore enough to find it: in the cell itself first, then
//! in earlier cells, latest first.

use std::collections::BTreeMap;

/// A line of a cell as the user typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserLine {
    /// The number of the cell.
    pub cell: u32,
    /// The line within the cell, from 1.
    pub line: u32,
    /// Its text.
    pub text: String,
}

/// What was typed and what was compiled, cell by cell.
#[derive(Default)]
pub(crate) struct Sources(BTreeMap<u32, Source>);

struct Source {
    typed: String,
    compiled: String,
}

impl Sources {
    /// Remembers a cell. A cell that runs in two attempts is remembered as the last one.
    pub(crate) fn remember(&mut self, cell: u32, typed: &str, compiled: String) {
        self.0.insert(cell, Source { typed: typed.to_owned(), compiled });
    }

    /// What the user typed as this cell.
    pub(crate) fn typed(&self, cell: u32) -> Option<&str> {
        self.0.get(&cell).map(|source| source.typed.as_str())
    }

    /// The user's line for `line` of what was compiled for `cell`.
    pub(crate) fn resolve(&self, cell: u32, line: u32) -> Option<UserLine> {
        let compiled: Vec<&str> = self.0.get(&cell)?.compiled.lines().map(str::trim).collect();
        let index = usize::try_from(line.checked_sub(1)?).ok()?;
        let wanted = *compiled.get(index).filter(|text| !text.is_empty())?;
        let earlier_twins = compiled[..index].iter().filter(|text| **text == wanted).count();
        self.0.range(..=cell).rev().find_map(|(number, source)| {
            let lines = || source.typed.lines().enumerate();
            let twins: Vec<_> = lines().filter(|(_, text)| text.trim() == wanted).collect();
            let (at, text) = twins
                .get(earlier_twins)
                .or(twins.last())
                .copied()
                // The first line of a statement that follows another one on the same line, or a line cut at its end.
                .or_else(|| lines().find(|(_, text)| wanted.len() > 3 && text.contains(wanted)))?;
            Some(UserLine { cell: *number, line: u32::try_from(at + 1).ok()?, text: text.to_owned() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPED: &str = "let a = 1;\n    a.foo();\nlet b = 2; b.bar();\n    a.foo();";
    const COMPILED: &str = "use x;\nfn run() {\nlet a = 1;\n\na.foo();\nlet b = 2;\nb.bar();\na.foo();\nstore(a);\n}";

    fn sources() -> Sources {
        let mut sources = Sources::default();
        sources.remember(1, "fn helper() {\n    panic!()\n}", "fn helper() {\n    panic!()\n}".to_owned());
        sources.remember(2, TYPED, format!("fn helper() {{\n    panic!()\n}}\n{COMPILED}"));
        sources
    }

    fn found(cell: u32, line: u32) -> Option<(u32, u32)> {
        sources().resolve(cell, line).map(|place| (place.cell, place.line))
    }

    #[test]
    fn a_line_is_found_by_its_text_and_its_turn() {
        assert_eq!(found(2, 6), Some((2, 1)), "let a");
        assert_eq!(found(2, 8), Some((2, 2)), "the first a.foo()");
        assert_eq!(found(2, 9), Some((2, 3)), "let b, with another statement behind it");
        assert_eq!(found(2, 10), Some((2, 3)), "b.bar()");
        assert_eq!(found(2, 11), Some((2, 4)), "the second a.foo()");
    }

    #[test]
    fn a_function_of_an_earlier_cell_is_found_there() {
        assert_eq!(found(2, 2), Some((1, 2)));
    }

    #[test]
    fn generated_lines_come_from_nowhere() {
        assert_eq!(found(2, 12), None, "store(a)");
        assert_eq!(found(2, 0), None);
        assert_eq!(found(2, 99), None);
        assert_eq!(found(7, 1), None);
    }
}
