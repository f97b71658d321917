//! The folder of one session: evcxr's configuration and build, the source of the crate `headwater`, pipes and sockets.
//! It is readable for its owner only and removed at the end; folders of kernels that were killed are removed by the
//! next one that starts.

use crate::{manifest, toolchain};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

/// The source of `engine/plan`, as pairs of file name and text: what cells are written with.
pub const HEADWATER: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/headwater_source.rs"));
/// cargo finds it above the folder it compiles in: cells carry line numbers, so that a panic can say where it came from, and
/// nothing else that takes time to write and to link.
pub(crate) const CARGO: &str =
    "[profile.dev]\ndebug = \"line-tables-only\"\nstrip = \"none\"\n[profile.dev.package.\"*\"]\ndebug = false\n";
/// When the source was written, as far as cargo is concerned: before whatever a template holds (2001-09-09).
const WRITTEN: Duration = Duration::from_secs(1_000_000_000);
const NAME: &str = "headwater-kernel-";

/// A session's folder; dropping it removes it.
pub(crate) struct SessionDir {
    path: PathBuf,
}

impl SessionDir {
    /// Makes the folder, with all evcxr must find in it.
    pub(crate) fn create() -> std::io::Result<SessionDir> {
        static EARLIER: AtomicU32 = AtomicU32::new(0);
        let mut path = SessionDir::of_this_process()?;
        path.parent().map(remove_abandoned);
        // A kernel has one session. Where a process has several, each has a folder of its own: an earlier one may still be leaving.
        let earlier = EARLIER.fetch_add(1, Ordering::Relaxed);
        if earlier > 0 {
            path.set_file_name(format!("{NAME}{}-{earlier}", std::process::id()));
        }
        let _ = std::fs::remove_dir_all(&path);
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        let folder = SessionDir { path };
        folder.write("evcxr.toml", &folder.configuration())?;
        folder.write(".cargo/config.toml", CARGO)?;
        // Inside of cargo's workspace, where its place in the file system is nothing that cargo remembers: so a template fits.
        folder.write("build/headwater/Cargo.toml", manifest::HEADWATER)?;
        for (name, text) in HEADWATER {
            folder.write(&format!("build/headwater/src/{name}"), text)?;
        }
        if let Some(file) = toolchain::file() {
            folder.write("rust-toolchain.toml", &file)?;
        }
        Ok(folder)
    }

    /// Where the first session of this process has its folder, whether it is there or not.
    pub(crate) fn of_this_process() -> std::io::Result<PathBuf> {
        Ok(std::env::temp_dir().canonicalize()?.join(format!("{NAME}{}", std::process::id())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where evcxr writes and compiles.
    pub(crate) fn build(&self) -> PathBuf {
        self.path.join("build")
    }

    /// Where a panic's message is noted.
    pub(crate) fn panic_note(&self) -> PathBuf {
        self.path.join("panic")
    }

    /// Removes the folder with all that is in it. A second time does nothing.
    pub(crate) fn remove(&self) {
        // A compiler that was ended a moment ago may still write for an instant.
        for _ in 0..5 {
            if std::fs::remove_dir_all(&self.path).is_ok() || !self.path.exists() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        tracing::warn!(path = %self.path.display(), "Failed to remove the folder of the session.");
    }

    /// Level 0: cells only build plans, the engine runs in the kernel. `offline_mode`: no network at run time.
    fn configuration(&self) -> String {
        let build = self.build().display().to_string();
        let level = manifest::with_headwater("0");
        format!(
            "[evcxr]\ntmpdir = {build:?}\npreserve_vars_on_panic = true\noffline_mode = true\nopt_level = {level:?}\n"
        )
    }

    fn write(&self, name: &str, text: &str) -> std::io::Result<()> {
        let path = self.path.join(name);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(&path, text)?;
        std::fs::File::options().append(true).open(path)?.set_modified(SystemTime::UNIX_EPOCH + WRITTEN)
    }
}

impl Drop for SessionDir {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Folders named for a process that is no more.
fn remove_abandoned(parent: &Path) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix(NAME).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_folder_holds_the_crate_and_goes_with_the_session() {
        let abandoned = std::env::temp_dir().join(format!("{NAME}4294967295"));
        std::fs::create_dir_all(&abandoned).unwrap();
        let folder = SessionDir::create().unwrap();
        let path = folder.path().to_owned();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let library = std::fs::read_to_string(path.join("build/headwater/src/lib.rs")).unwrap();
        assert!(library.starts_with("//! What a Headwater pipeline is"), "{library}");
        assert!(!abandoned.exists(), "the folder of a kernel that was killed is removed");
        drop(folder);
        assert!(!path.exists());
    }
}
