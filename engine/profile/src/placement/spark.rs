//! Spark's shuffle: `HashPartitioning`, which is `pmod(Murmur3Hash(columns, 42), partitions)` (`Murmur3_x86_32` in spark-unsafe).

use super::KeyValue;

/// The seed of Spark's hash partitioning.
pub(super) const SEED: u32 = 42;

/// Spark's hash of a key, going on from `seed`: a null leaves it as it is, and several columns are hashed one after the other.
pub(super) fn murmur3(key: &KeyValue, seed: u32) -> u32 {
    match key {
        KeyValue::Null => seed,
        KeyValue::Bool(value) => finish(mix(seed, u32::from(*value)), 4),
        KeyValue::Int(value) => of_long(value.cast_unsigned(), seed),
        KeyValue::Number(bits) => of_long(*bits, seed),
        KeyValue::Text(text) => of_bytes(text.as_bytes(), seed),
        KeyValue::Bytes(bytes) => of_bytes(bytes, seed),
        KeyValue::Several(parts) => parts.iter().fold(seed, |hash, part| murmur3(part, hash)),
    }
}

fn of_long(bits: u64, seed: u32) -> u32 {
    finish(mix(mix(seed, bits as u32), (bits >> 32) as u32), 8)
}

/// Words as Murmur3 does it, but the bytes after the last word one by one, each as a signed number: Spark's own way.
fn of_bytes(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let hash = words.iter().fold(seed, |hash, word| mix(hash, u32::from_le_bytes(*word)));
    let hash = rest.iter().fold(hash, |hash, byte| mix(hash, i32::from(byte.cast_signed()).cast_unsigned()));
    finish(hash, bytes.len() as u32)
}

fn mix(hash: u32, word: u32) -> u32 {
    let word = word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    (hash ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
}

fn finish(hash: u32, length: u32) -> u32 {
    let mut hash = hash ^ length;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_that_spark_documents() {
        // `SELECT hash('Spark', array(123), 2)` cannot be asked here; these are `hash(..)` of single columns.
        assert_eq!(murmur3(&KeyValue::Null, SEED), 42);
        assert_eq!(murmur3(&KeyValue::Int(0), SEED).cast_signed(), -1_670_924_195);
        assert_eq!(murmur3(&KeyValue::from("Spark"), SEED).cast_signed(), 228_093_765);
    }
}
