//! The bytes of a checkpoint.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `HWCKPT` and two zero bytes |
//! | 4 | version of the layout, little-endian |
//! | 8 | length of the header |
//! | … | header: JSON with fingerprint, epoch, positions by source, watermark, and node, name, lane and length of every state |
//! | … | the states, one after the other |
//! | 32 | SHA-256 of everything before; every version of the layout ends so |

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Checkpoint;
use crate::runtime::OperatorState;
use crate::sources::Positions;

const MAGIC: &[u8; 8] = b"HWCKPT\0\0";
/// Layout 1 had the positions of one source only, layout 2 the states of one lane.
const VERSION: u32 = 3;
const DIGEST: usize = 32;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    fingerprint: String,
    epoch: u64,
    positions: BTreeMap<u32, Positions>,
    watermark: Option<i64>,
    states: Vec<StateHeader>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateHeader {
    node: u32,
    name: String,
    lane: u32,
    length: u64,
}

/// Writes a checkpoint; its states are not copied together first, since they may be half of the memory there is.
pub(super) fn write(checkpoint: &Checkpoint, out: &mut impl Write) -> io::Result<()> {
    let state = |state: &OperatorState| StateHeader {
        node: state.node,
        name: state.name.clone(),
        lane: state.lane,
        length: state.bytes.len() as u64,
    };
    let header = Header {
        fingerprint: checkpoint.fingerprint.clone(),
        epoch: checkpoint.epoch,
        positions: checkpoint.positions.clone(),
        watermark: checkpoint.watermark,
        states: checkpoint.states.iter().map(state).collect(),
    };
    let header = serde_json::to_vec(&header)?;
    let mut digest = Sha256::new();
    let mut put = |bytes: &[u8]| {
        digest.update(bytes);
        out.write_all(bytes)
    };
    put(MAGIC)?;
    put(&VERSION.to_le_bytes())?;
    put(&(header.len() as u64).to_le_bytes())?;
    put(&header)?;
    checkpoint.states.iter().try_for_each(|state| put(&state.bytes))?;
    out.write_all(&digest.finalize())
}

/// The checkpoint in `bytes`, or why there is none.
pub(super) fn decode(bytes: &[u8]) -> std::result::Result<Checkpoint, String> {
    let damaged = || "it is damaged (cut off or changed since it was written)".to_owned();
    let Some(rest) = bytes.strip_prefix(MAGIC) else { return Err("it is no checkpoint of Headwater".to_owned()) };
    let (body, digest) = bytes.split_last_chunk::<DIGEST>().ok_or_else(damaged)?;
    if Sha256::digest(body)[..] != digest[..] {
        return Err(damaged());
    }
    let rest = rest.get(..rest.len().saturating_sub(DIGEST)).ok_or_else(damaged)?;
    let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
    let version = u32::from_le_bytes(*version);
    if version != VERSION {
        return Err(format!("it has layout {version}, this version of Headwater reads layout {VERSION}"));
    }
    let (length, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| damaged())?;
    let (header, mut rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
    let header: Header = serde_json::from_slice(header).map_err(|_| damaged())?;
    let mut states = Vec::with_capacity(header.states.len());
    for StateHeader { node, name, lane, length } in header.states {
        let length = usize::try_from(length).map_err(|_| damaged())?;
        let (state, after) = rest.split_at_checked(length).ok_or_else(damaged)?;
        states.push(OperatorState { node, name, lane, bytes: state.to_vec() });
        rest = after;
    }
    if !rest.is_empty() {
        return Err(damaged());
    }
    let Header { fingerprint, epoch, positions, watermark, .. } = header;
    Ok(Checkpoint { fingerprint, epoch, positions, watermark, states })
}
