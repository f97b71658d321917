//! The store of tapes: the same source and sample give the same tape, from memory or from its file; only the first look records.
//!
//! A folder may be shared by several processes: a tape appears under its name when it is whole, and one that disappears is only
//! recorded again.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use headwater::{Format, Sample, Source, SourceConnector};
use sha2::{Digest, Sha256};

use super::{SampleNote, Tape, ipc, record};
use crate::runtime::{Cancel, Progress};
use crate::{Domain, Error, ErrorKind, Result};

/// What all tapes of a folder may take on disk (bytes); beyond, those that have not been used for longest go. Named ones stay.
pub const KEPT_BYTES: u64 = 2 << 30;
/// How old what a writer has left behind must be to be cleared away.
const LEFT_BEHIND: Duration = Duration::from_secs(3_600);
/// The ending of a tape's file.
const ENDING: &str = "arrow";

/// The tapes of a folder. Clones are the same store.
#[derive(Clone, Debug)]
pub struct TapeStore {
    dir: PathBuf,
    kept_bytes: u64,
    /// Never locked while a source is read: an interrupted recording may wait for a broker long after its user has gone on.
    tapes: Arc<Mutex<HashMap<String, Arc<Tape>>>>,
}

/// One tape of a folder.
#[derive(Clone, Debug)]
pub struct TapeInfo {
    /// The name it was given, or the beginning of its key.
    pub name: String,
    /// Whether it was given that name: then it goes only when it is removed.
    pub named: bool,
    /// Its file.
    pub path: PathBuf,
    /// The size of the file.
    pub bytes: u64,
    /// How long ago it was recorded.
    pub age: Duration,
    /// How it was drawn; none when the file cannot be read.
    pub note: Option<SampleNote>,
}

