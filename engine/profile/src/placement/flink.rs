//! Flink's `keyBy`: Java's `hashCode`, murmur, a key group, and the subtask that owns it (`KeyGroupRangeAssignment`).

use super::KeyValue;

/// Java's `hashCode` of the key: a `String`, a `Long`, a `Double`, a `Boolean`; several columns as a Flink `Tuple`; 0 for null.
pub(super) fn hash_code(key: &KeyValue) -> i32 {
    let of_long = |bits: u64| ((bits ^ (bits >> 32)) as u32).cast_signed();
    match key {
        KeyValue::Null => 0,
        KeyValue::Bool(value) => {
            if *value {
                1231
            } else {
                1237
            }
        }
        KeyValue::Int(value) => of_long(value.cast_unsigned()),
        KeyValue::Number(bits) => of_long(*bits),
        KeyValue::Text(text) => java_string_hash(text),
        // `Arrays.hashCode` of signed bytes.
        KeyValue::Bytes(bytes) => {
            bytes.iter().fold(1_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte.cast_signed())))
        }
        KeyValue::Several(parts) => {
            let mut codes = parts.iter().map(hash_code);
            let first = codes.next().unwrap_or(0);
            codes.fold(first, |hash, code| hash.wrapping_mul(31).wrapping_add(code))
        }
    }
}

/// The subtask, of so many, that owns the key group of a hash code.
pub(super) fn subtask(code: i32, groups: u32, workers: u32) -> u32 {
    let groups = groups.max(1);
    owner(murmur(code) % groups, groups, workers)
}

/// The subtask that owns a key group.
pub(super) fn owner(group: u32, groups: u32, workers: u32) -> u32 {
    // Below `workers`, so it fits; the product needs more bits.
    (u64::from(group) * u64::from(workers) / u64::from(groups)) as u32
}

/// Flink's default: half as many again as workers, as a power of two between 128 and 32,768.
pub(super) fn default_key_groups(workers: u32) -> u32 {
    workers.saturating_add(workers / 2).clamp(1, 32_768).next_power_of_two().clamp(128, 32_768)
}

/// Java's `String.hashCode`.
fn java_string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// Flink's `MathUtils.murmurHash` of an `int`, never negative.
fn murmur(code: i32) -> u32 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Placement;

    #[test]
    fn small_integers_are_spread_as_flink_does() {
        // Integers hash to themselves: 128 of them on 128 workers leave 53 idle, and give four to one.
        let mut loads = [0; 128];
        (0..128).for_each(|i| loads[(murmur(i) % 128) as usize] += 1);
        assert_eq!(loads.iter().filter(|l| **l > 0).count(), 75);
        assert_eq!(loads.iter().max(), Some(&4));
    }

    #[test]
    fn values_hash_as_java_does() {
        let of = |text: &str| hash_code(&KeyValue::from(text));
        assert_eq!((of("Hello"), of("New York"), of("")), (69_609_650, 1_382_994_575, 0));
        assert_eq!([5, -5, 1 << 32].map(|i| hash_code(&KeyValue::Int(i))), [5, 4, 1]);
        assert_eq!(hash_code(&KeyValue::number(1.0)), 1_072_693_248);
        assert_eq!(hash_code(&KeyValue::Bool(true)), 1231);
        let tuple = KeyValue::several(vec![KeyValue::from("a"), KeyValue::Int(2)]);
        assert_eq!(hash_code(&tuple), 97 * 31 + 2);
    }

    #[test]
    fn key_groups_are_flinks_and_round_as_they_do() {
        assert_eq!([1, 86, 100, 30_000].map(default_key_groups), [128, 256, 256, 32_768]);
        let rounded = |groups, workers| Placement::FlinkKeyGroups(Some(groups)).rounding(workers);
        assert_eq!((rounded(128, 128), rounded(128, 64)), (1.0, 1.0));
        assert!((rounded(128, 100) - 1.5625).abs() < 1e-9);
        assert!(Placement::FlinkKeyGroups(Some(128)).slot(&KeyValue::from("New York"), 100).unwrap() < 100);
    }
}
