//! A plan in, a job folder out; and the folder back in, with every check that it is still what was exported.
//!
//! A job folder holds `plan.json` (never edited; `job.toml` records its SHA-256), `job.toml` (what an operator may
//! change, every key commented), `README.md` and, when asked for, `sample/` (the tape and the answer the notebook showed).
//!
//! ```
//! use headwater::prelude::*;
//! use headwater_export::{JobRequest, load_job, write_job};
//!
//! let folder = tempfile::tempdir()?;
//! let job = files("orders.json").json().schema("city STRING, amount DOUBLE").print();
//! let plan = job.plan();
//! let request = JobRequest { fingerprint: "6f1c…", ..JobRequest::new(folder.path().join("copy"), &plan) };
//! write_job(&request)?;
//!
//! let loaded = load_job(&folder.path().join("copy"))?;
//! assert_eq!((loaded.plan, loaded.fingerprint.as_str()), (plan, "6f1c…"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod job_toml;
mod load;
mod readme;
mod settings;
mod sha256;
#[cfg(test)]
mod tests;
mod write;

pub use error::{ExportError, ExportErrorKind};
pub use load::{LoadedJob, SampleFiles, load_job};
pub use settings::{
    CheckpointSettings, DeadLetterSettings, Settings, SinkSettings, SourceSettings, StartAt, TapCount, TapSettings,
};
pub use write::{JobRequest, SampleToKeep, WrittenJob, write_job};

/// The name of the plan's file in a job folder.
pub const PLAN_FILE: &str = "plan.json";
/// The name of the settings' file in a job folder.
pub const SETTINGS_FILE: &str = "job.toml";
