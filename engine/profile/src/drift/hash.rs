//! A hash that is written into files: the same on every machine and in every version of the compiler.

/// FNV-1a of 64 bits (Fowler, Noll, Vo) with the finaliser of SplitMix64, so that every bit counts; `kind` keeps the number 1
/// and the text "1" apart.
pub(crate) fn stable_hash(kind: u8, bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = bytes.iter().fold(step(0xcbf2_9ce4_8422_2325, &kind), step);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_meaning() {
        assert_eq!(format!("{:016x}", stable_hash(0, b"")), "25fc6dd36ce04b20");
        assert_eq!(format!("{:016x}", stable_hash(1, b"New York")), "05f2cd220a0696e5");
        assert_ne!(stable_hash(1, b"1"), stable_hash(2, b"1"));
    }
}
