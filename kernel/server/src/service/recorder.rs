//! Tests only: a front end that remembers what it was shown.

use crate::display::MimeBundle;
use crate::service::{CellPlace, Places, Publisher, Variables};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// One output that was shown or replaced.
#[derive(Clone, Debug)]
pub struct Shown {
    pub bundle: MimeBundle,
    pub id: Option<String>,
    pub update: bool,
}

impl Shown {
    pub fn text(&self) -> &str {
        self.bundle["text/plain"].as_str().expect("plain text in every bundle")
    }

    pub fn html(&self) -> &str {
        self.bundle["text/html"].as_str().expect("HTML in every bundle")
    }
}

/// A front end that remembers; told to, it panics.
#[derive(Default)]
pub struct Recorder {
    shown: Mutex<Vec<Shown>>,
    written: Mutex<String>,
    panics: AtomicBool,
}

impl Recorder {
    pub fn shown(&self) -> Vec<Shown> {
        self.shown.lock().expect("no panic while held").clone()
    }

    /// What was written to both streams.
    pub fn written(&self) -> String {
        self.written.lock().expect("no panic while held").clone()
    }

    /// The next output makes the thread that shows it panic.
    pub fn panic_once(&self) {
        self.panics.store(true, Ordering::SeqCst);
    }

    fn push(&self, bundle: MimeBundle, id: Option<&str>, update: bool) {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "told to panic");
        self.shown.lock().expect("no panic while held").push(Shown { bundle, id: id.map(str::to_owned), update });
    }
}

impl Publisher for Recorder {
    fn display(&self, bundle: MimeBundle, display_id: Option<&str>) {
        self.push(bundle, display_id, false);
    }

    fn update(&self, bundle: MimeBundle, display_id: &str) {
        self.push(bundle, Some(display_id), true);
    }

    fn stdout(&self, text: &str) {
        self.written.lock().expect("no panic while held").push_str(text);
    }

    fn stderr(&self, text: &str) {
        self.written.lock().expect("no panic while held").push_str(text);
    }
}

/// The lines of a cell, known (with two generated lines above them) or not.
#[derive(Default)]
pub struct Lines(pub Vec<&'static str>);

impl Places for Lines {
    fn resolve(&self, cell: u32, line: u32) -> Option<CellPlace> {
        let own = line.checked_sub(2)?;
        let text = self.0.get(own.checked_sub(1)? as usize)?;
        Some(CellPlace { cell, line: own, text: (*text).to_owned() })
    }

    fn text(&self, _cell: u32) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join("\n"))
    }
}

/// A cell without variables, in which some are to be made.
#[derive(Default)]
pub struct Made(pub Mutex<Vec<String>>);

impl Variables for Made {
    fn hand_over(&self, _give_up: &dyn Fn() -> bool) {}

    fn make(&self, name: &str) {
        self.0.lock().expect("no panic while held").push(name.to_owned());
    }
}
