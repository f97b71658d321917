//! Sessions that begin with what an earlier one has compiled, whatever state that is in.

use headwater_cell::{SessionConfig, warm_up};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Starts a session and ends it; cells could run.
fn session(templates: &Path) {
    let config = SessionConfig {
        runner: PathBuf::from(env!("CARGO_BIN_EXE_headwater-runtime")),
        working_dir: std::env::temp_dir(),
        files: vec![],
        templates: Some(templates.to_owned()),
    };
    let took = warm_up(config).unwrap();
    println!("ready after {took:?}");
}

/// The one template there is, and a number that another one does not have.
fn template(templates: &Path) -> (PathBuf, u64) {
    let all: Vec<PathBuf> = fs::read_dir(templates).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    (all[0].clone(), fs::metadata(&all[0]).unwrap().ino())
}

#[test]
fn a_template_saves_time_and_never_costs_a_session() {
    let folder = tempfile::tempdir().unwrap();
    let templates = folder.path().join("templates");
    session(&templates);
    let (path, number) = template(&templates);
    assert_eq!(fs::metadata(&templates).unwrap().mode() & 0o777, 0o700, "what others could change would run as us");

    session(&templates);
    assert_eq!(
        template(&templates),
        (path.clone(), number),
        "cargo found nothing to compile, or it would have been replaced"
    );

    // The worst case: nonsense with the right checksum.
    let contents = fs::read_to_string(path.join("contents")).unwrap();
    let library = contents.lines().find_map(|line| line.splitn(3, ' ').nth(2).filter(|name| name.ends_with(".rlib")));
    let nonsense = b"no library at all";
    fs::write(path.join("target").join(library.unwrap()), nonsense).unwrap();
    let told = contents.lines().map(|line| match line.ends_with(library.unwrap()) {
        true => format!("{:08x} {} {}\n", crc32fast::hash(nonsense), nonsense.len(), library.unwrap()),
        false => format!("{line}\n"),
    });
    fs::write(path.join("contents"), told.collect::<String>()).unwrap();
    session(&templates);
    let (mended, other) = template(&templates);
    assert_eq!(mended, path);
    assert_ne!(other, number, "the template was made anew");
    session(&templates);
    assert_eq!(template(&templates), (path, other));
}
