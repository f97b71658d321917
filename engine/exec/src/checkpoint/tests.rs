//! A checkpoint is loaded as it was written, or refused.

use std::fs;

use proptest::prelude::*;

use super::*;

fn checkpoint(epoch: u64) -> Checkpoint {
    let state =
        |node, name: &str, bytes: &[u8]| OperatorState { node, name: name.into(), lane: 1, bytes: bytes.to_vec() };
    Checkpoint {
        fingerprint: "f00d".repeat(16),
        epoch,
        positions: [(0, [(0, 17), (3, u64::MAX)].into()), (4, [(0, 0)].into())].into(),
        watermark: Some(-1),
        states: vec![state(1, "event_time", b""), state(2, "group_by", b"\0\x01state")],
    }
}

fn bytes(checkpoint: &Checkpoint) -> Vec<u8> {
    let mut bytes = Vec::new();
    file::write(checkpoint, &mut bytes).unwrap();
    bytes
}

fn folder() -> (tempfile::TempDir, CheckpointStore) {
    let dir = tempfile::tempdir().unwrap();
    let store = CheckpointStore::open(dir.path().join("checkpoints")).unwrap();
    (dir, store)
}

fn load_error(store: &CheckpointStore, dir: &tempfile::TempDir) -> String {
    let error = store.load(&checkpoint(1).fingerprint).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Checkpoint);
    error.to_string().replace(&dir.path().display().to_string(), "DIR")
}

#[test]
fn the_newest_is_loaded_and_three_are_kept() {
    let (_dir, store) = folder();
    assert_eq!(store.load("any").unwrap(), None);
    for epoch in [1, 2, 9, 10, 11] {
        store.save(&checkpoint(epoch)).unwrap();
        assert_eq!(store.load(&checkpoint(1).fingerprint).unwrap(), Some(checkpoint(epoch)));
    }
    let names: Vec<_> = store.files(ENDING).unwrap().iter().map(|p| p.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["000000000009.checkpoint", "000000000010.checkpoint", "000000000011.checkpoint"]);
}

#[test]
fn what_an_interrupted_write_left_is_neither_loaded_nor_kept() {
    let (_dir, store) = folder();
    store.save(&checkpoint(1)).unwrap();
    let left = store.dir.join("000000000002.partial");
    fs::write(&left, b"half").unwrap();
    let again = CheckpointStore::open(&store.dir).unwrap();
    assert_eq!(again.load(&checkpoint(1).fingerprint).unwrap().unwrap().epoch, 1);
    assert!(!left.exists());
}

#[test]
fn a_damaged_one_is_refused_and_the_one_before_is_named() {
    let (dir, store) = folder();
    store.save(&checkpoint(1)).unwrap();
    let newest = store.save(&checkpoint(2)).unwrap();
    let bytes = fs::read(&newest).unwrap();
    fs::write(&newest, &bytes[..bytes.len() - 1]).unwrap();
    insta::assert_snapshot!(load_error(&store, &dir), @"
    checkpoint `DIR/checkpoints/000000000002.checkpoint` cannot be used: it is damaged (cut off or changed since it was written)
    hint: Remove it to continue from the one before, `DIR/checkpoints/000000000001.checkpoint`; rows written since then are written again.
    ");
    fs::remove_file(&newest).unwrap();
    assert_eq!(store.load(&checkpoint(1).fingerprint).unwrap().unwrap().epoch, 1);
}

#[test]
fn another_file_version_or_name_is_refused() {
    let (dir, store) = folder();
    let path = store.save(&checkpoint(1)).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, b"hello").unwrap();
    insta::assert_snapshot!(load_error(&store, &dir), @"
    checkpoint `DIR/checkpoints/000000000001.checkpoint` cannot be used: it is no checkpoint of Headwater
    hint: Remove it to begin at the start of the source; rows written since then are written again.
    ");
    fs::write(store.dir.join("000000000002.checkpoint"), &bytes).unwrap();
    assert!(load_error(&store, &dir).contains("it is another checkpoint under this name"));
    fs::remove_file(store.dir.join("000000000002.checkpoint")).unwrap();
    let mut newer = bytes[..bytes.len() - 32].to_vec();
    newer[8] = 9;
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&newer);
    newer.extend(&digest[..]);
    fs::write(&path, newer).unwrap();
    assert!(load_error(&store, &dir).contains("it has layout 9, this version of Headwater reads layout 3"));
}

#[test]
fn one_of_another_pipeline_is_refused() {
    let (dir, store) = folder();
    store.save(&checkpoint(1)).unwrap();
    let error = store.load("beefbeefbeefbeef").unwrap_err().to_string();
    insta::assert_snapshot!(error.replace(&dir.path().display().to_string(), "DIR"), @"
    checkpoint `DIR/checkpoints/000000000001.checkpoint` is of pipeline f00df00df00d, but this job is pipeline beefbeefbeef
    hint: Give the changed job another checkpoint folder, or remove this one to begin at the start of the source.
    ");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = CheckpointStore::open(file.join("checkpoints")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Checkpoint);
    assert!(error.message.contains("failed to make the folder"), "{error}");
}

proptest! {
    /// Whatever the state, it is loaded as it was written.
    #[test]
    fn any_checkpoint_round_trips(
        states in prop::collection::vec((any::<u32>(), ".{0,10}", prop::collection::vec(any::<u8>(), 0..50)), 0..5),
        positions in prop::collection::btree_map(any::<u32>(), prop::collection::btree_map(any::<u32>(), any::<u64>(), 0..5), 0..3),
        watermark in any::<Option<i64>>(),
        epoch in any::<u64>(),
    ) {
        let states = states.into_iter().map(|(node, name, bytes)| OperatorState { node, name, lane: 0, bytes }).collect();
        let written = Checkpoint { fingerprint: "f".into(), epoch, positions, watermark, states };
        prop_assert_eq!(file::decode(&bytes(&written)).unwrap(), written);
    }

    /// A file that was cut off, or in which bits were changed, is refused.
    #[test]
    fn damage_is_always_refused(
        cut in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..4),
        tail in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let whole = bytes(&checkpoint(7));
        prop_assert!(file::decode(&whole[..cut.index(whole.len())]).is_err());
        let mut flipped = whole.clone();
        for (at, bit) in flips {
            flipped[at.index(whole.len())] ^= 1 << bit;
        }
        prop_assert!(flipped == whole || file::decode(&flipped).is_err());
        prop_assert!(file::decode(&[whole, tail].concat()).is_err());
    }
}
