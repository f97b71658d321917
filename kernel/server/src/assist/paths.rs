//! Proposals of paths: what lies in the folder that was typed so far.

use super::proposals::Proposals;
use std::path::Path;

/// So many entries of a folder are looked at.
const MOST: usize = 2_000;

/// The paths that begin as `typed`, from `folder` on: folders end with `/`.
pub fn propose(folder: &Path, typed: &str, start: usize, end: usize) -> Proposals {
    let name_at = typed.rfind('/').map_or(0, |slash| slash + 1);
    let (parent, name) = typed.split_at(name_at);
    let mut found = Proposals::of(start + name_at, end);
    let entries = std::fs::read_dir(folder.join(parent)).into_iter().flatten().flatten().take(MOST);
    let mut all: Vec<(bool, String)> = entries
        .filter_map(|entry| {
            let is_folder = entry.path().is_dir();
            Some((!is_folder, entry.file_name().into_string().ok()?))
        })
        .filter(|(_, own)| name.starts_with('.') || !own.starts_with('.'))
        .collect();
    all.sort();
    for (is_file, own) in all {
        if is_file { found.push(own, "path") } else { found.push(format!("{own}/"), "folder") }
    }
    found.fitting(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_first_and_hidden_files_when_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("data")).expect("a folder");
        for name in ["data/b.json", "data/a.csv", "day.json", ".hidden"] {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        let texts = |typed: &str| {
            let found = propose(folder.path(), typed, 10, 10 + typed.len());
            (found.start, found.all.into_iter().map(|own| own.text).collect::<Vec<_>>())
        };
        assert_eq!(texts("da"), (10, vec!["data/".to_owned(), "day.json".to_owned()]));
        assert_eq!(texts("data/"), (15, vec!["a.csv".to_owned(), "b.json".to_owned()]));
        assert_eq!(texts("."), (10, vec![".hidden".to_owned()]));
        assert_eq!(texts("nowhere/x").1, Vec::<String>::new());
    }
}
