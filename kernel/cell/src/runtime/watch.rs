//! Waits for the end of the kernel, and ends what it left: a kernel that is killed has no time to. The process that runs cells goes by
//! itself; cargo, compilers, linkers and programs that cells started do not.
//!
//! They are known by the session's folder: they run in it, or it is in their environment. Where there is no `/proc`, nothing is found.

use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

/// A process that starts another one while it is ended leaves that one for the next look.
const LOOKS: usize = 5;
const BETWEEN: Duration = Duration::from_millis(50);

/// Returns when nothing is left. `kernel` is a pipe whose other end only the kernel holds.
pub(crate) fn until_the_end(mut kernel: impl Read, session: &Path) {
    // Nothing is ever written; the end of the pipe is the end of the kernel.
    let _ = kernel.read(&mut [0]);
    for _ in 0..LOOKS {
        processes_of(session).into_iter().for_each(end);
        std::thread::sleep(BETWEEN);
        let _ = fs::remove_dir_all(session);
    }
}

fn processes_of(session: &Path) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    numbers.filter(|process| *process != own && belongs(*process, session)).collect()
}

fn belongs(process: i32, session: &Path) -> bool {
    let of = |name: &str| Path::new("/proc").join(process.to_string()).join(name);
    let inside = fs::read_link(of("cwd")).is_ok_and(|folder| folder.starts_with(session));
    let told = [b"HEADWATER_SESSION=", session.as_os_str().as_bytes()].concat();
    inside || fs::read(of("environ")).is_ok_and(|all| all.split(|byte| *byte == 0).any(|entry| entry == told))
}

#[expect(unsafe_code, reason = "the standard library can only end a process it holds the handle of")]
fn end(process: i32) {
    // SAFETY: sends a signal.
    unsafe { libc::kill(process, libc::SIGKILL) };
}
