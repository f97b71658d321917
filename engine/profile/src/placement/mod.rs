//! Where a key lands: the exact hashes of the targets that a key can be sent to.

/// How a target turns a key into a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// This engine and Kafka's Java client: `(murmur2(key) & 0x7fffffff) % workers`.
    #[default]
    Murmur2,
    /// Flink's `keyBy` on a string: key groups, then a worker of them. The number of key groups, or Flink's default.
    FlinkKeyGroups(Option<u32>),
}

impl Placement {
    /// The worker, of so many, that the key goes to. A null key goes where no bytes go.
    pub fn slot(self, key: Option<&str>, workers: u32) -> u32 {
        let workers = workers.max(1);
        match self {
            Placement::Murmur2 => {
                let hash = murmur2(key.unwrap_or_default().as_bytes());
                (hash & 0x7fff_ffff).cast_unsigned() % workers
            }
            Placement::FlinkKeyGroups(groups) => {
                let groups = groups.unwrap_or_else(|| default_key_groups(workers)).max(1);
                let group = flink_murmur(java_string_hash(key.unwrap_or_default())) % groups;
                // Below `workers`, so it fits; the product needs more bits.
                (u64::from(group) * u64::from(workers) / u64::from(groups)) as u32
            }
        }
    }

    /// What dividing the key groups among the workers does even to perfectly even keys; 1 without key groups.
    pub fn rounding(self, workers: u32) -> f64 {
        match self {
            Placement::Murmur2 => 1.0,
            Placement::FlinkKeyGroups(groups) => {
                let groups = groups.unwrap_or_else(|| default_key_groups(workers)).max(1);
                f64::from(groups.div_ceil(workers.max(1))) * f64::from(workers.max(1)) / f64::from(groups)
            }
        }
    }

    /// The target in words.
    pub fn name(self) -> String {
        match self {
            Placement::Murmur2 => "Headwater and Kafka (murmur2)".into(),
            Placement::FlinkKeyGroups(Some(groups)) => format!("Flink with {groups} key groups"),
            Placement::FlinkKeyGroups(None) => "Flink with its default of key groups".into(),
        }
    }
}

/// Kafka's murmur2 of the Java client, of any bytes.
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

/// Java's `String.hashCode`.
fn java_string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// Flink's `MathUtils.murmurHash` of an `int`, never negative.
fn flink_murmur(code: i32) -> u32 {
    let mut hash = code.cast_unsigned().wrapping_mul(0xcc9e_2d51).rotate_left(15);
    hash = hash.wrapping_mul(0x1b87_3593).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64) ^ 4;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^= hash >> 16;
    let signed = hash.cast_signed();
    if signed == i32::MIN { 0 } else { signed.unsigned_abs() }
}

/// Flink's default: half as many again as workers, as a power of two between 128 and 32,768.
fn default_key_groups(workers: u32) -> u32 {
    workers.saturating_add(workers / 2).clamp(1, 32_768).next_power_of_two().clamp(128, 32_768)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(Placement::Murmur2.slot(Some("Chicago"), 12), 5);
    }

    #[test]
    fn flink_spreads_small_integers_as_it_does() {
        // Integers hash to themselves: 128 of them on 128 workers leave 53 idle, and give four to one.
        let mut loads = [0; 128];
        (0..128).for_each(|i| loads[(flink_murmur(i) % 128) as usize] += 1);
        assert_eq!(loads.iter().filter(|l| **l > 0).count(), 75);
        assert_eq!(loads.iter().max(), Some(&4));
    }

    #[test]
    fn flink_hashes_text_as_java_does() {
        assert_eq!(java_string_hash("Hello"), 69_609_650);
        assert_eq!(java_string_hash("New York"), 1_382_994_575);
        assert_eq!(java_string_hash(""), 0);
        assert_eq!([1, 86, 100, 30_000].map(default_key_groups), [128, 256, 256, 32_768]);
        let rounded = |groups, workers| Placement::FlinkKeyGroups(Some(groups)).rounding(workers);
        assert_eq!((rounded(128, 128), rounded(128, 64)), (1.0, 1.0));
        assert!((rounded(128, 100) - 1.5625).abs() < 1e-9);
        assert!(Placement::FlinkKeyGroups(Some(128)).slot(Some("New York"), 100) < 100);
    }
}
