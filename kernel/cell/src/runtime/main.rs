//! The process that runs the cells: loads what evcxr compiled, calls it, and says when it is done.
//!
//! evcxr speaks with this process over stdin and stdout, line by line, and expects whatever a cell prints on the same
//! stdout. That loses text without a newline, breaks on bytes that are not UTF-8, and hangs when a cell flushes half a
//! line. So the two streams evcxr gave us are kept private here; the cell gets two named pipes that the kernel reads,
//! and no stdin. The lines of evcxr's protocol that generated code prints are picked out by the kernel, which hands
//! them back in the answer to `done`; only those go to evcxr.
//!
//! The kernel's side is `runner.rs` of this crate. Nothing here links evcxr, so that the process starts in a moment.

mod watch;

use libloading::Library;
use std::ffi::{c_int, c_void};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// What evcxr compiles a cell to: takes and returns the pointer to the stored variables.
type Cell = extern "C" fn(*mut c_void) -> *mut c_void;
/// Flushes the standard output that cells print to, which is not ours: cells share a libstd of their own.
type Flush = extern "C" fn();

/// How often a line without an end is made visible while a cell runs, so that progress shows.
const FLUSH_EVERY: Duration = Duration::from_millis(100);

static FLUSH: OnceLock<Flush> = OnceLock::new();

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--version"] = words[..] {
        return println!("headwater-runtime {}", env!("CARGO_PKG_VERSION"));
    }
    if let ["try", library] = words[..] {
        return try_library(library);
    }
    let Some(session) = std::env::var_os("HEADWATER_SESSION").map(PathBuf::from) else {
        eprintln!("headwater-runtime is started by headwater-kernel; it is of no use alone");
        std::process::exit(2);
    };
    if let ["watch"] = words[..] {
        return watch::until_the_end(std::io::stdin(), &session);
    }
    if let Err(error) = run(&session) {
        eprintln!("headwater-runtime: {error}");
        std::process::exit(99);
    }
}

fn run(session: &Path) -> Result<(), String> {
    end_with_the_kernel();
    let (commands, mut evcxr) = take_streams(session).map_err(|error| format!("failed to set up streams: {error}"))?;
    ask(session, "hello")?;
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(FLUSH_EVERY);
            FLUSH.get().inspect(|flush| flush());
        }
    });
    let mut variables = std::ptr::null_mut();
    for line in BufReader::new(commands).lines() {
        let line = line.map_err(|error| format!("failed to read a command: {error}"))?;
        let (library, function) = line
            .strip_prefix("LOAD_AND_RUN ")
            .and_then(|rest| rest.rsplit_once(' '))
            .ok_or_else(|| format!("unknown command `{line}`"))?;
        let answer = match ask(session, "start")?.strip_prefix("cell ") {
            Some(number) => {
                name_cell(number.trim());
                variables = load_and_run(library, function, variables)?;
                ask(session, "done")?
            }
            // Interrupted while it compiled: to evcxr that is a cell that panicked before it did anything.
            None => "EVCXR_PANIC_NOTIFICATION\n".to_owned(),
        };
        write!(evcxr, "{answer}EVCXR_EXECUTION_COMPLETE\n")
            .and_then(|()| evcxr.flush())
            .map_err(|error| format!("failed to answer: {error}"))?;
    }
    Ok(())
}

/// Loads a library as cells are loaded: what `headwater-kernel doctor` has compiled for this.
#[expect(unsafe_code, reason = "whether a library can be called is found out by calling it")]
fn try_library(path: &str) {
    // SAFETY: the doctor has written the function, of this type.
    let called = unsafe {
        Library::new(path).and_then(|library| library.get::<extern "C" fn() -> i32>("tiny").map(|tiny| tiny()))
    };
    match called {
        Ok(length) => println!("{length}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

/// One question to the kernel, one answer.
fn ask(session: &Path, question: &str) -> Result<String, String> {
    let mut answer = String::new();
    UnixStream::connect(session.join("runner.sock"))
        .and_then(|mut kernel| {
            writeln!(kernel, "{question}")?;
            kernel.read_to_string(&mut answer)
        })
        .map_err(|error| format!("failed to reach the kernel: {error}"))?;
    Ok(answer)
}

#[expect(unsafe_code, reason = "running a cell means calling into a library that was compiled a moment ago")]
fn load_and_run(library: &str, function: &str, variables: *mut c_void) -> Result<*mut c_void, String> {
    // SAFETY: evcxr compiled the library with this very signature, and hands out only the pointer cells returned.
    let variables = unsafe {
        // Never unloaded: variables, threads and hooks of a cell outlive it.
        let library = Box::leak(Box::new(Library::new(library).map_err(|error| format!("failed to load: {error}"))?));
        if let Ok(flush) = library.get::<Flush>("headwater_flush") {
            let _ = FLUSH.set(*flush);
        }
        let cell = library.get::<Cell>(function).map_err(|error| format!("failed to find the cell: {error}"))?;
        cell(variables)
    };
    FLUSH.get().inspect(|flush| flush());
    Ok(variables)
}

/// Tells the cell its number, which the pipelines built in it carry to the kernel.
#[expect(unsafe_code, reason = "the environment is how a library without statics learns which cell it runs in")]
fn name_cell(number: &str) {
    // SAFETY: glibc's own calls lock; a thread a former cell left behind that walks `environ` by itself is its author's.
    unsafe { std::env::set_var("HEADWATER_CELL", number) };
}

/// Keeps evcxr's two streams for ourselves and gives the cell its own.
fn take_streams(session: &Path) -> std::io::Result<(File, File)> {
    let commands = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let evcxr = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    put_in_place(&OpenOptions::new().read(true).open("/dev/null")?, 0)?;
    put_in_place(&OpenOptions::new().write(true).open(session.join("stdout"))?, 1)?;
    put_in_place(&OpenOptions::new().write(true).open(session.join("stderr"))?, 2)?;
    Ok((commands, evcxr))
}

#[expect(unsafe_code, reason = "the standard library cannot replace a standard stream")]
fn put_in_place(file: &File, descriptor: c_int) -> std::io::Result<()> {
    // SAFETY: both are open descriptors of this process, and nobody else uses 0, 1 and 2 yet.
    match unsafe { libc::dup2(file.as_raw_fd(), descriptor) } {
        -1 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// No cell outlives its kernel, however the kernel ended. Also forgets `RUST_BACKTRACE`, which evcxr sets: with it,
/// errors of many libraries print a page of frames that say nothing about the cell.
#[expect(unsafe_code, reason = "the standard library has no prctl; the environment is changed before any thread")]
fn end_with_the_kernel() {
    #[cfg(target_os = "linux")]
    // SAFETY: sets a flag of this process.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
    }
    // SAFETY: this is the only thread.
    unsafe { std::env::remove_var("RUST_BACKTRACE") };
}
