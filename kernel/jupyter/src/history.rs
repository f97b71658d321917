//! What was typed: in this session, and in former ones, which a file keeps.
//!
//! The file holds one JSON object a line, is readable for its owner only, and is shared by all kernels that run: each takes a number for its
//! session when it first writes, under the file's lock. A line that cannot be read is passed over, and a file that cannot be
//! written costs no more than the memory of former sessions.

mod glob;

use crate::history::glob::matches;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file is cut to its newer half when it is larger than this, bytes.
const LARGEST_FILE: u64 = 16 << 20;
/// Of a longer cell or result, bytes, the file keeps nothing: it is for looking up what was typed.
const LONGEST_TEXT: usize = 256 << 10;

/// What was typed. Without a file it ends with the kernel.
#[derive(Debug)]
pub struct History {
    file: Option<PathBuf>,
    /// The number of this session; 0 until it has one.
    session: u32,
    own: Vec<Entry>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    session: u32,
    line: u32,
    input: String,
    /// Its result as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

/// What a front end asks for.
#[derive(Debug, Deserialize)]
#[serde(tag = "hist_access_type", rename_all = "lowercase")]
enum Wanted {
    /// The last `n` cells.
    Tail { n: Option<usize> },
    /// Cells of one session from `start` to before `stop`. A session of 0 is this one, -1 the one before.
    Range {
        #[serde(default)]
        session: i64,
        #[serde(default)]
        start: i64,
        stop: Option<i64>,
    },
    /// The last `n` cells that the pattern fits.
    Search {
        #[serde(default = "anything")]
        pattern: String,
        n: Option<usize>,
        #[serde(default)]
        unique: bool,
    },
}

fn anything() -> String {
    "*".to_owned()
}

impl History {
    /// A history that ends with the kernel.
    pub fn of_this_session() -> History {
        History { file: None, session: 0, own: Vec::new() }
    }

    /// A history that is kept in `file`, which is made with its folder when the first cell was run.
    pub fn kept_in(file: PathBuf) -> History {
        History { file: Some(file), ..History::of_this_session() }
    }

    /// Takes a cell in.
    pub(crate) fn push(&mut self, line: u32, input: &str, output: Option<String>) {
        let mut entry = Entry { session: self.session.max(1), line, input: input.to_owned(), output };
        if let Some(file) = &self.file
            && let Err(error) = keep(file, &mut entry, self.session == 0)
        {
            tracing::warn!(file = %file.display(), %error, "Failed to keep the history; it ends with this kernel.");
            self.file = None;
        }
        self.session = entry.session;
        self.own.push(entry);
    }

    /// The `history` of a reply: lists of session, line and input; with `output`, input and output are a list of their own.
    ///
    /// # Errors
    /// The request is none of the three kinds.
    pub(crate) fn answer(&self, request: &Value) -> Result<Value, serde_json::Error> {
        let wanted = Wanted::deserialize(request)?;
        let with_output = request["output"].as_bool().unwrap_or(false);
        let shown = |entry: Entry| {
            let Entry { session, line, input, output } = entry;
            if with_output { json!([session, line, [input, output]]) } else { json!([session, line, input]) }
        };
        Ok(self.find(wanted).into_iter().map(shown).collect())
    }

    fn find(&self, wanted: Wanted) -> Vec<Entry> {
        let mut found = self.all();
        let most = match wanted {
            Wanted::Tail { n } => n,
            Wanted::Range { session, start, stop } => {
                let session = if session > 0 { session } else { i64::from(self.session) + session };
                let lines = start..stop.unwrap_or(i64::MAX);
                found.retain(|entry| i64::from(entry.session) == session && lines.contains(&i64::from(entry.line)));
                None
            }
            Wanted::Search { pattern, n, unique } => {
                found.retain(|entry| matches(&pattern, &entry.input));
                if unique {
                    let mut seen = HashSet::new();
                    found.reverse();
                    found.retain(|entry| seen.insert(entry.input.clone()));
                    found.reverse();
                }
                n
            }
        };
        let first = most.map_or(0, |most| found.len().saturating_sub(most));
        found.split_off(first)
    }

    /// Everything, in the order it was typed; of this session also what the file has not taken.
    fn all(&self) -> Vec<Entry> {
        let text = self.file.as_ref().and_then(|file| std::fs::read(file).ok()).unwrap_or_default();
        let read = text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Entry>(line).ok());
        let mut all: Vec<Entry> = read.filter(|entry| self.own.is_empty() || entry.session != self.session).collect();
        all.extend(self.own.iter().cloned());
        all
    }
}

/// Appends an entry; the first of a session is given the next number.
fn keep(path: &Path, entry: &mut Entry, is_first: bool) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path)?;
    // Let go of when the file is closed.
    file.lock()?;
    if is_first {
        if file.metadata()?.len() > LARGEST_FILE {
            drop_older_half(path, &mut file)?;
        }
        entry.session = last_session(&mut file)? + 1;
    }
    let too_long = |text: &str| text.len() > LONGEST_TEXT;
    let kept = Entry { output: entry.output.clone().filter(|text| !too_long(text)), ..entry.clone() };
    if too_long(&kept.input) && !is_first {
        return Ok(());
    }
    let input = if too_long(&kept.input) { "// a long cell".to_owned() } else { kept.input };
    // A line that a crash cut off must not spoil this one.
    let text = serde_json::to_string(&Entry { input, ..kept })?;
    let line = if ends_whole(&mut file)? { format!("{text}\n") } else { format!("\n{text}\n") };
    file.write_all(line.as_bytes())
}

