//! Frames as a stranger may send them, and frames that a front end signed whatever is in them: nothing panics, nothing forged gets through,
//! and what gets through is an object in every part and counts once.
#![no_main]

use headwater_jupyter::{Session, Signer, WireError};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const KEY: &str = "the key of the kernel";

/// The input as frames: each is as long as the byte before it says.
fn frames(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (frame, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        frames.push(frame.to_vec());
        bytes = rest;
    }
    frames
}

/// The same frames as a message that was signed with the right key.
fn signed(frames: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let [header, parent, metadata, content, identities @ ..] = frames else { return None };
    let signature = Signer::new(KEY).sign(&[header, parent, metadata, content]);
    let mut message = identities.to_vec();
    message.extend([b"<IDS|MSG>".to_vec(), signature.into_bytes()]);
    message.extend([header, parent, metadata, content].map(Clone::clone));
    Some(message)
}

fuzz_target!(|bytes: &[u8]| {
    let frames = frames(bytes);
    let kernel = Session::new(KEY);
    assert!(kernel.decode(frames.clone()).is_err(), "nobody has the key");
    // A kernel without a key reads everything.
    let _ = Session::new("").decode(frames.clone());
    let Some(sent) = signed(&frames) else { return };
    match kernel.decode(sent.clone()) {
        Ok(message) => {
            let parts = [&message.header, &message.parent_header, &message.metadata, &message.content];
            assert!(parts.into_iter().all(Value::is_object) && !message.msg_type().is_empty());
            assert_eq!(kernel.decode(sent), Err(WireError::Replayed));
            // A reply to it is a message too.
            let reply = kernel.encode(&message.identities, "reply", &message.header, &json!({}));
            assert_eq!(Session::new(KEY).decode(reply).map(|reply| reply.parent_header), Ok(message.header));
        }
        // A stray delimiter among the identities ends them early.
        Err(WireError::Signature) => assert!(frames[4..].iter().any(|frame| frame == b"<IDS|MSG>")),
        Err(error) => assert_ne!(error, WireError::Replayed),
    }
});
