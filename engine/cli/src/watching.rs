//! How far a look has come, on standard error; nothing when that is no terminal.

use headwater_exec::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// The line of progress.
pub(crate) struct Watching(ProgressBar);

impl Watching {
    /// Shows that something is being done.
    pub(crate) fn start() -> Watching {
        // Drawn on standard error, and only when that is a terminal.
        let bar = ProgressBar::new_spinner().with_message("starting");
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        Watching(bar)
    }

    /// Shows how far it has come.
    pub(crate) fn tell(&mut self, progress: &Progress) {
        if let Some(total) = progress.total
            && self.0.length() != Some(total)
            && let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {human_pos} of {human_len}")
        {
            self.0.set_style(style);
            self.0.set_length(total);
        }
        self.0.set_position(progress.done);
        self.0.set_message(progress.what.clone());
    }

    /// Takes the line away.
    pub(crate) fn finish(self) {
        self.0.finish_and_clear();
    }
}
