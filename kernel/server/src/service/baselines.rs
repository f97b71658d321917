//! Where baselines are: files beside the notebook, which people review and commit.

use crate::service::verbs::{Outcome, one};
use headwater_exec::{Domain, Error, ErrorKind};
use headwater_profile::{Baseline, BaselineError};
use std::path::{Path, PathBuf};

/// The folder of baselines that have only a name.
const FOLDER: &str = "baselines";
const ENDING: &str = ".json";

/// The file of a baseline: `normal` is `baselines/normal.json`; what has a `/` or ends with `.json` is a path.
///
/// # Errors
/// There is no name.
pub fn file(name: &str) -> Outcome<PathBuf> {
    let name = name.trim();
    if name.is_empty() || name.contains('\0') {
        let error = Error::new(ErrorKind::Plan, "a baseline needs a name");
        return Err(one(
            error.hint("Such as \"normal\", which is the file `baselines/normal.json` beside the notebook.")
        ));
    }
    let path = name.contains('/') || name.ends_with(ENDING);
    Ok(if path { PathBuf::from(name) } else { Path::new(FOLDER).join(format!("{name}{ENDING}")) })
}

/// The name of a baseline in a file: that of the file.
pub fn name_of(file: &Path) -> String {
    file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// Reads the baseline that `name` names.
///
/// # Errors
/// There is none: the error names those there are. It is damaged, newer than this program, or something else.
pub fn open(name: &str) -> Outcome<Baseline> {
    let path = file(name)?;
    Baseline::open(&path).map_err(|error| match &error {
        BaselineError::Read(_, reason) if reason.kind() == std::io::ErrorKind::NotFound => one(missing(name, &path)),
        BaselineError::Read(..) => one(Error::new(ErrorKind::Config, error.to_string()).domain(Domain::External)),
        _ => one(Error::new(ErrorKind::Config, error.to_string())),
    })
}

fn missing(name: &str, path: &Path) -> Error {
    let folder = path.parent().unwrap_or(Path::new(FOLDER));
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let known = files.filter(|file| file.extension().is_some_and(|ending| ending == "json"));
    let mut known: Vec<String> = known.map(|file| name_of(&file)).collect();
    known.sort();
    let error = Error::new(ErrorKind::Config, format!("no baseline `{name}`: there is no file `{}`", path.display()));
    match headwater::suggest(name, known.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("Did you mean `{near}`?")),
        None if known.is_empty() => {
            error.hint(format!("Pin one while the stream is as it should be: `stream.pin(\"{name}\")`."))
        }
        None => error.hint(format!("There are: {}.", known.join(", "))),
    }
}

/// Writes a baseline, in place of an older one. Gives the absolute path of its file.
///
/// # Errors
/// The file cannot be written.
pub fn save(baseline: &Baseline, path: &Path) -> Outcome<PathBuf> {
    let saved = baseline
        .save(path)
        .map_err(|error| one(Error::new(ErrorKind::Config, error.to_string()).domain(Domain::External)));
    saved.map(|()| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}
