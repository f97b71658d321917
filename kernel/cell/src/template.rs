//! What every session would compile anew: the crate `headwater`, compiled. The first session keeps it under the user's caches, later
//! ones begin with a copy.
//!
//! A template is never needed and never trusted. One that does not fit (another compiler, other flags) is noticed by cargo, which
//! compiles again; one that is damaged, by its checksums. Nobody waits for anybody: a template, and a session's copy of it, are written
//! aside and renamed.

use crate::manifest;
use crate::session_dir::{CARGO, HEADWATER};
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

/// Checksum, length and path of every file, a line each.
const CONTENTS: &str = "contents";
const TARGET: &str = "target";
/// A template that is being written: this, and the number of the process that writes it.
const STAGED: &str = "staged-";
/// So many are kept: of those who try several versions side by side, the last ones used.
const KEPT: usize = 4;
/// Files of the cells themselves, which belong to their session.
const OF_CELLS: [&str; 5] = ["ctx-", "ctx.", "libctx", "libcode_", "incremental"];

/// The place of one template, whether it is there or not.
pub(crate) struct Template {
    parent: PathBuf,
    key: String,
}

/// The libraries of a build, and when each was written.
type Libraries = BTreeMap<PathBuf, SystemTime>;

/// What became of a template at the start of a session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    /// There was none, or it was not fit for use.
    Nothing,
    /// These libraries lie in the session's build.
    Libraries(Libraries),
}

impl Template {
    /// The template, among those in `parent`, for what this kernel compiles and the compiler found in `session`.
    pub(crate) fn of(parent: PathBuf, session: &Path) -> Option<Template> {
        let compiler = Command::new("rustc").arg("-vV").current_dir(session).output().ok()?;
        let mut hasher = DefaultHasher::new();
        (manifest::HEADWATER, manifest::with_headwater("0"), CARGO, HEADWATER, compiler.stdout).hash(&mut hasher);
        compiler.status.success().then(|| Template { parent, key: format!("{:016x}", hasher.finish()) })
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.parent.join(&self.key)
    }

    /// Puts a copy where cargo builds, whole or not at all. Never a reason for a session to fail.
    pub(crate) fn place(&self, build: &Path) -> Placed {
        let staged = build.join("target-staged");
        let placed = self.copy_to(&staged).and_then(|()| {
            // Fails when cargo has begun, which then builds by itself.
            fs::rename(&staged, build.join(TARGET))?;
            libraries(build)
        });
        match placed {
            Ok(libraries) => Placed::Libraries(libraries),
            Err(error) => {
                let _ = fs::remove_dir_all(&staged);
                if error.kind() != ErrorKind::NotFound {
                    tracing::warn!(%error, path = %self.path().display(), "A template is not fit for use.");
                }
                if error.kind() == ErrorKind::InvalidData {
                    self.discard();
                }
                Placed::Nothing
            }
        }
    }

    fn copy_to(&self, staged: &Path) -> Result<()> {
        let contents = fs::File::options().append(true).open(self.path().join(CONTENTS))?;
        // The templates used last are those that stay.
        contents.set_modified(SystemTime::now())?;
        let contents = fs::read_to_string(self.path().join(CONTENTS))?;
        let damaged = |name: &str| Error::new(ErrorKind::InvalidData, format!("`{name}` is damaged"));
        for line in contents.lines() {
            let mut words = line.splitn(3, ' ');
            let (Some(sum), Some(length), Some(name)) = (words.next(), words.next(), words.next()) else {
                return Err(damaged(CONTENTS));
            };
            let bytes = fs::read(self.path().join(TARGET).join(name)).map_err(|_| damaged(name))?;
            if length != bytes.len().to_string() || sum != checksum(&bytes) {
                return Err(damaged(name));
            }
            write(&staged.join(name), &bytes)?;
        }
        Ok(())
    }

