//! Whether this machine has what cells need: a compiler of the right generation with its libraries, a linker, a folder for sessions, and
//! the process that runs cells. Nothing is guessed: a tiny cell is compiled, linked and loaded.

use crate::toolchain::{self, BUILT_WITH_VERSION};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Cells are compiled in the edition of 2024, which this version of Rust is the first to know.
const OLDEST: (u32, u32) = (1, 85);
const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;
/// A session takes some 20 MB; the crates that a user adds take more.
const LITTLE: u64 = GIB;
const TOO_LITTLE: u64 = 100 * MIB;
const INSTALL_RUST: &str = "install Rust from https://rustup.rs, and start Jupyter from a shell that finds `cargo`.";

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Cells run, but not all is as it should be.
    Warning,
    /// Cells cannot run.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub subject: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// How to mend it.
    pub mend: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(subject: &'static str, found: impl Into<String>) -> Finding {
        Finding { subject, verdict: Verdict::Ok, found: found.into(), mend: None }
    }

    /// Something that can be lived with.
    pub fn warning(subject: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { subject, verdict: Verdict::Warning, found: found.into(), mend: Some(mend.into()) }
    }

    /// Something that must be mended.
    pub fn broken(subject: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { subject, verdict: Verdict::Broken, found: found.into(), mend: Some(mend.into()) }
    }
}

/// Looks at all that cells need on this machine. `runner` is the program that runs them.
pub fn check_up(runner: &Path) -> Vec<Finding> {
    let (folder, temporary) = match Scratch::create() {
        Ok(folder) => (Some(folder), temporary_folder()),
        Err(error) => (None, no_temporary_folder(&error)),
    };
    let place = folder.as_ref().map_or_else(|| PathBuf::from("/"), |folder| folder.0.clone());
    let (cargo, rustc) = (cargo(&place), rustc(&place));
    let mut findings = vec![cargo, rustc];
    // Without a compiler there is nothing to say about its libraries.
    if findings[1].verdict != Verdict::Broken {
        findings.extend([library_source(&place), dynamic_library(&place)]);
    }
    findings.push(runner_beside(runner));
    let whole = findings.iter().all(|finding| finding.verdict != Verdict::Broken);
    if let (true, Some(folder)) = (whole, &folder) {
        findings.push(tiny_cell(&folder.0, runner));
    }
    findings.push(temporary);
    findings
}

/// A folder such as sessions have, with the compiler they choose; removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn create() -> std::io::Result<Scratch> {
        let path = std::env::temp_dir().join(format!("headwater-checkup-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        let scratch = Scratch(path);
        if let Some(file) = toolchain::file() {
            fs::write(scratch.0.join("rust-toolchain.toml"), file)?;
        }
        fs::write(scratch.0.join("room"), vec![0; 1 << 16])?;
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> std::io::Result<Output> {
    Command::new(program).args(arguments).current_dir(folder).output()
}

/// The first line of what a tool says of itself, or why it says nothing.
fn words_of(program: &str, arguments: &[&str], folder: &Path) -> Result<String, String> {
    match run(program, arguments, folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err("not found on the PATH".to_owned()),
        Err(error) => Err(format!("does not start: {error}")),
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout);
            Ok(said.lines().next().unwrap_or_default().trim().to_owned())
        }
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
            Err(format!("fails: {}", line.trim()))
        }
    }
}

fn cargo(folder: &Path) -> Finding {
    match words_of("cargo", &["--version"], folder) {
        Ok(version) => Finding::ok("cargo", version),
        Err(why) => Finding::broken("cargo", why, INSTALL_RUST),
    }
}

fn rustc(folder: &Path) -> Finding {
    let said = match words_of("rustc", &["--version"], folder) {
        Ok(said) => said,
        Err(why) => return Finding::broken("rustc", why, INSTALL_RUST),
    };
    let version = said.split_whitespace().nth(1).unwrap_or_default();
    let install =
        format!("`rustup toolchain install {BUILT_WITH_VERSION} --component rust-src`; the kernel then takes it.");
    match numbers(version) {
        Some(found) if found < OLDEST => {
            Finding::broken("rustc", format!("{said}, but cells need {}.{} or newer", OLDEST.0, OLDEST.1), install)
        }
        found if found.is_some() && found == numbers(BUILT_WITH_VERSION) => Finding::ok("rustc", said),
        _ => {
            let found = format!(
                "{said}; the kernel was built with {BUILT_WITH_VERSION}, whose standard library it understands best"
            );
            Finding::warning("rustc", found, install)
        }
    }
}

/// `1.95.0` in numbers, but for the last, which changes nothing.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

fn library_source(folder: &Path) -> Finding {
    let subject = "rust-src";
    if toolchain::has_library_source(folder) {
        return Finding::ok(subject, "the source of the standard library, from which types are inferred");
    }
    let found = "missing: variables need explicit types, and completion knows little";
    if words_of("rustup", &["--version"], folder).is_ok() {
        let mend = "`rustup component add rust-src`; the kernel tries that by itself when it starts.";
        return Finding::warning(subject, found, mend);
    }
    let mend = "install the source of the standard library as rustc was installed (Debian: `apt install rust-src`).";
    Finding::broken(subject, found, mend)
}

