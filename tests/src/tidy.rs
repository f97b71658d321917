//! Reading the repository's own files for the laws of the house: which there are, what they say, how long their functions are.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace;

/// The most lines a file may have, tests apart.
pub const FILE_LINES: usize = 600;

/// The most lines of code a function may have.
pub const FUNCTION_LINES: usize = 60;

/// A file of the repository.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path from the root.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// A function of a Rust file.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line it starts at, from 1.
    pub line: usize,
    /// Its lines of code: neither empty nor comment.
    pub lines: usize,
}

/// Every file that git knows, or would add, with one of these endings.
///
/// # Panics
/// When git is not there or a file is not UTF-8.
pub fn files(endings: &[&str]) -> Vec<SourceFile> {
    let root = workspace::root();
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output();
    let list = String::from_utf8(output.expect("git is there").stdout).expect("paths are UTF-8");
    let paths = list.lines().map(PathBuf::from).filter(|path| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        endings.contains(&ending) && root.join(path).is_file()
    });
    paths.map(|path| SourceFile { text: read(&root.join(&path)), path }).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()))
}

impl SourceFile {
    /// Its path as text.
    pub fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// Whether it holds nothing but tests.
    pub fn is_test(&self) -> bool {
        let name = self.name();
        let room = ["tests/it/", "/tests/", "/testing/"].iter().any(|room| name.contains(room));
        room || name.ends_with("tests.rs")
    }

    /// Its text without the tests at its end.
    pub fn product(&self) -> &str {
        self.text.split_once("\n#[cfg(test)]\nmod tests {").map_or(&self.text, |(product, _)| product)
    }

    /// Whether its first words (after a `#!` line) are a comment that says something.
    pub fn says_what_it_is_for(&self) -> bool {
        let opening = match self.path.extension().and_then(|ending| ending.to_str()) {
            Some("rs") => "//! ",
            Some("py") => "\"\"\"",
            _ => "# ",
        };
        let first = self.text.lines().find(|line| !line.starts_with("#!") && !line.is_empty()).unwrap_or_default();
        first.strip_prefix(opening).is_some_and(|words| words.split_whitespace().count() >= 2)
    }

    /// The functions of a Rust file as rustfmt lays them out: from the line of `fn` to the brace at the same indent.
    pub fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        let lines: Vec<&str> = self.product().lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(name) = function_name(line) else { continue };
            let indent = line.len() - line.trim_start().len();
            let closing = format!("{}}}", " ".repeat(indent));
            let rest = &lines[at..];
            let one_line = line.ends_with('}') || line.ends_with(';');
            let end = if one_line {
                0
            } else {
                rest.iter()
                    .position(|line| *line == closing || line.ends_with(';') && line.trim_start().starts_with(')'))
                    .unwrap_or(0)
            };
            let code =
                rest[..=end].iter().map(|line| line.trim()).filter(|line| !line.is_empty() && !line.starts_with("//"));
            found.push(Function { name: name.to_owned(), line: at + 1, lines: code.count() });
        }
        found
    }
}

/// The name of the function that starts on this line.
fn function_name(line: &str) -> Option<&str> {
    let mut words = line.trim_start().split(' ').skip_while(|word| {
        ["const", "async", "extern", "unsafe"].contains(word) || word.starts_with("pub") || word.starts_with('"')
    });
    (words.next()? == "fn").then_some(())?;
    words.next()?.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> SourceFile {
        SourceFile { path: "engine/x/src/a.rs".into(), text: text.to_owned() }
    }

    #[test]
    fn functions_are_found_with_their_lines_of_code() {
        let text = "//! A thing for tests.\nfn one() {}\nimpl A {\n    pub(crate) const fn two<T>(\n        a: T,\n    ) -> T {\n        // why\n        a\n    }\n}\n";
        let functions = file(text).functions();
        assert_eq!(functions[0], Function { name: "one".into(), line: 2, lines: 1 });
        assert_eq!(functions[1], Function { name: "two".into(), line: 4, lines: 5 });
    }

    #[test]
    fn a_file_without_a_purpose_is_found() {
        assert!(file("//! Reads and writes plans.\n").says_what_it_is_for());
        assert!(!file("use std::fs;\n").says_what_it_is_for());
        assert!(!file("//! Plans\n").says_what_it_is_for());
    }

    #[test]
    fn tests_at_the_end_do_not_count() {
        let text = "//! Some words here.\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        assert_eq!(file(text).functions().len(), 1);
    }
}