    /// Keeps what a session has built, unless its own copy was fit for it.
    pub(crate) fn keep(&self, build: &Path, placed: &Placed) -> Result<()> {
        let built = libraries(build)?;
        if *placed == Placed::Libraries(built.clone()) || built.is_empty() {
            return Ok(());
        }
        if *placed != Placed::Nothing {
            self.discard();
        }
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.parent)?;
        let staged = self.aside();
        let kept = self.copy_from(&build.join(TARGET), &staged);
        if kept.is_err() {
            let _ = fs::remove_dir_all(&staged);
        }
        self.remove_old();
        kept
    }

    fn copy_from(&self, target: &Path, staged: &Path) -> Result<()> {
        let mut contents = String::new();
        for path in files_below(target)? {
            let name = path.strip_prefix(target).unwrap_or(&path);
            let bytes = fs::read(&path)?;
            write(&staged.join(TARGET).join(name), &bytes)?;
            contents.push_str(&format!("{} {} {}\n", checksum(&bytes), bytes.len(), name.display()));
        }
        write(&staged.join(CONTENTS), contents.as_bytes())?;
        match fs::rename(staged, self.path()) {
            // Another session was first: its template is as good.
            Err(_) if self.path().join(CONTENTS).is_file() => fs::remove_dir_all(staged),
            renamed => renamed,
        }
    }

    /// A path that nobody else uses.
    fn aside(&self) -> PathBuf {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.parent.join(format!("{STAGED}{}-{number}", std::process::id()))
    }

    /// Takes the template away: aside first, so that nobody finds half of it.
    pub(crate) fn discard(&self) {
        let aside = self.aside();
        let _ = fs::rename(self.path(), &aside);
        let _ = fs::remove_dir_all(&aside);
    }

    /// Removes the templates that were not used for longest, and what processes left that were ended while they wrote one.
    fn remove_old(&self) {
        let entries = fs::read_dir(&self.parent).into_iter().flatten().flatten();
        let (staged, mut whole): (Vec<PathBuf>, Vec<PathBuf>) = entries
            .map(|entry| entry.path())
            .partition(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(STAGED)));
        whole.sort_by_key(|path| {
            let used = fs::metadata(path.join(CONTENTS)).and_then(|contents| contents.modified());
            std::cmp::Reverse(used.unwrap_or(SystemTime::UNIX_EPOCH))
        });
        let old = whole.into_iter().filter(|path| *path != self.path()).skip(KEPT - 1);
        for path in old.chain(staged.into_iter().filter(|path| !written_by_the_living(path))) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

fn written_by_the_living(staged: &Path) -> bool {
    let name = staged.file_name().unwrap_or_default().to_string_lossy();
    let process = name.trim_start_matches(STAGED).split('-').next().unwrap_or_default();
    !Path::new("/proc/self").exists() || Path::new("/proc").join(process).exists()
}

fn checksum(bytes: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(bytes))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, bytes)
}

/// Cargo's files below `folder`, without those of the cells.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if OF_CELLS.iter().any(|beginning| name.starts_with(beginning)) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            files.extend(files_below(&entry.path())?);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(files)
}