impl TapeStore {
    /// A store whose files are in `dir`, which is made when missing.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        TapeStore { dir: dir.into(), kept_bytes: KEPT_BYTES, tapes: Arc::default() }
    }

    /// The same with another bound on what the files take together; see [`KEPT_BYTES`].
    pub fn keeping(self, bytes: u64) -> Self {
        TapeStore { kept_bytes: bytes, ..self }
    }

    /// The folder that a user's tapes are kept in: `HEADWATER_TAPES`, or `headwater/tapes` in the folder for caches.
    pub fn default_dir() -> PathBuf {
        let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        of("HEADWATER_TAPES").unwrap_or_else(|| {
            let caches = of("XDG_CACHE_HOME").or_else(|| Some(of("HOME")?.join(".cache")));
            caches.unwrap_or_else(std::env::temp_dir).join("headwater/tapes")
        })
    }

    /// The tape of `source` sampled as `sample` says; recorded on the first call, or when the sample asks to be drawn again, and the
    /// very same ever after. A tape on which there is nothing is not kept: the next look may find something.
    ///
    /// # Errors
    /// As [`Tape::record`]. That the tape's file cannot be written is only a warning in the log.
    pub fn get(
        &self,
        source: &Source,
        sample: &Sample,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Arc<Tape>> {
        self.get_watched(source, sample, cancel, progress, &mut |_| ())
    }

    /// As [`TapeStore::get`]. When recording a topic takes longer than a second, `so_far` is told what has been read, again and again at
    /// growing distances: blocks come from all over the log, so it is a smaller sample of the same kind.
    ///
    /// # Errors
    /// As [`TapeStore::get`].
    pub fn get_watched(
        &self,
        source: &Source,
        sample: &Sample,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
        so_far: &mut dyn FnMut(Tape),
    ) -> Result<Arc<Tape>> {
        let key = key(source, sample);
        if let Some(tape) = self.known().get(&key).filter(|_| !sample.again) {
            return Ok(Arc::clone(tape));
        }
        let path = self.path(&key, sample.name.as_deref());
        let tape = match (path.exists() && !sample.again).then(|| Tape::open(&path)) {
            Some(Ok(tape)) => {
                used(&path);
                tape
            }
            found => {
                if let Some(Err(error)) = found {
                    tracing::warn!(%error, "A tape could not be read and is recorded again.");
                }
                let tape = record::record(source, sample, cancel, progress, Some(so_far))?;
                self.kept(tape, &path)
            }
        };
        let tape = Arc::new(tape);
        if !tape.records().is_empty() {
            self.known().insert(key, Arc::clone(&tape));
        }
        Ok(tape)
    }

    /// The tapes that are in memory.
    fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<Tape>>> {
        self.tapes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the tape of `source` and `sample`, so that the next look records a new one. Says whether there was one.
    pub fn forget(&self, source: &Source, sample: &Sample) -> bool {
        let key = key(source, sample);
        let file = fs::remove_file(self.path(&key, sample.name.as_deref())).is_ok();
        self.known().remove(&key).is_some() || file
    }

    /// Keeps a tape that was recorded elsewhere, under the name in its note. Gives its file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(&self, source: &Source, sample: &Sample, tape: &Tape) -> Result<PathBuf> {
        let path = self.path(&key(source, sample), sample.name.as_deref());
        tape.save(&path)?;
        self.prune(&path);
        Ok(path)
    }

    /// The tapes of the folder, the newest first. A folder that is not there has none.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<TapeInfo>> {
        let mut tapes: Vec<TapeInfo> = files(&self.dir)?.iter().filter_map(|path| TapeInfo::of(path)).collect();
        tapes.sort_by(|one, other| one.age.cmp(&other.age).then_with(|| one.path.cmp(&other.path)));
        Ok(tapes)
    }

    /// The tape that `name` names: the newest of this name, or the one whose key begins so.
    ///
    /// # Errors
    /// There is none: the error names those there are.
    pub fn find(&self, name: &str) -> Result<TapeInfo> {
        let all = self.list()?;
        let names: Vec<String> = all.iter().map(|tape| tape.name.clone()).collect();
        let key = |tape: &TapeInfo| tape.path.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with(name));
        let long_enough = name.len() >= 6;
        let found =
            all.iter().find(|tape| tape.name == name).or_else(|| all.iter().find(|tape| long_enough && key(tape)));
        found.cloned().ok_or_else(|| {
            let error = Error::new(ErrorKind::Config, format!("no tape `{name}` in `{}`", self.dir.display()));
            match headwater::suggest(name, names.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("Did you mean `{near}`? `headwater tapes` lists them.")),
                None if names.is_empty() => error.hint("There are no tapes yet."),
                None => error.hint("`headwater tapes` lists those that are kept."),
            }
        })
    }

    /// Removes the tape that `name` names, as [`TapeStore::find`] finds it. Gives what it was.
    ///
    /// # Errors
    /// There is none, or the file cannot be removed.
    pub fn remove(&self, name: &str) -> Result<TapeInfo> {
        let found = self.find(name)?;
        fs::remove_file(&found.path).map_err(|error| {
            let message = format!("cannot remove the tape `{}`: {error}", found.path.display());
            Error::new(ErrorKind::Config, message).domain(Domain::External)
        })?;
        self.known().clear();
        Ok(found)
    }

    /// `<key>.arrow`, or `<name>.<key>.arrow`.
    fn path(&self, key: &str, name: Option<&str>) -> PathBuf {
        let name = name.map(|name| format!("{name}.")).unwrap_or_default();
        self.dir.join(format!("{name}{key}.{ENDING}"))
    }

    /// The tape, which is now also a file, unless there is nothing on it.
    fn kept(&self, tape: Tape, path: &Path) -> Tape {
        if !tape.records().is_empty() {
            match tape.save(path) {
                Ok(()) => self.prune(path),
                Err(error) => tracing::warn!(%error, "A tape could not be kept on disk."),
            }
        }
        tape
    }

    /// Removes what has no name and was not used for longest, until the rest is within the bound; never `newest`.
    fn prune(&self, newest: &Path) {
        let Ok(found) = files(&self.dir) else { return };
        clear_left_behind(&self.dir);
        let mut all: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for path in found {
            let Ok(file) = fs::metadata(&path) else { continue };
            all.push((file.modified().unwrap_or(SystemTime::UNIX_EPOCH), file.len(), path));
        }
        let mut total: u64 = all.iter().map(|(_, bytes, _)| bytes).sum();
        all.sort();
        for (_, bytes, path) in all {
            if total <= self.kept_bytes {
                break;
            }
            if path != newest && name_of(&path).is_none() && fs::remove_file(&path).is_ok() {
                tracing::info!(tape = %path.display(), "An old tape made room.");
                total -= bytes;
            }
        }
    }
}

