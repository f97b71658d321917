//! One hash for each kind of value: quick, and the same in every run, so that estimates are too.

use std::hash::Hasher;

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
const OTHER: u64 = 0xbf58_476d_1ce4_e5b9;

/// The hash of an integer or a boolean (the finaliser of SplitMix64).
pub(crate) fn int(value: i64) -> u64 {
    mix((value as u64).wrapping_add(ODD))
}

/// The hash of a float64.
pub(crate) fn number(value: f64) -> u64 {
    // One zero and one NaN, or two spellings of the same value would be two.
    let one = if value.is_nan() { f64::NAN } else { value + 0.0 };
    mix(one.to_bits() ^ OTHER)
}

/// The hash of a time.
pub(crate) fn time(ms: i64) -> u64 {
    mix((ms as u64).wrapping_add(OTHER))
}

/// The hash of a text or of bytes: eight at a time, each folded by a multiplication of 128 bits (as wyhash does). The last eight may
/// overlap those before them, so that none has to be copied.
pub(crate) fn bytes(value: &[u8]) -> u64 {
    let mut state = ODD ^ (value.len() as u64).wrapping_mul(OTHER);
    let last = match (value.last_chunk::<8>(), value.first_chunk::<4>(), value.last_chunk::<4>()) {
        (Some(last), ..) => {
            for word in value[..value.len() - 1].as_chunks::<8>().0 {
                state = fold(state ^ u64::from_le_bytes(*word), OTHER | 1);
            }
            u64::from_le_bytes(*last)
        }
        (_, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => value.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    mix(fold(state ^ last, ODD))
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(OTHER);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// For maps whose keys are such hashes already.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Already(u64);

impl Hasher for Already {
    fn finish(&self) -> u64 {
        // Maps of thinned hashes hold only small ones: their high bits must not be the ones that tell them apart.
        self.0.rotate_left(32)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = self::bytes(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn different_values_have_different_hashes() {
        let texts: HashSet<u64> = (0..200_000).map(|i| bytes(format!("order-{i}").as_bytes())).collect();
        let short: HashSet<u64> = (0..65_536_u32).map(|i| bytes(&i.to_le_bytes()[..2])).collect();
        let ints: HashSet<u64> = (0..200_000).map(int).chain((0..200_000).map(|i| number(i as f64))).collect();
        assert_eq!((texts.len(), short.len(), ints.len()), (200_000, 65_536, 400_000));
        assert_ne!(bytes(b"a"), bytes(b"a\0"), "the length counts");
        assert_eq!(number(0.0), number(-0.0));
    }

    #[test]
    fn every_bit_of_a_hash_is_set_half_the_time() {
        for bit in 0..64 {
            let set = (0..10_000).filter(|i| bytes(format!("k{i}").as_bytes()) >> bit & 1 == 1).count();
            assert!((4_700..5_300).contains(&set), "bit {bit}: {set}");
        }
    }
}
