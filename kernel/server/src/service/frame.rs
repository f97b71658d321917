//! The framing of the cell socket: a big-endian length and that many bytes; answers begin with `+` (done) or `-` (failed).

use std::io::{self, Read, Write};

/// The largest request: a plan is a few kilobytes, so this is far from anything honest.
pub const LARGEST: u32 = 16 << 20;

/// Reads one request.
///
/// # Errors
/// The connection ends within the frame, or the frame says that it is larger than [`LARGEST`].
pub fn read(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > LARGEST {
        let message = format!("a request of {length} bytes is larger than the {LARGEST} that are accepted");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let mut body = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut body)?;
    match body.len() as u64 == u64::from(length) {
        true => Ok(body),
        false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the request ends within its frame")),
    }
}

/// Writes the answer to a request.
///
/// # Errors
/// The cell has gone.
pub fn write(to: &mut impl Write, answer: &Result<String, String>) -> io::Result<()> {
    let (mark, text) = match answer {
        Ok(text) => (b'+', text),
        Err(text) => (b'-', text),
    };
    let mut frame = Vec::with_capacity(text.len() + 5);
    let length = u32::try_from(text.len() + 1).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    frame.extend_from_slice(&length.to_be_bytes());
    frame.push(mark);
    frame.extend_from_slice(text.as_bytes());
    to.write_all(&frame)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_what_its_length_says() {
        let mut bytes: &[u8] = b"\0\0\0\x05hello and more";
        assert_eq!(read(&mut bytes).expect("a whole frame"), b"hello");
    }

    #[test]
    fn a_short_or_too_large_frame_is_an_error() {
        assert_eq!(read(&mut &b"\0\0\0\x05hell"[..]).map_err(|e| e.kind()), Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(read(&mut &b"\0\0"[..]).map_err(|e| e.kind()), Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(read(&mut &b"\xff\xff\xff\xffx"[..]).map_err(|e| e.kind()), Err(io::ErrorKind::InvalidData));
    }

    #[test]
    fn answers_say_done_or_failed_first() {
        let mut out = Vec::new();
        write(&mut out, &Ok("/x".to_owned())).expect("memory");
        write(&mut out, &Err("no".to_owned())).expect("memory");
        assert_eq!(out, b"\0\0\0\x03+/x\0\0\0\x03-no");
    }
}
