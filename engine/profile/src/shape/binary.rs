//! What is gathered about bytes that are no text.

use crate::spread::Spread;

/// Bytes whose beginning is looked at.
const LOOKED_AT: u64 = 10_000;
/// Beginnings by which formats are known, and their names.
const MAGIC: [(&[u8], &str); 11] = [
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "zip"),
    (b"PAR1", "Parquet"),
    (b"Obj\x01", "Avro file"),
    (b"{", "JSON"),
    (b"\0", "Avro or Protobuf with the id of a schema registry"),
];

/// Bytes of one path.
#[derive(Debug, Clone, Default)]
pub(crate) struct BinaryStats {
    pub(crate) lengths: Spread,
    looked_at: u64,
    found: [u64; MAGIC.len()],
}

impl BinaryStats {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.lengths.push(bytes.len() as f64);
        if self.looked_at < LOOKED_AT && !bytes.is_empty() {
            self.looked_at += 1;
            let found = MAGIC.iter().position(|(magic, _)| bytes.starts_with(magic) && bytes.len() > 5);
            found.into_iter().for_each(|at| self.found[at] += 1);
        }
    }

    pub(crate) fn merge(&mut self, other: &BinaryStats) {
        self.lengths.merge(&other.lengths);
        self.looked_at += other.looked_at;
        self.found.iter_mut().zip(other.found).for_each(|(own, theirs)| *own += theirs);
    }

    /// What nine in ten begin like.
    pub(crate) fn looks_like(&self) -> Option<&'static str> {
        let at = self.found.iter().position(|n| *n > 0 && n * 10 >= self.looked_at * 9)?;
        Some(MAGIC[at].1)
    }
}
