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
    family.own().filter(|child| is(*child, runner)).for_each(|child| family.end(child));
}

/// Those that compile a cell: cargo, rustc and the linker.
pub(crate) fn end_compilers(runner: &Path) {
    let family = Family::read();
    family.own().filter(|child| !is(*child, runner)).for_each(|child| family.end(child));
}

/// Every process that was started for cells, and all they started.
pub(crate) fn end_all() {
    let family = Family::read();
    family.own().for_each(|child| family.end(child));
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
    let mut left: Vec<u32> = family.own().filter(|child| !is(*child, runner)).collect();
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

fn is(process: u32, program: &Path) -> bool {
    std::fs::read_link(format!("/proc/{process}/exe")).is_ok_and(|path| path == program)
}

/// A process, its parent and its process group.
type Relation = (u32, u32, u32);

/// Every process there is.
struct Family(Vec<Relation>);

impl Family {
    fn read() -> Family {
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Family(processes.filter_map(relation).collect())
    }

    fn children(&self, parent: u32) -> impl Iterator<Item = u32> {
        self.0.iter().filter(move |(_, of, _)| *of == parent).map(|(process, _, _)| *process)
    }

    /// Our children in our own process group. Others that the kernel starts (jobs, commands of the system, the watch) are in groups of
    /// their own: they are not ours to end.
    fn own(&self) -> impl Iterator<Item = u32> {
        let us = std::process::id();
        let group = self.0.iter().find(|(process, _, _)| *process == us).map(|(_, _, group)| *group);
        let own = move |(_, parent, of): &&Relation| *parent == us && Some(*of) == group;
        self.0.iter().filter(own).map(|(process, _, _)| *process)
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

/// The fourth and fifth field of `stat`; the second, a name in parentheses, may hold anything.
fn relation(process: u32) -> Option<Relation> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(1).map(str::parse);
    Some((process, fields.next()?.ok()?, fields.next()?.ok()?))
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
        let mut job = Command::new("sleep").arg("1000").process_group(0).spawn().unwrap();
        while Family::read().children(shell.id()).next().is_none() {
            std::thread::yield_now();
        }
        let sleeper = Family::read().children(shell.id()).next().unwrap();
        end_runner(Path::new("/nowhere/headwater-runtime"));
        assert!(shell.try_wait().unwrap().is_none(), "the shell is not the runner");
        end_compilers(Path::new("/nowhere/headwater-runtime"));
        assert!(!shell.wait().unwrap().success());
        assert!(job.try_wait().unwrap().is_none(), "a process in a group of its own is somebody else's");
        job.kill().unwrap();
        job.wait().unwrap();
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
