//! Picks evcxr's protocol, and our own mark, out of what a cell prints.
//!
//! Code that evcxr generates tells things by printing lines that begin with `EVCXR_`. They may be glued to half a line
//! of the user's, and arrive cut anywhere; the text around them must come through byte for byte.

/// A part of what a cell printed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The user's own bytes.
    Text(Vec<u8>),
    /// A line evcxr wants to see.
    Protocol(String),
    /// Something to show, in one form.
    Content { mime: String, body: String },
    /// The mark: everything printed before it has been seen.
    Mark,
}

const PREFIX: &[u8] = b"EVCXR_";
const LINES: [&str; 3] = ["EVCXR_PANIC_NOTIFICATION", "EVCXR_ERROR_OCCURRED", "EVCXR_VARIABLE_CHANGED_TYPE:"];
const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &[u8] = b"\nEVCXR_END_CONTENT\n";
const PANIC_INSIDE: &[u8] = b"EVCXR_PANIC_NOTIFICATION\n";
/// The longest first line of a sentinel that is waited for; a longer one is the user's text.
const LONGEST_LINE: usize = 4096;

/// Cuts a stream of bytes into pieces.
pub(crate) struct Splitter {
    mark: Vec<u8>,
    /// Bytes that may be the beginning of something.
    held: Vec<u8>,
}

/// What the held bytes turn out to be.
enum Found {
    Piece(Piece, usize),
    NotYet,
    Text,
}

impl Splitter {
    pub(crate) fn new(mark: &[u8]) -> Splitter {
        Splitter { mark: mark.to_vec(), held: Vec::new() }
    }

    /// Takes the next bytes, gives the pieces they complete. Text is never held back for more than the bytes that could
    /// begin a sentinel.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.held.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        let mut text = Vec::new();
        let mut at = 0;
        while at < self.held.len() {
            let Some(start) = self.next_start(at) else {
                text.extend_from_slice(&self.held[at..]);
                at = self.held.len();
                break;
            };
            text.extend_from_slice(&self.held[at..start]);
            at = start;
            match self.recognise(&self.held[at..]) {
                Found::Piece(piece, length) => {
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                    }
                    pieces.push(piece);
                    at += length;
                }
                Found::NotYet => break,
                Found::Text => {
                    text.push(self.held[at]);
                    at += 1;
                }
            }
        }
        self.held.drain(..at);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces
    }

    fn next_start(&self, from: usize) -> Option<usize> {
        let first = [PREFIX[0], self.mark[0]];
        self.held[from..].iter().position(|byte| first.contains(byte)).map(|offset| from + offset)
    }

    fn recognise(&self, bytes: &[u8]) -> Found {
        if let Some(found) = starts(bytes, &self.mark) {
            return if found { Found::Piece(Piece::Mark, self.mark.len()) } else { Found::NotYet };
        }
        match starts(bytes, PREFIX) {
            Some(true) => sentinel(bytes),
            Some(false) => Found::NotYet,
            None => Found::Text,
        }
    }
}

/// Whether `bytes` begin with `token`: yes, perhaps (they end too early to know), or no.
fn starts(bytes: &[u8], token: &[u8]) -> Option<bool> {
    let common = bytes.len().min(token.len());
    (bytes[..common] == token[..common]).then_some(bytes.len() >= token.len())
}

fn sentinel(bytes: &[u8]) -> Found {
    let Some(end) = bytes.iter().take(LONGEST_LINE).position(|byte| *byte == b'\n') else {
        return if bytes.len() < LONGEST_LINE { Found::NotYet } else { Found::Text };
    };
    let Ok(line) = std::str::from_utf8(&bytes[..end]) else { return Found::Text };
    if let Some(mime) = line.strip_prefix(BEGIN) {
        return content(mime, &bytes[end..], end);
    }
    if LINES.iter().any(|known| line == *known || (known.ends_with(':') && line.starts_with(known))) {
        return Found::Piece(Piece::Protocol(line.to_owned()), end + 1);
    }
    Found::Text
}

/// The body from the newline after `EVCXR_BEGIN_CONTENT mime` to the end marker, or to a panic on the way.
fn content(mime: &str, rest: &[u8], before: usize) -> Found {
    let ended = find(rest, END).map(|at| (at, END.len()));
    let broken = find(rest, PANIC_INSIDE).map(|at| (at, 0));
    let Some((at, skip)) = ended.into_iter().chain(broken).min() else { return Found::NotYet };
    let body = String::from_utf8_lossy(rest.get(1..at).unwrap_or_default()).into_owned();
    Found::Piece(Piece::Content { mime: mime.trim().to_owned(), body }, before + at + skip)
}

fn find(bytes: &[u8], token: &[u8]) -> Option<usize> {
    bytes.windows(token.len()).position(|window| window == token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &[u8] = b"\0mark\0";

    fn text(text: &str) -> Piece {
        Piece::Text(text.as_bytes().to_vec())
    }

    /// Whatever way the bytes are cut, neighbouring texts joined, the pieces are these.
    fn assert_pieces(bytes: &[u8], expected: &[Piece]) {
        for size in 1..=bytes.len().max(1) {
            let mut splitter = Splitter::new(MARK);
            let mut pieces: Vec<Piece> = Vec::new();
            for piece in bytes.chunks(size).flat_map(|chunk| splitter.push(chunk)) {
                match (pieces.last_mut(), piece) {
                    (Some(Piece::Text(before)), Piece::Text(more)) => before.extend(more),
                    (_, piece) => pieces.push(piece),
                }
            }
            assert_eq!(pieces, expected, "cut into {size} bytes");
        }
    }

    #[test]
    fn text_comes_through_byte_for_byte() {
        assert_pieces(
            b"plain\nlines, E, EV and EVCXR_ELSE\n\xff\0ma",
            &[Piece::Text(b"plain\nlines, E, EV and EVCXR_ELSE\n\xff".to_vec())],
        );
    }

    #[test]
    fn a_sentinel_glued_to_half_a_line_is_found() {
        assert_pieces(
            b"no newlineEVCXR_PANIC_NOTIFICATION\nmore",
            &[text("no newline"), Piece::Protocol("EVCXR_PANIC_NOTIFICATION".into()), text("more")],
        );
        assert_pieces(b"EVCXR_VARIABLE_CHANGED_TYPE:x\n", &[Piece::Protocol("EVCXR_VARIABLE_CHANGED_TYPE:x".into())]);
    }

    #[test]
    fn content_is_taken_whole() {
        let printed = b"a\nEVCXR_BEGIN_CONTENT text/html\n<b>\n\nx</b>\nEVCXR_END_CONTENT\nb\0mark\0c";
        let content = Piece::Content { mime: "text/html".into(), body: "<b>\n\nx</b>".into() };
        assert_pieces(printed, &[text("a\n"), content, text("b"), Piece::Mark, text("c")]);
    }

    #[test]
    fn a_panic_inside_content_ends_it() {
        let printed = b"EVCXR_BEGIN_CONTENT text/plain\nhalf EVCXR_PANIC_NOTIFICATION\n";
        let content = Piece::Content { mime: "text/plain".into(), body: "half ".into() };
        assert_pieces(printed, &[content, Piece::Protocol("EVCXR_PANIC_NOTIFICATION".into())]);
    }

    #[test]
    fn empty_content_is_empty() {
        let content = Piece::Content { mime: "text/plain".into(), body: String::new() };
        assert_pieces(b"EVCXR_BEGIN_CONTENT text/plain\n\nEVCXR_END_CONTENT\n", &[content]);
    }
}
