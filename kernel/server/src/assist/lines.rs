//! Proposals in the line of a magic: its name, its options, and what its arguments name.

use super::notebook::Notebook;
use super::paths;
use super::proposals::Proposals;
use crate::magics::{ALL, Magic, Takes};

/// The magic whose line this is, and where in the line its arguments begin.
pub fn magic_of(line: &str) -> Option<(&'static dyn Magic, usize)> {
    let sign = sign(line)?;
    let name = sign.len()
        + line[sign.len()..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(line.len() - sign.len());
    let found = ALL.iter().find(|magic| magic.takes().sign() == sign && magic.name() == &line[sign.len()..name]);
    found.map(|magic| (*magic, name))
}

fn sign(line: &str) -> Option<&'static str> {
    [Takes::Cell, Takes::Line, Takes::Command].map(Takes::sign).into_iter().find(|sign| line.starts_with(sign))
}

/// Proposals at the end of `line`, which begins at byte `start` of the cell; `end` is the end of the word at the cursor.
pub fn propose(line: &str, start: usize, end: usize, notebook: &dyn Notebook) -> Proposals {
    let word_at = line.rfind(char::is_whitespace).map_or(0, |space| space + 1);
    if word_at == 0 && !line.starts_with('!') {
        let mut found = Proposals::of(start, end);
        for magic in ALL.iter().filter(|magic| magic.takes() != Takes::Command) {
            found.push(format!("{}{}", magic.takes().sign(), magic.name()), "magic");
        }
        return found.fitting(line);
    }
    let typed = &line[word_at..];
    let place = (start + word_at, end);
    if line.starts_with('!') {
        let skip = usize::from(word_at == 0);
        return paths::propose(&notebook.folder(), &typed[skip..], place.0 + skip, end);
    }
    match magic_of(line) {
        Some((magic, _)) => arguments(magic, typed, place, notebook),
        None => Proposals::of(place.1, end),
    }
}

fn arguments(magic: &dyn Magic, typed: &str, (start, end): (usize, usize), notebook: &dyn Notebook) -> Proposals {
    let usage = magic.usage();
    let names = |word: &str| usage.split(|c: char| !c.is_ascii_uppercase()).any(|own| own == word);
    let mut found = Proposals::of(start, end);
    if !typed.starts_with('-') {
        if names("TOPIC") {
            topics(&mut found, notebook);
        }
        if names("PIPELINE") || names("STREAM") {
            notebook.pipelines().into_iter().for_each(|name| found.push(name, "pipeline"));
        }
        if names("BROKERS") {
            notebook.brokers().into_iter().for_each(|brokers| found.push(brokers, "brokers"));
        }
        if names("MAGIC") {
            ALL.iter().for_each(|magic| found.push(magic.name(), "magic"));
        }
        if ["PATH", "FILE", "FOLDER", "JOB"].into_iter().any(names) {
            let paths = paths::propose(&notebook.folder(), typed, start, end);
            if paths.start > start || found.all.is_empty() {
                return paths;
            }
            paths.all.into_iter().for_each(|path| found.add(path));
        }
    }
    for (option, _) in magic.options() {
        // `--rows N` takes a value, which is not part of what is proposed.
        found.push(option.split_whitespace().next().unwrap_or(option), "option");
    }
    found.fitting(typed)
}

/// The topics of every cluster of the notebook.
pub fn topics(found: &mut Proposals, notebook: &dyn Notebook) {
    let topics = notebook.brokers().into_iter().flat_map(|brokers| notebook.topics(&brokers));
    topics.for_each(|topic| found.push(topic.name, "topic"));
}
