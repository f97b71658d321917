//! `%config`: every setting, and what this session is made of.

use super::{Call, Magic, misused};
use crate::display::MimeBundle;
use crate::display::config::{Fact, config};
use crate::service::Desk;
use headwater_look::Outcome;

/// What the kernel was built from; see the build script.
const BUILD: &str = env!("HEADWATER_BUILD");

/// The magic.
pub struct Config;

impl Magic for Config {
    fn name(&self) -> &'static str {
        "config"
    }

    fn usage(&self) -> &'static str {
        ""
    }

    fn about(&self) -> &'static str {
        "Every setting with its value and meaning; folders, toolchain and version of this session."
    }

    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        if !call.arguments.is_empty() {
            return Err(misused(self, "`%config` takes nothing; `%set NAME VALUE` changes a setting"));
        }
        let session = desk.tapes_dir.parent().unwrap_or(desk.tapes_dir);
        let path = |path: &std::path::Path| path.display().to_string();
        let facts = [
            Fact { name: "version", value: format!("{}, build {BUILD}", env!("CARGO_PKG_VERSION")) },
            Fact { name: "toolchain", value: headwater_cell::toolchain_in(session) },
            Fact { name: "process", value: std::process::id().to_string() },
            Fact { name: "cells run in", value: path(desk.folder) },
            Fact { name: "session's folder", value: path(session) },
            Fact { name: "tapes with a name", value: path(&headwater_exec::TapeStore::default_dir()) },
        ];
        Ok(Some(config(desk.settings, &facts)))
    }
}