fn dynamic_library(folder: &Path) -> Finding {
    let subject = "libstd";
    let place = match words_of("rustc", &["--print", "target-libdir"], folder) {
        Ok(place) => PathBuf::from(place),
        Err(why) => return Finding::broken(subject, format!("rustc does not say where it is: it {why}"), INSTALL_RUST),
    };
    let entries = fs::read_dir(&place).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    match names.find(|name| name.starts_with("libstd-") && (name.ends_with(".so") || name.ends_with(".dylib"))) {
        Some(_) => Finding::ok(subject, "the dynamic standard library, which cells share"),
        None => Finding::broken(
            subject,
            format!("no dynamic standard library in {}", place.display()),
            "distributions often leave it out: install Rust from https://rustup.rs.",
        ),
    }
}

fn runner_beside(runner: &Path) -> Finding {
    let subject = "headwater-runtime";
    if !runner.is_file() {
        let mend = "put it beside headwater-kernel; a build and an installation make both.";
        return Finding::broken(subject, format!("`{}` is missing, which runs the cells", runner.display()), mend);
    }
    let own = format!("headwater-runtime {}", env!("CARGO_PKG_VERSION"));
    match words_of(&runner.display().to_string(), &["--version"], Path::new("/")) {
        Ok(version) if version == own => Finding::ok(subject, runner.display().to_string()),
        Ok(version) => {
            let found = format!("`{}` says `{version}`, the kernel is {}", runner.display(), env!("CARGO_PKG_VERSION"));
            Finding::broken(subject, found, "install the two together.")
        }
        Err(why) => Finding::broken(subject, format!("`{}` {why}", runner.display()), "install it again."),
    }
}

/// Compiles, links and loads what a cell is to the linker and to the system.
fn tiny_cell(folder: &Path, runner: &Path) -> Finding {
    let subject = "a tiny cell";
    let source = "#[unsafe(no_mangle)] pub extern \"C\" fn tiny() -> i32 { \"it runs\".len() as i32 }";
    if let Err(error) = fs::write(folder.join("tiny.rs"), source) {
        return Finding::broken(
            subject,
            format!("its source cannot be written: {error}"),
            "see the folder for sessions.",
        );
    }
    let arguments = [
        "--edition",
        "2024",
        "--crate-type",
        "cdylib",
        "-C",
        "prefer-dynamic",
        "-C",
        "rpath",
        "-o",
        "tiny.so",
        "tiny.rs",
    ];
    let compiled = run("rustc", &arguments, folder);
    let said = match compiled {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(said) = said {
        let reason = said.lines().find(|line| line.starts_with("error")).unwrap_or("rustc failed").to_owned();
        let mend = if reason.contains("linker") {
            "install a C compiler (Debian and Ubuntu: `apt install gcc`; Fedora: `dnf install gcc`)."
        } else {
            INSTALL_RUST
        };
        return Finding::broken(subject, format!("does not compile: {reason}"), mend);
    }
    let library = folder.join("tiny.so").display().to_string();
    match words_of(&runner.display().to_string(), &["try", &library], folder) {
        Ok(_) => Finding::ok(subject, "was compiled, linked and loaded"),
        Err(why) => Finding::broken(
            subject,
            format!("was compiled, but loading it {why}"),
            "a temporary folder on a file system mounted `noexec` does this: set TMPDIR to another one.",
        ),
    }
}

fn no_temporary_folder(error: &std::io::Error) -> Finding {
    let place = std::env::temp_dir();
    let found = format!("`{}` cannot be written: {error}", place.display());
    Finding::broken("folder for sessions", found, "make room, or set TMPDIR to a folder that you may write.")
}

fn temporary_folder() -> Finding {
    let subject = "folder for sessions";
    let place = std::env::temp_dir();
    let Some(free) = free_bytes(&place) else { return Finding::ok(subject, place.display().to_string()) };
    let found = format!("{}, {} free", place.display(), bytes(free));
    let mend = "make room, or set TMPDIR to a folder on a larger disk.";
    match free {
        ..TOO_LITTLE => Finding::broken(subject, found, mend),
        TOO_LITTLE..LITTLE => Finding::warning(subject, found, mend),
        _ => Finding::ok(subject, found),
    }
}

fn bytes(count: u64) -> String {
    if count >= GIB { format!("{} GiB", count / GIB) } else { format!("{} MiB", count / MIB) }
}

#[expect(unsafe_code, reason = "the standard library does not tell how full a disk is")]
fn free_bytes(folder: &Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(folder.as_os_str().as_bytes()).ok()?;
    let mut disk = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the path ends with a zero; the system fills the structure when it answers 0.
    let disk = unsafe { (libc::statvfs(path.as_ptr(), disk.as_mut_ptr()) == 0).then(|| disk.assume_init())? };
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_first_two_numbers() {
        assert_eq!(numbers("1.95.0"), Some((1, 95)));
        assert_eq!(numbers("1.96.0-nightly"), Some((1, 96)));
        assert_eq!(numbers("unknown"), None);
        assert!(numbers("1.84.1").unwrap() < OLDEST);
    }

    #[test]
    fn the_disk_tells_how_full_it_is() {
        assert!(free_bytes(Path::new("/")).unwrap() > 0);
        assert_eq!(free_bytes(Path::new("/no/such/folder")), None);
        assert_eq!((bytes(3 * GIB + 1), bytes(90 * MIB)), ("3 GiB".to_owned(), "90 MiB".to_owned()));
    }
}
