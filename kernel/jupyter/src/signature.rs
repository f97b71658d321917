//! HMAC-SHA256 over the four JSON parts of a message, as lower-case hex.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs outgoing messages and verifies incoming ones. With an empty key, Jupyter asks for no signature at all.
#[derive(Clone)]
pub struct Signer {
    keyed: Option<Hmac<Sha256>>,
}

impl Signer {
    /// A signer for the key of the connection file.
    pub fn new(key: &str) -> Signer {
        let keyed = (!key.is_empty())
            .then(|| Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length"));
        Signer { keyed }
    }

    /// Whether there is a key.
    pub(crate) fn has_key(&self) -> bool {
        self.keyed.is_some()
    }

    /// The signature of header, parent header, metadata and content; empty without a key.
    pub fn sign(&self, parts: &[&[u8]; 4]) -> String {
        let Some(mac) = self.digest(parts) else { return String::new() };
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `signature` is the one of these parts. The comparison takes the same time for every wrong signature.
    pub fn verify(&self, parts: &[&[u8]; 4], signature: &[u8]) -> bool {
        let Some(mac) = self.digest(parts) else { return true };
        decode_hex(signature).is_some_and(|expected| mac.verify_slice(&expected).is_ok())
    }

    fn digest(&self, parts: &[&[u8]; 4]) -> Option<Hmac<Sha256>> {
        let mut mac = self.keyed.clone()?;
        parts.iter().for_each(|part| mac.update(part));
        Some(mac)
    }
}

fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    // Only digits: `from_str_radix` takes `+f` for `0f`, which would be a second way to write a signature, good for a replay.
    if text.len() % 2 != 0 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: [&[u8]; 4] = [b"{\"msg_id\":\"1\"}", b"{}", b"{}", b"{\"code\":\"1\"}"];

    #[test]
    fn the_signature_is_the_one_python_computes() {
        // hmac.new(b"secret", b"".join(parts), "sha256").hexdigest()
        let expected = "260b97890d61eb0e6ad1283eaca56d59541c56327271b249b87dde0226568bfb";
        assert_eq!(Signer::new("secret").sign(&PARTS), expected);
    }

    #[test]
    fn only_the_right_signature_passes() {
        let signer = Signer::new("secret");
        let good = signer.sign(&PARTS);
        assert!(signer.verify(&PARTS, good.as_bytes()));
        assert!(!Signer::new("other").verify(&PARTS, good.as_bytes()));
        assert!(!signer.verify(&[b"{}", b"{}", b"{}", b"{}"], good.as_bytes()));
        for wrong in ["", "00", &good[..62], "zz", "é"] {
            assert!(!signer.verify(&PARTS, wrong.as_bytes()), "`{wrong}` passed");
        }
    }

    #[test]
    fn a_signature_is_written_in_one_way() {
        assert_eq!(decode_hex(b"0fF0"), Some(vec![0x0f, 0xf0]));
        assert_eq!(decode_hex(b"+fF0"), None);
    }

    #[test]
    fn an_empty_key_asks_for_no_signature() {
        let signer = Signer::new("");
        assert_eq!(signer.sign(&PARTS), "");
        assert!(signer.verify(&PARTS, b"anything"));
    }
}
