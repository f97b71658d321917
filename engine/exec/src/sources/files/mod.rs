//! Files as a source: a path or a glob; every file is a partition, in the order of their names.

use std::path::Path;

use headwater::{Format, Schema, Source};

use crate::{Error, ErrorKind, Result};

/// The format of a file, by its ending, or by its first bytes.
pub(crate) fn format_of(path: &Path) -> Result<Format> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "json" | "ndjson" | "jsonl" => return Ok(Format::Json),
        "csv" => return Ok(Format::Csv),
        "parquet" | "pq" => return Ok(Format::Parquet),
        _ => {}
    }
    let message = format!("the name of `{}` does not say what it holds", path.display());
    Err(Error::new(ErrorKind::Source, message)
        .domain(crate::Domain::User)
        .hint("Say it: `.json()`, `.csv()` or `.parquet()`."))
}

/// The schema of a source whose files hold it themselves.
pub(crate) fn schema_of(_source: &Source) -> Result<Option<Schema>> {
    Ok(None)
}
