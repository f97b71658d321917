//! The name of a pipeline: the SHA-256 of its resolved plan without the sink, in lower-case hexadecimal.

use headwater::Plan;
use sha2::{Digest, Sha256};

/// The fingerprint of `plan`: the same for a preview of `revenue` and for the job `revenue.to_kafka(..)`, since the sink is
/// left out. People are shown its first twelve characters; files hold all of it.
pub fn fingerprint(plan: &Plan) -> String {
    hex(&Sha256::digest(plan.pipeline().to_json()))
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|nibble| DIGITS[usize::from(nibble)] as char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_two_digits_each() {
        assert_eq!(hex(&[0, 15, 16, 255]), "000f10ff");
    }
}