impl TapeInfo {
    fn of(path: &Path) -> Option<TapeInfo> {
        let file = fs::metadata(path).ok()?;
        let note = ipc::note(path).ok();
        let recorded = note.as_ref().and_then(|note| note.recorded_ms).and_then(|ms| u64::try_from(ms).ok());
        let recorded = recorded.map(|ms| SystemTime::UNIX_EPOCH + Duration::from_millis(ms));
        let age = recorded.or_else(|| file.modified().ok()).and_then(|then| then.elapsed().ok()).unwrap_or_default();
        let named = name_of(path);
        let stem: String = path.file_stem()?.to_string_lossy().chars().take(12).collect();
        Some(TapeInfo {
            named: named.is_some(),
            name: named.unwrap_or(stem),
            path: path.to_owned(),
            bytes: file.len(),
            age,
            note,
        })
    }
}

/// The name in the name of a tape's file.
fn name_of(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy();
    stem.rsplit_once('.').map(|(name, _)| name.to_owned())
}

/// The files of tapes in a folder, sorted.
fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            let message = format!("cannot read the folder of tapes `{}`: {error}", dir.display());
            return Err(Error::new(ErrorKind::Config, message).domain(Domain::External));
        }
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut tapes: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == ENDING)).collect();
    tapes.sort();
    Ok(tapes)
}

/// Tapes that a process began to write and did not live to finish.
fn clear_left_behind(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let age = || fs::metadata(&path).and_then(|file| file.modified()).ok()?.elapsed().ok();
        if path.extension().is_some_and(|ending| ending == ipc::ASIDE) && age().is_some_and(|age| age > LEFT_BEHIND) {
            let _ = fs::remove_file(&path); // somebody else may have been faster
        }
    }
}

/// Marks a tape as used now, so that others make room before it.
fn used(path: &Path) {
    if let Ok(file) = File::options().append(true).open(path) {
        let _ = file.set_modified(SystemTime::now()); // only the order of making room depends on it
    }
}

