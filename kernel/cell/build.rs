//! Lists the source of the crate `headwater` so that the kernel carries it inside itself: cells compile it without a
//! network and without this repository.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let manifest = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let source = manifest.join("../../engine/plan/src").canonicalize().expect("engine/plan is part of the workspace");
    println!("cargo::rerun-if-changed={}", source.display());
    let mut files = Vec::new();
    collect(&source, &mut files);
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&source).expect("it was found below").display();
        writeln!(list, "    ({:?}, include_str!({:?})),", name.to_string(), file).expect("a String takes all");
    }
    list.push(']');
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    std::fs::write(out.join("headwater_source.rs"), list).expect("cargo made the folder");
    // The compiler that built the kernel is the one whose generation its rust-analyzer understands.
    let toolchain = std::env::var("RUSTUP_TOOLCHAIN").unwrap_or_default();
    println!("cargo::rustc-env=HEADWATER_BUILT_WITH={toolchain}");
    println!("cargo::rerun-if-env-changed=RUSTUP_TOOLCHAIN");
    println!("cargo::rustc-env=HEADWATER_RUSTC={}", version_of_rustc());
}

/// As in `rustc 1.95.0 (…)`.
fn version_of_rustc() -> String {
    let rustc = std::env::var("RUSTC").expect("cargo sets it");
    let output = std::process::Command::new(rustc).arg("--version").output().expect("cargo has run it");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.split_whitespace().nth(1).unwrap_or("of an unknown version").to_owned()
}

/// Rust files of the crate, tests apart: cells have no use for them.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "tests" {
                collect(&path, files);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" && !name.ends_with("_tests.rs") {
            files.push(path);
        }
    }
}
