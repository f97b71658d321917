//! Compiled and run as a cell in every new runner, before the user's first: what cells need inside their own libstd.
let _ = {
    #[unsafe(no_mangle)]
    pub extern "C" fn headwater_flush() {
        let _ = std::io::Write::flush(&mut std::io::stdout());
    }
    unsafe extern "C" {
        fn fork() -> i32;
        fn alarm(seconds: u32) -> u32;
        fn _exit(status: i32) -> !;
        fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
    }
    /// How long finding the way to a panic may take; another thread may hold what the copy waits for.
    const SECONDS: u32 = 2;
    let cells = std::thread::current().id();
    let note = std::path::PathBuf::from(std::env::var_os("HEADWATER_SESSION").unwrap_or_default()).join("panic");
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // A panic of the cell itself becomes the cell's error; one of a thread it started is told on stderr.
        if std::thread::current().id() != cells {
            return usual(panic);
        }
        let (file, line) = panic.location().map_or(("", 0), |place| (place.file(), place.line()));
        let message = panic.payload_as_str().unwrap_or("a value that is not text");
        let _ = std::fs::write(&note, format!("{file}\n{line}\n{message}"));
        // The standard library lists the libraries of a process once, at its first backtrace, and cells come as libraries, one after
        // the other. A copy of the process knows those of now, and leaves the list of this one unmade.
        unsafe {
            match fork() {
                0 => {
                    alarm(SECONDS);
                    let frames = std::backtrace::Backtrace::force_capture();
                    let _ = std::fs::write(&note, format!("{file}\n{line}\n{message}\0{frames}"));
                    _exit(0)
                }
                // Where there can be none, the place is told without the way to it.
                -1 => {}
                copy => {
                    waitpid(copy, std::ptr::null_mut(), 0);
                }
            }
        }
    }));
};