fn libraries(build: &Path) -> Result<Libraries> {
    let files = files_below(&build.join(TARGET))?.into_iter();
    let libraries = files.filter(|path| path.extension().is_some_and(|ending| ending == "rlib"));
    libraries.map(|path| fs::metadata(&path).and_then(|file| Ok((path, file.modified()?)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        template: Template,
    }

    impl Place {
        /// A build of a session with a library, and the template kept of it.
        fn kept() -> Place {
            let folder = tempfile::tempdir().unwrap();
            let template = Template { parent: folder.path().join("templates"), key: "abc".to_owned() };
            let place = Place { folder, template };
            for name in ["debug/deps/libheadwater-1.rlib", "debug/deps/libctx.so", "debug/incremental/ctx-1/x"] {
                write(&place.build("first").join(TARGET).join(name), name.as_bytes()).unwrap();
            }
            place.template.keep(&place.build("first"), &Placed::Nothing).unwrap();
            place
        }

        fn build(&self, session: &str) -> PathBuf {
            self.folder.path().join(session)
        }

        fn library(&self, session: &str) -> PathBuf {
            self.build(session).join("target/debug/deps/libheadwater-1.rlib")
        }
    }

    #[test]
    fn a_session_begins_with_what_an_earlier_one_has_compiled() {
        let place = Place::kept();
        let placed = place.template.place(&place.build("second"));
        assert_eq!(placed, Placed::Libraries(libraries(&place.build("second")).unwrap()));
        assert_eq!(fs::read_to_string(place.library("second")).unwrap(), "debug/deps/libheadwater-1.rlib");
        let cells = place.build("second").join("target/debug/deps/libctx.so");
        assert!(!cells.exists(), "cells stay with their session");
        assert!(!place.build("second").join("target-staged").exists());
    }

    #[test]
    fn a_damaged_template_is_not_used_and_goes() {
        for harm in ["as long, but not the same text", "cut", ""] {
            let place = Place::kept();
            let library = place.template.path().join("target/debug/deps/libheadwater-1.rlib");
            fs::write(&library, harm).unwrap();
            assert_eq!(place.template.place(&place.build("second")), Placed::Nothing);
            assert!(!place.build("second").join(TARGET).exists() && !place.template.path().exists(), "`{harm}`");
        }
        let place = Place::kept();
        fs::write(place.template.path().join(CONTENTS), "nonsense\n").unwrap();
        assert_eq!(place.template.place(&place.build("second")), Placed::Nothing);
        assert!(!place.template.path().exists());
    }

    #[test]
    fn a_template_that_did_not_fit_is_replaced() {
        let place = Place::kept();
        let placed = place.template.place(&place.build("second"));
        place.template.keep(&place.build("second"), &placed).unwrap();
        assert!(place.template.path().exists(), "it fitted");
        let other = place.build("second").join("target/debug/deps/libheadwater-2.rlib");
        fs::write(&other, "of another compiler").unwrap();
        place.template.keep(&place.build("second"), &placed).unwrap();
        assert!(place.template.path().join("target/debug/deps/libheadwater-2.rlib").exists());
    }

    #[test]
    fn a_build_that_has_begun_is_left_alone() {
        let place = Place::kept();
        write(&place.build("second").join("target/begun"), b"").unwrap();
        assert_eq!(place.template.place(&place.build("second")), Placed::Nothing);
        assert!(place.build("second").join("target/begun").exists() && !place.library("second").exists());
        assert!(place.template.path().exists(), "nothing is wrong with it");
    }

    #[test]
    fn many_sessions_at_once_give_one_whole_template() {
        let place = Place::kept();
        place.template.discard();
        std::thread::scope(|threads| {
            for session in 0..8 {
                let place = &place;
                threads.spawn(move || {
                    let build = place.build(&format!("many-{session}"));
                    let placed = place.template.place(&build);
                    write(&build.join("target/debug/deps/libheadwater-1.rlib"), b"the same").unwrap();
                    let _ = place.template.keep(&build, &placed);
                });
            }
        });
        assert!(matches!(place.template.place(&place.build("last")), Placed::Libraries(_)));
        assert_eq!(fs::read_to_string(place.library("last")).unwrap(), "the same");
    }

    #[test]
    fn the_templates_used_last_stay() {
        let place = Place::kept();
        let old = |age: u64| {
            let path = place.template.parent.join(format!("old-{age}")).join(CONTENTS);
            write(&path, b"").unwrap();
            let used = SystemTime::now() - std::time::Duration::from_secs(age * 3600);
            fs::File::options().append(true).open(&path).unwrap().set_modified(used).unwrap();
        };
        (1..=6).for_each(old);
        fs::create_dir_all(place.template.parent.join(format!("{STAGED}4294967295"))).unwrap();
        place.template.remove_old();
        let entries = fs::read_dir(&place.template.parent).unwrap().flatten();
        let mut left: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        left.sort();
        assert_eq!(left, ["abc", "old-1", "old-2", "old-3"]);
    }
}
