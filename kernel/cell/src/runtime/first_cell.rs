//! Compiled and run as a cell in every new runner, before the user's first: what cells need inside their own libstd.
let _ = {
    #[unsafe(no_mangle)]
    pub extern "C" fn headwater_flush() {
        let _ = std::io::Write::flush(&mut std::io::stdout());
    }
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
        let frames = std::backtrace::Backtrace::force_capture();
        let _ = std::fs::write(&note, format!("{file}\n{line}\n{message}\0{frames}"));
    }));
};
