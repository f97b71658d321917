//! What cells need on the machine: cargo, rustc, a linker, and the source of the standard library. What is missing is
//! said with what to install.

use crate::error::CellError;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The toolchain this kernel was built with, as rustup names it; empty when rustup had no part in it.
const BUILT_WITH: &str = env!("HEADWATER_BUILT_WITH");

/// The version of the compiler this kernel was built with.
pub(crate) const BUILT_WITH_VERSION: &str = env!("HEADWATER_RUSTC");

/// Pins cells to the compiler the kernel was built with, if it is installed and the user asked for no other: the
/// rust-analyzer inside evcxr understands the standard library of its own generation. A compiler that is not there is
/// not asked for, because rustup would go to the network for it.
pub(crate) fn file() -> Option<String> {
    let installed = !BUILT_WITH.is_empty() && rustup_home()?.join("toolchains").join(BUILT_WITH).is_dir();
    let asked = std::env::var_os("RUSTUP_TOOLCHAIN").is_some();
    (installed && !asked).then(|| format!("[toolchain]\nchannel = {BUILT_WITH:?}\n"))
}

/// The compiler of cells, as it names itself, for whoever asks what a session is made of.
pub fn told(session: &Path) -> String {
    let output = Command::new("rustc").arg("--version").current_dir(session).output();
    let version = output.ok().filter(|output| output.status.success());
    match version {
        Some(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        None => "rustc was not found".to_owned(),
    }
}

fn rustup_home() -> Option<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".rustup"));
    std::env::var_os("RUSTUP_HOME").map(PathBuf::from).or_else(home)
}

/// The error for a message of evcxr, cargo or rustc: one that names what to install where something is missing.
pub(crate) fn explain(message: &str, session: &Path) -> CellError {
    let missing = |what: &str, hint: &str| CellError::new("ToolchainError", what, Some(hint));
    if message.contains("Cannot find `cargo`") || message.contains("Cannot find `rustc`") {
        return missing(
            "cargo and rustc were not found; they compile the cells",
            "install Rust from https://rustup.rs, then restart the kernel.",
        );
    }
    if message.contains("linker `") && message.contains("not found") {
        return missing(
            "no linker was found; it puts a compiled cell together",
            "install a C compiler (Debian and Ubuntu: `apt install gcc`; Fedora: `dnf install gcc`), then run the cell again.",
        );
    }
    if message.contains("No libstd found") || message.contains("can't find crate for `std`") {
        return missing(
            "this Rust has no dynamic standard library, which cells share",
            "distributions often leave it out: install Rust from https://rustup.rs, then restart the kernel.",
        );
    }
    if message.contains("determine type of variable") && !has_library_source(session) {
        let what = message.lines().next().unwrap_or(message);
        return missing(
            what,
            "run `rustup component add rust-src` and restart the kernel, or give it an explicit type.",
        );
    }
    let (what, hint) = message.split_once('\n').unwrap_or((message, ""));
    CellError::new("CompileError", what, (!hint.trim().is_empty()).then(|| hint.trim()))
}

pub(crate) fn has_library_source(session: &Path) -> bool {
    let Ok(output) = Command::new("rustc").args(["--print", "sysroot"]).current_dir(session).output() else {
        return true;
    };
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_what_to_install() {
        let told = |message: &str| explain(message, Path::new("/")).traceback.join("\n");
        assert!(told("Cannot find `cargo` binary").contains("https://rustup.rs"));
        assert!(told("error: linker `cc` not found").contains("apt install gcc"));
        assert!(told("No libstd found in /usr/lib").contains("dynamic standard library"));
    }

    #[test]
    fn other_messages_keep_their_words() {
        let error = explain("The variable `f` is a closure, which cannot be persisted.\nBox it.", Path::new("/"));
        assert_eq!(error.evalue, "The variable `f` is a closure, which cannot be persisted.");
        assert!(error.traceback[1].ends_with("Box it."));
    }
}
