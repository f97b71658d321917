//! Which files a path or glob names, what they hold by their names, and what to say when there are none.

use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use headwater::Format;

use crate::{Domain, Error, ErrorKind, Result};

/// The files that `path`, which may be a glob, names: sorted, at least one.
pub(crate) fn list(path: &str) -> Result<Vec<PathBuf>> {
    let user = |message: String| Error::new(ErrorKind::Source, message).domain(Domain::User);
    if !path.contains(['*', '?', '[']) {
        let path = PathBuf::from(path);
        if path.is_dir() {
            let message = format!("`{}` is a folder", path.display());
            return Err(user(message).hint(format!("Name its files with a glob, such as `{}/*.json`.", path.display())));
        }
        return match path.exists() {
            true => Ok(vec![path]),
            false => Err(user(format!("no file `{}`", path.display())).hint(neighbours(&path))),
        };
    }
    let found = glob::glob(path).map_err(|error| user(format!("`{path}` is not a glob: {error}")))?;
    let mut files = Vec::new();
    for entry in found {
        let entry = entry.map_err(|error| damaged(error.path(), error.error()))?;
        if entry.is_file() {
            files.push(entry);
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(user(format!("no file matches `{path}`")).hint(neighbours(Path::new(path)))),
        false => Ok(files),
    }
}

/// The format of all of the files.
pub(crate) fn one_format(files: &[PathBuf]) -> Result<Format> {
    let first = format_of(&files[0])?;
    for other in &files[1..] {
        let format = format_of(other)?;
        if format != first {
            let (one, two) = (files[0].display(), other.display());
            let message = format!("`{one}` is of the format {}, but `{two}` is of {}", first.name(), format.name());
            let error = Error::new(ErrorKind::Source, message).domain(Domain::User);
            return Err(error.hint("Name files of one format, such as `data/*.json`."));
        }
    }
    Ok(first)
}

/// What there is instead of a file that is missing.
fn neighbours(path: &Path) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else {
        let here = std::env::current_dir().map(|here| here.display().to_string()).unwrap_or_default();
        return format!("There is no folder `{}`; paths are relative to `{here}`.", folder.display());
    };
    let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut names: Vec<(f64, String)> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| !name.starts_with('.'))
        .map(|name| (strsim::jaro_winkler(&wanted, &name), name))
        .collect();
    names.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    if names.is_empty() {
        return format!("The folder `{}` is empty.", folder.display());
    }
    let more = if names.len() > 5 { ", …" } else { "" };
    let names: Vec<String> = names.iter().take(5).map(|(_, name)| format!("`{name}`")).collect();
    format!("The folder `{}` holds {}{more}.", folder.display(), names.join(", "))
}

/// The format of a file, by its ending, or by its first bytes.
pub(crate) fn format_of(path: &Path) -> Result<Format> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "json" | "ndjson" | "jsonl" => return Ok(Format::Json),
        "csv" => return Ok(Format::Csv),
        "parquet" | "pq" => return Ok(Format::Parquet),
        _ => {}
    }
    let mut first = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut first));
    read.map_err(|error| damaged(path, error))?;
    if first.starts_with(b"PAR1") {
        return Ok(Format::Parquet);
    }
    if first.trim_ascii_start().starts_with(b"{") {
        return Ok(Format::Json);
    }
    let message = format!("neither the name of `{}` nor its first bytes say what it holds", path.display());
    Err(Error::new(ErrorKind::Source, message)
        .domain(Domain::User)
        .hint("Say it: `.json()`, `.csv()` or `.parquet()`. Compressed files are not read yet, but for Parquet."))
}

/// The error of a file that cannot be read.
pub(crate) fn damaged(path: &Path, why: impl Display) -> Error {
    Error::new(ErrorKind::Source, format!("`{}` cannot be read: {why}", path.display()))
        .hint("Is the file whole? What was read before the damaged place is kept.")
}
