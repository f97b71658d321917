//! Where things are: the repository, the target folder, the built binaries, the fetched services, scratch folders.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate lies in the repository").to_path_buf()
}

/// The folder of the built binaries, `target/debug` (or `target/release` for the benches).
fn built() -> PathBuf {
    let this = std::env::current_exe().expect("a running program has a path");
    let folder = this.parent().expect("a program lies in a folder");
    let tests = folder.ends_with("deps");
    if tests { folder.parent().expect("deps lies in a folder").to_path_buf() } else { folder.to_path_buf() }
}

/// The target folder.
pub fn target() -> PathBuf {
    built().parent().expect("target/debug lies in the target folder").to_path_buf()
}

/// A binary of the workspace, `headwater` or `headwater-kernel`, built from the sources as they are now.
///
/// Cargo builds the binaries of a package for that package's own tests only, so the first call builds them; after
/// `make test` or `cargo build --workspace` that is a second's look.
///
/// # Panics
/// When they do not build.
pub fn binary(name: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["build", "--quiet", "--workspace", "--exclude", "headwater-tests", "--target-dir"]).arg(target());
        if built().ends_with("release") {
            command.arg("--release");
        }
        let status = command.current_dir(root()).status().expect("cargo starts, it has started this program");
        assert!(status.success(), "the binaries of the workspace do not build");
    });
    let path = built().join(name);
    assert!(path.is_file(), "no binary `{}`", path.display());
    path
}

/// A part fetched by `tests/services/fetch.sh` (`kafka`, `flights`, `python`, `chromium`), and its folder under `target/services`.
///
/// # Panics
/// When it cannot be fetched.
pub fn service(part: &str, folder: &str) -> PathBuf {
    static FETCHED: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let mut fetched = FETCHED.lock().expect("no test panics while it holds this lock");
    if fetched.get_or_insert_default().insert(part.to_owned()) {
        let script = root().join("tests/services/fetch.sh");
        let status = Command::new(script).arg(part).env("CARGO_TARGET_DIR", target()).status().expect("bash is there");
        drop(fetched);
        assert!(status.success(), "tests/services/fetch.sh {part} failed; it has said why");
    }
    target().join("services").join(folder)
}

/// The Python with the notebook clients and DuckDB.
pub fn python() -> PathBuf {
    service("python", "venv").join("bin/python")
}

/// A script of `tests/drivers`.
pub fn driver(name: &str) -> PathBuf {
    root().join("tests/drivers").join(name)
}

/// An empty folder of this name under `target/tests`, kept after the test so that a failure can be looked into.
///
/// # Panics
/// When the disk refuses.
pub fn scratch(name: &str) -> PathBuf {
    let folder = target().join("tests").join(name);
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            panic!("clearing `{}`: {error}", folder.display())
        }
        _ => std::fs::create_dir_all(&folder).expect("the target folder can be written"),
    }
    folder
}
