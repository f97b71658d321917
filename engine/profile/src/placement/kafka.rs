//! The partitioners of Kafka's clients.

/// Kafka's murmur2 of the Java client, of any bytes (`org.apache.kafka.common.utils.Utils.murmur2`).
pub fn murmur2(data: &[u8]) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash: u32 = 0x9747_b28c ^ data.len() as u32;
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    for (at, byte) in rest.iter().enumerate() {
        hash ^= u32::from(*byte) << (8 * at);
    }
    if !rest.is_empty() {
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    (hash ^ (hash >> 15)).cast_signed()
}

/// The CRC-32 of zlib, which librdkafka's `consistent` partitioners use.
pub fn crc32(data: &[u8]) -> u32 {
    crc32fast::hash(data)
}

/// FNV-1a as librdkafka's `fnv1a` partitioners (and Sarama) take it: the absolute value of the 32-bit hash as a signed number.
pub fn fnv1a(data: &[u8]) -> u32 {
    let hash = data.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    hash.cast_signed().wrapping_abs().cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyValue, Placement};

    #[test]
    fn murmur2_gives_what_kafka_gives() {
        let vectors = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ];
        for (key, hash) in vectors {
            assert_eq!(murmur2(key.as_bytes()), hash, "{key}");
        }
    }

    #[test]
    fn two_clients_put_one_key_into_two_partitions() {
        let chicago = KeyValue::from("Chicago");
        assert_eq!(Placement::KafkaMurmur2.slot(&chicago, 12), Some(5));
        assert_eq!(Placement::KafkaCrc32.slot(&chicago, 12), Some(2));
        assert_eq!(Placement::KafkaMurmur2.slot(&KeyValue::Null, 12), None);
        assert_eq!(Placement::KafkaCrc32.slot(&KeyValue::from(""), 12), None);
        assert!(Placement::KafkaMurmur2.slot(&KeyValue::from(""), 12).is_some());
    }

    #[test]
    fn the_other_hashes_are_the_published_ones() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        // 0xbf9cf968 as FNV-1a publishes it; its absolute value as a signed number.
        assert_eq!(fnv1a(b"foobar"), 0xbf9c_f968_u32.cast_signed().unsigned_abs());
    }
}
