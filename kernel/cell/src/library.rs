//! The part of the standard library that rust-analyzer reads to infer types and to complete.
//!
//! By itself it reads all of it, and most of that is the instructions of every processor there is. With these four crates alone a session
//! is ready after half of the work, the first look at a pipeline costs two thirds, and the kernel is 180 MB smaller (measured). What
//! is lost are the types of `std::arch`: variables of those need explicit ones.

use crate::session_dir::SessionDir;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const CRATES: [&str; 4] = ["core", "alloc", "std", "proc_macro"];
const FOLDER: &str = "library";
/// Where rust-analyzer looks first, and passes on when nothing is there.
const VARIABLE: &str = "RUST_SRC_PATH";

/// Lets rust-analyzer look for the standard library in the session's folder first. To be called before this process has a second thread.
#[expect(unsafe_code, reason = "rust-analyzer is told by the environment alone")]
pub fn narrow_library() {
    if std::env::var_os(VARIABLE).is_none()
        && let Ok(session) = SessionDir::of_this_process()
    {
        // SAFETY: the caller has no other thread yet.
        unsafe { std::env::set_var(VARIABLE, session.join(FOLDER)) };
    }
}

/// Puts what rust-analyzer shall read into the session's folder; nothing where the source of the standard library is not installed.
pub(crate) fn link(session: &Path) -> std::io::Result<()> {
    let asked = Command::new("rustc").args(["--print", "sysroot"]).current_dir(session).output()?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim());
    let source = sysroot.join("lib/rustlib/src/rust/library");
    if CRATES.iter().any(|name| !source.join(name).join("src/lib.rs").is_file()) {
        return Ok(());
    }
    std::fs::create_dir(session.join(FOLDER))?;
    CRATES.iter().try_for_each(|name| symlink(source.join(name), session.join(FOLDER).join(name)))
}
