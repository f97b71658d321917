//! The bytes of a state: little-endian numbers and length-prefixed runs, read back with every length checked.

use crate::{Error, ErrorKind, Result};

/// Writes a state.
#[derive(Debug, Default)]
pub struct StateWriter {
    bytes: Vec<u8>,
}

impl StateWriter {
    /// An empty state of layout `version`.
    pub fn new(version: u8) -> Self {
        StateWriter { bytes: vec![version] }
    }

    /// One byte.
    pub fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// A signed number.
    pub fn int(&mut self, value: i64) {
        self.bytes.extend(value.to_le_bytes());
    }

    /// A wide signed number.
    pub fn wide(&mut self, value: i128) {
        self.bytes.extend(value.to_le_bytes());
    }

    /// A float, bit by bit.
    pub fn float(&mut self, value: f64) {
        self.bytes.extend(value.to_bits().to_le_bytes());
    }

    /// How many of something follow.
    pub fn count(&mut self, value: usize) {
        self.bytes.extend((value as u64).to_le_bytes());
    }

    /// Bytes, their length first.
    pub fn run(&mut self, value: &[u8]) {
        self.count(value.len());
        self.bytes.extend(value);
    }

    /// Whether there is a value; the caller writes it next if so.
    pub fn some<T>(&mut self, value: Option<T>) -> Option<T> {
        self.byte(u8::from(value.is_some()));
        value
    }

    /// The finished bytes.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads what a [`StateWriter`] wrote.
#[derive(Debug)]
pub struct StateReader<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> StateReader<'a> {
    /// The state of `what`, which must be of layout `version`.
    ///
    /// # Errors
    /// It is of another layout.
    pub fn new(what: &'static str, bytes: &'a [u8], version: u8) -> Result<Self> {
        let mut reader = StateReader { what, rest: bytes };
        match reader.byte()? {
            found if found == version => Ok(reader),
            found => Err(Error::new(
                ErrorKind::Checkpoint,
                format!("the state of {what} has layout {found}, this version of Headwater reads layout {version}"),
            )
            .hint("Continue with the version that wrote it, or remove the checkpoints to begin anew.")),
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.damaged())?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("as many as were taken"))
    }

    /// The error of a state that does not mean anything.
    pub fn damaged(&self) -> Error {
        Error::new(ErrorKind::Checkpoint, format!("the state of {} is damaged", self.what))
    }

    /// One byte.
    ///
    /// # Errors
    /// The bytes end here; so for all that follow.
    pub fn byte(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    /// A signed number.
    ///
    /// # Errors
    /// See [`StateReader::byte`].
    pub fn int(&mut self) -> Result<i64> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// A watermark, when those of other lanes may have been read before: the lowest, so that nothing is taken for closed that one
    /// of them still holds.
    ///
    /// # Errors
    /// See [`StateReader::byte`].
    pub fn watermark(&mut self, before: Option<i64>) -> Result<Option<i64>> {
        let own = self.int()?;
        Ok(Some(before.map_or(own, |before| before.min(own))))
    }

    /// A wide signed number.
    ///
    /// # Errors
    /// See [`StateReader::byte`].
    pub fn wide(&mut self) -> Result<i128> {
        Ok(i128::from_le_bytes(self.array()?))
    }

    /// A float.
    ///
    /// # Errors
    /// See [`StateReader::byte`].
    pub fn float(&mut self) -> Result<f64> {
        Ok(f64::from_bits(u64::from_le_bytes(self.array()?)))
    }

    /// How many of something follow, each of at least one byte; so a damaged count cannot ask for endless memory.
    ///
    /// # Errors
    /// More than there are bytes left.
    pub fn count(&mut self) -> Result<usize> {
        let count = usize::try_from(u64::from_le_bytes(self.array()?)).map_err(|_| self.damaged())?;
        if count <= self.rest.len() { Ok(count) } else { Err(self.damaged()) }
    }

    /// Bytes with their length first.
    ///
    /// # Errors
    /// See [`StateReader::byte`].
    pub fn run(&mut self) -> Result<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    /// A value that may be absent.
    ///
    /// # Errors
    /// See [`StateReader::byte`].
    pub fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(self.damaged()),
        }
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// Something is.
    pub fn finish(self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.damaged()) }
    }
}
