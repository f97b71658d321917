//! Ends the processes a cell started: the compiler when a cell is interrupted while it compiles, the runner and what it
//! started when it does not stop, everything at the end.
//!
//! evcxr gives no handle on the compiler it starts, so the family tree is read from `/proc`. Where there is none, only
//! the runner's own means remain: it ends with the kernel.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What our program is told to do that when it does not run cells.
const WATCH: &str = "watch";

/// The process that runs cells, and all it started, if it is alive.
pub(crate) fn end_runner(runner: &Path) {
    let family = Family::read();
    let cells = |child: &u32| is(*child, runner) && !watches(*child);
    family.children(std::process::id()).filter(cells).for_each(|child| family.end(child));
}

/// All our children but those of our own program: cargo, rustc and the linker.
pub(crate) fn end_compilers(runner: &Path) {
    let family = Family::read();
    family.children(std::process::id()).filter(|child| !is(*child, runner)).for_each(|child| family.end(child));
}

/// Every process we started, and all they started.
pub(crate) fn end_all() {
    let family = Family::read();
    family.children(std::process::id()).for_each(|child| family.end(child));
}

/// Starts the process that ends what is left when the kernel is killed, and removes the session's folder. It waits at the other end of
/// its standard input, in a process group of its own: front ends kill the whole group of a kernel.
pub(crate) fn watch(runner: &Path, session: &Path) -> std::io::Result<Child> {
    let mut command = Command::new(runner);
    command.arg(WATCH).env("HEADWATER_SESSION", session).current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// The crates that our compilers work on.
pub(crate) fn crates_compiled(runner: &Path) -> Vec<String> {
    let family = Family::read();
    let mut found = Vec::new();
    let mut left: Vec<u32> = family.children(std::process::id()).filter(|child| !is(*child, runner)).collect();
    while let Some(process) = left.pop() {
        left.extend(family.children(process));
        let line = std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
        found.extend(crate_of(&line));
    }
    found.sort();
    found.dedup();
    found
}

/// What follows `--crate-name` on the line of a compiler; its words end with zeros.
fn crate_of(line: &str) -> Option<String> {
    let mut words = line.split('\0').skip_while(|word| *word != "--crate-name").skip(1);
    // Cargo asks the compiler about itself by a crate of this name.
    words.next().filter(|name| *name != "___").map(str::to_owned)
}

fn watches(process: u32) -> bool {
    let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).nth(1).is_some_and(|argument| argument == WATCH.as_bytes())
}

fn is(process: u32, program: &Path) -> bool {
    std::fs::read_link(format!("/proc/{process}/exe")).is_ok_and(|path| path == program)
}

/// Pairs of process and parent.
struct Family(Vec<(u32, u32)>);

impl Family {
    fn read() -> Family {
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Family(processes.filter_map(|process| Some((process, parent(process)?))).collect())
    }

    fn children(&self, parent: u32) -> impl Iterator<Item = u32> {
        self.0.iter().filter(move |(_, of)| *of == parent).map(|(process, _)| *process)
    }

    /// Children last: a dying parent must not have the time to start another one.
    #[expect(unsafe_code, reason = "the standard library can only end a process it holds the handle of")]
    fn end(&self, process: u32) {
        if let Ok(target) = i32::try_from(process) {
            // SAFETY: sends a signal; the process is one of our descendants.
            unsafe { libc::kill(target, libc::SIGKILL) };
        }
        self.children(process).for_each(|child| self.end(child));
    }
}

/// The fourth field of `stat`; the second, a name in parentheses, may hold anything.
fn parent(process: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_tells_its_crate() {
        assert_eq!(crate_of("/x/rustc\0--crate-name\0serde\0--edition=2021\0"), Some("serde".to_owned()));
        assert_eq!(crate_of("rustc\0-\0--crate-name\0___\0--print=file-names\0"), None);
        assert_eq!(crate_of("cargo\0build\0"), None);
    }

    #[test]
    fn a_child_that_is_not_the_runner_is_ended_with_its_children() {
        let mut shell = Command::new("sh").args(["-c", "sleep 1000 & wait"]).spawn().unwrap();
        while Family::read().children(shell.id()).next().is_none() {
            std::thread::yield_now();
        }
        let sleeper = Family::read().children(shell.id()).next().unwrap();
        end_runner(Path::new("/nowhere/headwater-runtime"));
        assert!(shell.try_wait().unwrap().is_none(), "the shell is not the runner");
        end_compilers(Path::new("/nowhere/headwater-runtime"));
        assert!(!shell.wait().unwrap().success());
        let gone =
            || std::fs::read_to_string(format!("/proc/{sleeper}/stat")).map_or(true, |stat| stat.contains(") Z"));
        for _ in 0..500 {
            if gone() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the child of the shell lives on");
    }
}
