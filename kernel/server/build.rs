//! Tells the builds of the kernel apart: a fingerprint of all source it is made of, which `%config` shows.

use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let mut files = vec![root.join("Cargo.lock")];
    for room in ["engine", "kernel"] {
        println!("cargo::rerun-if-changed={}", root.join(room).display());
        collect(&root.join(room), &mut files);
    }
    println!("cargo::rerun-if-changed={}", files[0].display());
    files.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for file in files {
        add(&mut hash, file.strip_prefix(&root).unwrap_or(&file).as_os_str().as_encoded_bytes());
        add(&mut hash, &std::fs::read(&file).unwrap_or_default());
    }
    println!("cargo::rustc-env=HEADWATER_BUILD={hash:016x}");
}

/// FNV-1a: it need not withstand anyone.
fn add(hash: &mut u64, bytes: &[u8]) {
    for byte in bytes {
        *hash = (*hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.extension().and_then(|ending| ending.to_str()) {
            _ if path.is_dir() => collect(&path, files),
            Some("rs" | "toml") => files.push(path),
            _ => {}
        }
    }
}