/// What makes a tape: where the records are, how they are cut apart, and how they are sampled. Schema and envelope do not.
fn key(source: &Source, sample: &Sample) -> String {
    let place = match &source.connector {
        SourceConnector::Kafka { brokers, topic } => format!("kafka\0{brokers}\0{topic}"),
        SourceConnector::Files { path } => {
            let format = source.format.map_or("", Format::name);
            format!("files\0{path}\0{format}")
        }
    };
    let Sample { rows, bytes, millis, from, name, again: _ } = sample;
    let name = name.as_deref().unwrap_or_default();
    let text = format!("{place}\0{rows}\0{bytes}\0{millis}\0{from}\0{name}");
    crate::fingerprint::hex(&Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use headwater::SampleFrom;

    use super::*;

    /// A store, and a file of 40 lines; the oldest records are sampled, which are as many as asked for.
    fn store(kept: u64) -> (tempfile::TempDir, TapeStore, Source) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, "{\"n\":1}\n".repeat(40)).unwrap();
        let source = Source::new(SourceConnector::Files { path: path.display().to_string() });
        let store = TapeStore::new(folder.path().join("tapes")).keeping(kept);
        (folder, store, source)
    }

    fn sample(rows: u64, name: Option<&str>) -> Sample {
        Sample { rows, name: name.map(str::to_owned), from: SampleFrom::Earliest, ..Sample::default() }
    }

    fn get(store: &TapeStore, source: &Source, sample: &Sample) -> Arc<Tape> {
        store.get(source, sample, &Cancel::new(), &mut |_| {}).unwrap()
    }

    #[test]
    fn tapes_are_listed_found_and_removed_by_name() {
        let (_folder, store, source) = store(KEPT_BYTES);
        assert!(store.list().unwrap().is_empty());
        assert_eq!(store.find("monday").unwrap_err().hint.unwrap(), "There are no tapes yet.");
        get(&store, &source, &sample(20, Some("monday")));
        get(&store, &source, &sample(10, None));
        let all = store.list().unwrap();
        assert_eq!(all.iter().filter(|tape| tape.named).count(), 1);
        let monday = store.find("monday").unwrap();
        let note = monday.note.clone().unwrap();
        assert_eq!((note.records, note.name.as_deref(), note.format.as_deref()), (20, Some("monday"), Some("json")));
        assert!(monday.bytes > 0 && monday.age < Duration::from_secs(60) && note.recorded_ms.is_some());
        assert_eq!(note.source(), Source { format: Some(Format::Json), ..source.clone() });
        let hint = store.find("mondai").unwrap_err().hint.unwrap();
        assert!(hint.contains("`monday`"), "{hint}");
        let other = all.iter().find(|tape| !tape.named).unwrap();
        assert_eq!(store.find(&other.name).unwrap().path, other.path, "the beginning of the key is a name");
        assert_eq!(store.remove("monday").unwrap().path, monday.path);
        assert!(store.find("monday").is_err() && !monday.path.exists());
    }

    #[test]
    fn a_sample_is_drawn_again_only_when_asked() {
        let (folder, store, source) = store(KEPT_BYTES);
        let first = get(&store, &source, &sample(100, None));
        fs::write(folder.path().join("a.json"), "{\"n\":2}\n".repeat(50)).unwrap();
        assert_eq!(get(&store, &source, &sample(100, None)), first);
        let again = get(&store, &source, &Sample { again: true, ..sample(100, None) });
        assert_eq!((first.records().len(), again.records().len()), (40, 50));
        assert_eq!(get(&store, &source, &sample(100, None)), again, "the new one has taken its place");
        let missing = Source::new(SourceConnector::Files { path: "nowhere/a.json".to_owned() });
        assert!(store.get(&missing, &sample(1, None), &Cancel::new(), &mut |_| {}).is_err());
    }

    #[test]
    fn the_oldest_without_a_name_make_room() {
        let (_folder, store, source) = store(1);
        get(&store, &source, &sample(5, Some("kept")));
        for rows in 6..10 {
            get(&store, &source, &sample(rows, None));
        }
        let left = store.list().unwrap();
        assert_eq!(left.len(), 2, "the named one and the newest: {left:?}");
        assert!(left.iter().any(|tape| tape.name == "kept"));
        assert_eq!(get(&store, &source, &sample(6, None)).records().len(), 6, "what made room is still in memory");
    }

    #[test]
    fn what_cannot_be_read_is_listed_as_such_and_recorded_again() {
        let (_folder, store, source) = store(KEPT_BYTES);
        get(&store, &source, &sample(5, None));
        let path = store.list().unwrap()[0].path.clone();
        fs::write(&path, "no tape").unwrap();
        assert!(store.list().unwrap()[0].note.is_none());
        let other = TapeStore::new(path.parent().unwrap());
        assert_eq!(get(&other, &source, &sample(5, None)).records().len(), 5);
    }

    #[test]
    fn many_writers_of_one_tape_do_not_harm_each_other() {
        let (_folder, store, source) = store(KEPT_BYTES);
        let dir = store.dir.clone();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let own = TapeStore::new(&dir);
                    for _ in 0..10 {
                        let again = Sample { again: true, ..sample(30, None) };
                        assert_eq!(get(&own, &source, &again).records().len(), 30);
                        assert_eq!(get(&TapeStore::new(&dir), &source, &sample(30, None)).records().len(), 30);
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "nothing is left beside it");
    }
}