fn last_session(file: &mut File) -> std::io::Result<u32> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut text)?;
    let sessions = text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Entry>(line).ok());
    Ok(sessions.map(|entry| entry.session).max().unwrap_or(0))
}

fn ends_whole(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// In place, because others wait for the lock of this very file. Cut off half-way, it leaves whole lines and one broken one.
fn drop_older_half(path: &Path, file: &mut File) -> std::io::Result<()> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(file.metadata()?.len() / 2))?;
    file.read_to_end(&mut text)?;
    let newer = text.iter().position(|byte| *byte == b'\n').map_or(&[][..], |end| &text[end + 1..]);
    // Not the file itself, which only appends.
    OpenOptions::new().write(true).open(path)?.write_all(newer)?;
    file.set_len(newer.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(history: &History, request: &Value) -> Value {
        history.answer(request).unwrap()
    }

    fn tail(history: &History, n: usize) -> Value {
        ask(history, &json!({"hist_access_type": "tail", "n": n}))
    }

    #[test]
    fn it_is_kept_from_session_to_session() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/history.jsonl");
        let mut first = History::kept_in(file.clone());
        assert_eq!(tail(&first, 9), json!([]));
        first.push(1, "let a = 1;", None);
        first.push(2, "a", Some("1".to_owned()));
        let mut second = History::kept_in(file.clone());
        second.push(1, "a + 1", Some("2".to_owned()));
        // The first kernel still runs and knows what the second one typed.
        first.push(3, "a - 1", None);
        assert_eq!(tail(&second, 2), json!([[1, 3, "a - 1"], [2, 1, "a + 1"]]));
        let range = |session: i64| json!({"hist_access_type": "range", "session": session, "start": 1, "stop": 3, "output": true});
        assert_eq!(ask(&second, &range(-1)), json!([[1, 1, ["let a = 1;", null]], [1, 2, ["a", "1"]]]));
        assert_eq!(ask(&second, &range(1)), ask(&second, &range(-1)));
        assert_eq!(ask(&second, &range(0)), json!([[2, 1, ["a + 1", "2"]]]));
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "it is nobody else's business");
    }

    #[test]
    fn a_search_takes_a_pattern_and_drops_what_comes_again() {
        let mut history = History::of_this_session();
        for (line, input) in (1..).zip(["orders", "let x = 1;", "orders.shape()", "orders"]) {
            history.push(line, input, None);
        }
        let search = |pattern: &str, n: usize, unique: bool| {
            ask(&history, &json!({"hist_access_type": "search", "pattern": pattern, "n": n, "unique": unique}))
        };
        assert_eq!(search("orders*", 9, false).as_array().unwrap().len(), 3);
        assert_eq!(search("orders*", 9, true), json!([[1, 3, "orders.shape()"], [1, 4, "orders"]]));
        assert_eq!(search("*x*", 9, false), json!([[1, 2, "let x = 1;"]]));
        assert_eq!(search("*", 1, false), json!([[1, 4, "orders"]]));
        assert!(history.answer(&json!({"hist_access_type": "gossip"})).is_err());
    }

    #[test]
    fn a_broken_file_is_read_as_far_as_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history.jsonl");
        std::fs::write(&file, b"{\"session\":3,\"line\":1,\"input\":\"kept\"}\n\xff{]\n{\"session\":4,\"li").unwrap();
        let mut history = History::kept_in(file.clone());
        history.push(1, "new", None);
        assert_eq!(tail(&History::kept_in(file), 9), json!([[3, 1, "kept"], [4, 1, "new"]]));

        let mut nowhere = History::kept_in(PathBuf::from("/dev/null/history.jsonl"));
        nowhere.push(1, "one", None);
        nowhere.push(2, "two", None);
        assert_eq!(tail(&nowhere, 9), json!([[1, 1, "one"], [1, 2, "two"]]), "this session is known in any case");
    }

    #[test]
    fn a_large_file_loses_its_older_half() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history.jsonl");
        let line = format!("{{\"session\":7,\"line\":1,\"input\":\"{}\"}}\n", "x".repeat(1 << 20));
        std::fs::write(&file, line.repeat(17)).unwrap();
        let mut history = History::kept_in(file.clone());
        history.push(1, "new", None);
        history.push(2, &"y".repeat(LONGEST_TEXT + 1), None);
        assert!(std::fs::metadata(&file).unwrap().len() < LARGEST_FILE * 2 / 3);
        let kept = History::kept_in(file).all();
        assert_eq!(kept.len(), 9, "eight of the seventeen, and the new one");
        assert_eq!((kept[8].session, kept[8].input.as_str()), (8, "new"));
    }
}
