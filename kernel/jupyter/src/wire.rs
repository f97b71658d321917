//! The frames of a Jupyter message: identities, delimiter, signature, four JSON parts, buffers.

use crate::replays::Replays;
use crate::signature::Signer;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// So many bad messages are told one by one; of more, only each time their number has doubled, so that no stranger fills the log.
const TOLD_EACH: u64 = 8;

const DELIMITER: &[u8] = b"<IDS|MSG>";

/// The version of the protocol that headers carry and kernel info reports.
pub(crate) const PROTOCOL_VERSION: &str = "5.5";

/// One message, decoded and verified.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// ZeroMQ routing prefix; a reply carries the one of its request.
    pub identities: Vec<Vec<u8>>,
    /// Who, when, what kind.
    pub header: Value,
    /// The header of the request this answers; `{}` for a request.
    pub parent_header: Value,
    /// Whatever a front end added.
    pub metadata: Value,
    /// The body, whose shape depends on the kind.
    pub content: Value,
    /// Raw bytes, not signed.
    pub buffers: Vec<Vec<u8>>,
}

impl Message {
    /// The kind of message, such as `execute_request`.
    pub fn msg_type(&self) -> &str {
        self.header["msg_type"].as_str().unwrap_or_default()
    }
}

/// Why frames were not taken for a message. Such frames are dropped, never fatal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// No delimiter, or fewer than the five frames that must follow it.
    #[error("the message has too few frames")]
    TooFewFrames,
    /// Signed with another key, or not at all.
    #[error("the signature does not fit the message")]
    Signature,
    /// Its signature was seen before: someone sends again what they overheard.
    #[error("the message was sent before")]
    Replayed,
    /// One of the four parts is not a JSON object.
    #[error("the {0} is not a JSON object")]
    NotAnObject(&'static str),
    /// The header names no message type.
    #[error("the header has no `msg_type`")]
    NoMessageType,
}

/// Encodes and decodes the messages of one running kernel.
#[derive(Clone)]
pub struct Session {
    id: Arc<str>,
    signer: Signer,
    replays: Arc<Mutex<Replays>>,
    ignored: Arc<AtomicU64>,
}

impl Session {
    /// A session of its own, with a fresh id, signing with `key`.
    pub fn new(key: &str) -> Session {
        let id = uuid::Uuid::new_v4().to_string().into();
        Session { id, signer: Signer::new(key), replays: Arc::default(), ignored: Arc::default() }
    }

    /// The frames of a new message.
    pub fn encode(&self, identities: &[Vec<u8>], msg_type: &str, parent: &Value, content: &Value) -> Vec<Vec<u8>> {
        let header = json!({
            "msg_id": uuid::Uuid::new_v4().to_string(),
            "session": &*self.id,
            "username": "kernel",
            "date": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            "msg_type": msg_type,
            "version": PROTOCOL_VERSION,
        });
        let parts = [header.to_string(), parent.to_string(), "{}".to_owned(), content.to_string()];
        let signature = self.signer.sign(&parts.each_ref().map(String::as_bytes));
        let mut frames = identities.to_vec();
        frames.push(DELIMITER.to_vec());
        frames.push(signature.into_bytes());
        frames.extend(parts.map(String::into_bytes));
        frames
    }

    /// The message in these frames, or nothing: what is malformed or wrongly signed is ignored. Anyone on this machine can connect to
    /// the ports, and must not be able to do more than that.
    pub(crate) fn accept(&self, channel: &str, frames: Vec<Vec<u8>>) -> Option<Message> {
        let refused = |error: &WireError| {
            let count = self.ignored.fetch_add(1, Ordering::Relaxed) + 1;
            if count <= TOLD_EACH || count.is_power_of_two() {
                tracing::warn!(channel, %error, count, "Ignored a message.");
            }
        };
        self.decode(frames).inspect_err(refused).ok()
    }

    /// The message in these frames, if it is whole, signed with our key, and not known yet.
    pub fn decode(&self, mut frames: Vec<Vec<u8>>) -> Result<Message, WireError> {
        let delimiter = frames.iter().position(|frame| frame == DELIMITER).ok_or(WireError::TooFewFrames)?;
        let mut rest = frames.split_off(delimiter);
        if rest.len() < 6 {
            return Err(WireError::TooFewFrames);
        }
        let buffers = rest.split_off(6);
        let [_, signature, header, parent_header, metadata, content] = &rest[..] else {
            return Err(WireError::TooFewFrames);
        };
        if !self.signer.verify(&[header, parent_header, metadata, content], signature) {
            return Err(WireError::Signature);
        }
        let message = Message {
            identities: frames,
            header: object("header", header)?,
            parent_header: object("parent header", parent_header)?,
            metadata: object("metadata", metadata)?,
            content: object("content", content)?,
            buffers,
        };
        if message.msg_type().is_empty() {
            return Err(WireError::NoMessageType);
        }
        let mut replays = self.replays.lock().unwrap_or_else(PoisonError::into_inner);
        if self.signer.has_key() && !replays.is_new(signature) { Err(WireError::Replayed) } else { Ok(message) }
    }
}

fn object(what: &'static str, bytes: &[u8]) -> Result<Value, WireError> {
    match serde_json::from_slice(bytes) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(WireError::NotAnObject(what)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(session: &Session) -> Vec<Vec<u8>> {
        session.encode(&[b"client".to_vec()], "execute_request", &json!({}), &json!({"code": "1 + 1"}))
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let session = Session::new("key");
        let mut sent = frames(&session);
        sent.push(b"buffer".to_vec());
        let message = session.decode(sent).unwrap();
        assert_eq!(message.identities, [b"client".to_vec()]);
        assert_eq!(message.msg_type(), "execute_request");
        assert_eq!(message.content, json!({"code": "1 + 1"}));
        assert_eq!(message.buffers, [b"buffer".to_vec()]);
    }

    #[test]
    fn a_changed_part_is_refused() {
        let session = Session::new("key");
        for part in 3..=6 {
            let mut sent = frames(&session);
            sent[part] = b"{\"msg_type\":\"shutdown_request\"}".to_vec();
            assert_eq!(session.decode(sent), Err(WireError::Signature), "part {part}");
        }
    }

    #[test]
    fn a_message_counts_once() {
        let session = Session::new("key");
        let sent = frames(&session);
        assert!(session.decode(sent.clone()).is_ok());
        let mut upper = sent.clone();
        upper[2] = upper[2].to_ascii_uppercase();
        assert_eq!(session.clone().decode(sent), Err(WireError::Replayed), "whatever channel it comes by");
        assert_eq!(session.decode(upper), Err(WireError::Replayed), "whatever way the signature is written");
        let unsigned = Session::new("");
        let sent = frames(&unsigned);
        assert!(
            unsigned.decode(sent.clone()).is_ok() && unsigned.decode(sent).is_ok(),
            "without a key nothing is safe"
        );
    }

    #[test]
    fn broken_frames_are_refused_without_a_panic() {
        let session = Session::new("");
        assert_eq!(session.decode(vec![]), Err(WireError::TooFewFrames));
        assert_eq!(session.decode(vec![DELIMITER.to_vec(), vec![], vec![]]), Err(WireError::TooFewFrames));
        let mut sent = frames(&session);
        sent[6] = b"[1]".to_vec();
        assert_eq!(session.decode(sent), Err(WireError::NotAnObject("content")));
        let mut sent = frames(&session);
        sent[3] = b"{}".to_vec();
        assert_eq!(session.decode(sent), Err(WireError::NoMessageType));
    }
}
