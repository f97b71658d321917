//! Keeps a cell that prints without end from drowning the notebook: the beginning is shown, the end is shown, and what
//! lies between is counted.

/// How much of what a cell prints is shown as it comes, both streams together. Above about 3 MB within three seconds
/// the Jupyter server itself cuts output, without saying where.
const SHOWN: usize = 1024 * 1024;
/// How much of the end is shown when the cell is done.
const ENDING: usize = 8 * 1024;

/// Decides what of the text of one stream is shown.
#[derive(Debug, Default)]
pub struct Gate {
    shown: usize,
    cut: usize,
    ending: Vec<u8>,
    /// The first bytes of a character whose rest has not come yet.
    partial: Vec<u8>,
}

impl Gate {
    /// The part of `bytes` to show now, as text; what is not UTF-8 becomes the replacement character.
    pub fn pass(&mut self, bytes: &[u8]) -> String {
        let room = SHOWN.saturating_sub(self.shown);
        if room == 0 {
            self.hold(bytes);
            return String::new();
        }
        let (now, later) = bytes.split_at(room.min(bytes.len()));
        self.shown += now.len();
        if !later.is_empty() {
            self.hold(later);
        }
        self.decode(now)
    }

    /// At the end of a cell: the notice of what was cut and the last lines, if anything was; ready for the next cell.
    pub fn finish(&mut self) -> Option<String> {
        let gate = std::mem::take(self);
        if gate.ending.is_empty() {
            return None;
        }
        let whole = gate.ending.len() < ENDING;
        let skipped = gate.cut - gate.ending.len();
        let ending = String::from_utf8_lossy(&gate.ending);
        // A cut in the middle of a line shows from the next line on.
        let ending = if whole { &*ending } else { ending.split_once('\n').map_or(&*ending, |(_, rest)| rest) };
        Some(if skipped == 0 {
            ending.to_owned()
        } else {
            format!("\n… {} of output are not shown; it ends with:\n{ending}", megabytes(skipped))
        })
    }

    fn hold(&mut self, bytes: &[u8]) {
        self.cut += bytes.len();
        let last = &bytes[bytes.len().saturating_sub(ENDING)..];
        self.ending.extend_from_slice(last);
        let excess = self.ending.len().saturating_sub(ENDING);
        self.ending.drain(..excess);
    }

    fn decode(&mut self, bytes: &[u8]) -> String {
        self.partial.extend_from_slice(bytes);
        let bytes = std::mem::take(&mut self.partial);
        match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(error) if error.error_len().is_none() => {
                let (whole, rest) = bytes.split_at(error.valid_up_to());
                self.partial = rest.to_vec();
                String::from_utf8_lossy(whole).into_owned()
            }
            Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

fn megabytes(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "it is shown with one digit")]
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 0.1 { format!("{bytes} bytes") } else { format!("{megabytes:.1} MB") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_text_passes_whole() {
        let mut gate = Gate::default();
        assert_eq!(gate.pass(b"hello"), "hello");
        assert_eq!(gate.finish(), None);
    }

    #[test]
    fn a_character_cut_in_two_is_put_together() {
        let mut gate = Gate::default();
        let bytes = "é".as_bytes();
        assert_eq!(gate.pass(&bytes[..1]), "");
        assert_eq!(gate.pass(&bytes[1..]), "é");
        assert_eq!(gate.pass(b"\xff!"), "\u{fffd}!");
    }

    #[test]
    fn of_a_hundred_megabytes_the_beginning_and_the_end_are_shown() {
        let mut gate = Gate::default();
        let line = b"0123456789abcdef\n".repeat(1000);
        let mut shown = 0;
        for _ in 0..6000 {
            shown += gate.pass(&line).len();
        }
        gate.pass(b"the last line\n");
        assert_eq!(shown, SHOWN);
        let end = gate.finish().unwrap();
        assert!(end.starts_with("\n… 100.9 MB of output are not shown; it ends with:\n0123"), "{}", &end[..80]);
        assert!(end.ends_with("the last line\n"));
        assert_eq!(gate.pass(b"next cell"), "next cell", "the gate is open again");
    }
}
