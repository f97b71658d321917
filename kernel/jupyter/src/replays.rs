//! The signatures of the last messages, so that none of them counts twice.

use std::collections::{HashSet, VecDeque};

/// How many signatures are known at once; the oldest is forgotten first.
const KNOWN: usize = 65_536;

/// Signatures in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Replays {
    known: HashSet<Vec<u8>>,
    order: VecDeque<Vec<u8>>,
}

impl Replays {
    /// Takes a signature in. Says whether it was not known.
    pub(crate) fn is_new(&mut self, signature: &[u8]) -> bool {
        let signature = signature.to_ascii_lowercase();
        if !self.known.insert(signature.clone()) {
            return false;
        }
        self.order.push_back(signature);
        if self.order.len() > KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_are_known() {
        let mut replays = Replays::default();
        let signature = |n: usize| n.to_string().into_bytes();
        assert!((0..=KNOWN).all(|n| replays.is_new(&signature(n))));
        assert_eq!(replays.known.len(), KNOWN);
        assert!(!replays.is_new(&signature(1)));
        assert!(replays.is_new(&signature(0)), "the oldest is forgotten");
    }
}
