//! Groups by key: keys are encoded so that comparing bytes compares keys, and looked up in a hash table of group numbers.

use std::hash::BuildHasher;
use std::sync::LazyLock;

use hashbrown::{DefaultHashBuilder, HashTable};
use polars::datatypes::StaticArray;
use polars::prelude::Series;

use super::bytes::{StateReader, StateWriter};
use super::values::{Builder, Values};
use crate::Result;

/// Writes the value of a row of one key column behind what is written already.
pub type Encoder<'a> = Box<dyn Fn(usize, &mut Vec<u8>) + 'a>;

/// How the values of each column are written, one after the other, to make the key of a row. Null comes first, integers and
/// floats in their order, texts by their bytes; no key is a prefix of another.
pub fn encoders(columns: &[Values]) -> Vec<Encoder<'_>> {
    columns.iter().map(encoder).collect()
}

/// Appends the key in row `row` to `out`.
pub fn encode(columns: &[Encoder<'_>], row: usize, out: &mut Vec<u8>) {
    for column in columns {
        column(row, out);
    }
}

/// The arrays are taken out of the columns once a batch: looking through a column's chunks for every value costs more than
/// hashing the key.
fn encoder(column: &Values) -> Encoder<'_> {
    match column {
        Values::Int(values) => {
            let array = values.downcast_as_array();
            Box::new(move |row, out| encode_one(array.get(row).map(ordered_int), encode_number, out))
        }
        Values::Float(values) => {
            let array = values.downcast_as_array();
            Box::new(move |row, out| encode_one(array.get(row).map(ordered_float), encode_number, out))
        }
        Values::Bytes(values) => {
            let array = values.downcast_as_array();
            Box::new(move |row, out| encode_one(array.get(row), encode_bytes, out))
        }
    }
}

fn encode_one<T>(value: Option<T>, encode: impl Fn(T, &mut Vec<u8>), out: &mut Vec<u8>) {
    match value {
        Some(value) => encode(value, out),
        None => out.push(NULL),
    }
}

/// Appends the key that `bytes` encode to one builder a column; none if they encode no such key.
pub fn decode(mut bytes: &[u8], columns: &mut [Builder]) -> Option<()> {
    for column in columns {
        let (tag, rest) = bytes.split_first()?;
        bytes = rest;
        let present = *tag == PRESENT;
        if !present && *tag != NULL {
            return None;
        }
        match column {
            Builder::Int(values) => values.push(present.then(|| decode_number(&mut bytes)).transpose_int()?),
            Builder::Float(values) => values.push(present.then(|| decode_number(&mut bytes)).transpose_float()?),
            Builder::Bytes(values) => values.push(if present { Some(decode_bytes(&mut bytes)?) } else { None }),
            // A list is no key.
            Builder::List(_) => return None,
        }
    }
    bytes.is_empty().then_some(())
}

const NULL: u8 = 0;
const PRESENT: u8 = 1;
const SIGN: u64 = 1 << 63;

fn encode_number(ordered: u64, out: &mut Vec<u8>) {
    out.push(PRESENT);
    out.extend(ordered.to_be_bytes());
}

fn ordered_int(value: i64) -> u64 {
    value.cast_unsigned() ^ SIGN
}

/// A float's bits so that unsigned order is float order; -0 is 0, and every NaN is the same, last.
pub(super) fn ordered_float(value: f64) -> u64 {
    let canonical = if value.is_nan() { f64::NAN } else { value + 0.0 };
    let bits = canonical.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The float that these bits stand for.
pub(super) fn float_of_ordered(ordered: u64) -> f64 {
    f64::from_bits(if ordered & SIGN == 0 { !ordered } else { ordered & !SIGN })
}

/// A zero byte is written as `0 255`; `0 0` ends the text.
fn encode_bytes(value: &[u8], out: &mut Vec<u8>) {
    out.push(PRESENT);
    if value.contains(&0) {
        for byte in value {
            out.push(*byte);
            if *byte == 0 {
                out.push(255);
            }
        }
    } else {
        out.extend(value);
    }
    out.extend([0, 0]);
}

fn decode_number(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    Some(u64::from_be_bytes(*number))
}

fn decode_bytes(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    let mut value = Vec::new();
    loop {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        if *first != 0 {
            value.push(*first);
            continue;
        }
        let (second, rest) = bytes.split_first()?;
        *bytes = rest;
        match second {
            0 => return Some(value),
            255 => value.push(0),
            _ => return None,
        }
    }
}

/// Encoded keys as columns again, with the names and types of `like`; none if one of them encodes no such key.
///
/// # Errors
/// A polars conversion failed.
pub fn decoded<'k>(keys: impl Iterator<Item = &'k [u8]>, like: &[Series]) -> Result<Option<Vec<Series>>> {
    let mut columns = Vec::with_capacity(like.len());
    for column in like {
        let Some(values) = Values::of(column)? else { return Ok(None) };
        columns.push(Builder::new(values.form()));
    }
    for key in keys {
        if decode(key, &mut columns).is_none() {
            return Ok(None);
        }
    }
    let finish =
        |(values, like): (Builder, &Series)| Ok(values.finish(like.name(), like.dtype())?.take_materialized_series());
    columns.into_iter().zip(like).map(finish).collect::<Result<_>>().map(Some)
}

/// Turns a number that should be there into the value it stands for; the outer `None` says it was cut off.
trait Transposed {
    fn transpose_int(self) -> Option<Option<i64>>;
    fn transpose_float(self) -> Option<Option<f64>>;
}

impl Transposed for Option<Option<u64>> {
    fn transpose_int(self) -> Option<Option<i64>> {
        match self {
            None => Some(None),
            Some(number) => Some(Some((number? ^ SIGN).cast_signed())),
        }
    }

    fn transpose_float(self) -> Option<Option<f64>> {
        match self {
            None => Some(None),
            Some(number) => Some(Some(float_of_ordered(number?))),
        }
    }
}

/// How keys are hashed: by chance different in every process, so that nobody can choose keys that meet; in one process alike, so that
/// tables of different threads can be merged by the hashes that they hold.
static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);

/// The groups of one table: every key once, numbered in the order of arrival.
#[derive(Clone, Debug)]
pub struct Groups {
    numbers: HashTable<u32>,
    hashes: Vec<u64>,
    ends: Vec<usize>,
    keys: Vec<u8>,
    hasher: DefaultHashBuilder,
}

impl Default for Groups {
    fn default() -> Self {
        Groups {
            numbers: HashTable::new(),
            hashes: Vec::new(),
            ends: Vec::new(),
            keys: Vec::new(),
            hasher: HASHER.clone(),
        }
    }
}

impl Groups {
    /// About how many bytes they take.
    pub fn bytes(&self) -> usize {
        self.keys.capacity() + self.ends.capacity() * 8 + self.hashes.capacity() * 8 + self.numbers.capacity() * 5
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The number of the group of this encoded key, made if it is new.
    pub fn number(&mut self, key: &[u8]) -> u32 {
        // Without key columns there is one group. (Comparing empty slices that point nowhere is slow on some machines.)
        if key.is_empty() && !self.is_empty() {
            return 0;
        }
        self.number_of(self.hasher.hash_one(key), key)
    }

    /// The number of group `number` of `other`, made if it is new. Both must stem from one by [`Groups::fresh`], so that they hash alike.
    pub fn number_in(&mut self, other: &Groups, number: u32) -> u32 {
        let key = other.key(number);
        if key.is_empty() && !self.is_empty() {
            return 0;
        }
        self.number_of(other.hashes[number as usize], key)
    }

    fn number_of(&mut self, hash: u64, key: &[u8]) -> u32 {
        if let Some(found) = self.numbers.find(hash, |&n| self.hashes[n as usize] == hash && self.key(n) == key) {
            return *found;
        }
        let number = u32::try_from(self.ends.len()).expect("four thousand million groups do not fit into memory");
        self.keys.extend(key);
        self.ends.push(self.keys.len());
        self.hashes.push(hash);
        let hashes = &self.hashes;
        self.numbers.insert_unique(hash, number, |&n| hashes[n as usize]);
        number
    }

    /// The encoded key of a group.
    pub fn key(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.keys[start..self.ends[number]]
    }

    /// The groups' numbers in the order of their keys.
    pub fn in_order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.ends.len()).map(|n| n as u32).collect();
        order.sort_unstable_by(|a, b| self.key(*a).cmp(self.key(*b)));
        order
    }

    /// Writes the keys of these groups, in order.
    pub fn save(&self, order: &[u32], state: &mut StateWriter) {
        state.count(order.len());
        order.iter().for_each(|number| state.run(self.key(*number)));
    }

    /// Reads what [`Groups::save`] wrote into these, which are fresh.
    ///
    /// # Errors
    /// The bytes mean no groups.
    pub fn load(&mut self, state: &mut StateReader<'_>) -> Result<()> {
        for expected in 0..state.count()? {
            if self.number(state.run()?) as usize != expected {
                return Err(state.damaged());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{NamedFrom, Series};
    use proptest::prelude::*;

    use super::super::values::Form;
    use super::*;

    fn keys(columns: &[Values], rows: usize) -> Vec<Vec<u8>> {
        let columns = encoders(columns);
        (0..rows)
            .map(|row| {
                let mut key = Vec::new();
                encode(&columns, row, &mut key);
                key
            })
            .collect()
    }

    proptest! {
        /// What was encoded decodes to itself, and bytes compare as the keys do.
        #[test]
        fn keys_round_trip_in_order(rows in prop::collection::vec(
            (any::<Option<i64>>(), prop::option::of(prop::collection::vec(0_u8..4, 0..4)), prop::option::of(-1e9..1e9)), 1..20,
        )) {
            let ints = Series::new("".into(), rows.iter().map(|r| r.0).collect::<Vec<_>>());
            let bytes = Series::new("".into(), rows.iter().map(|r| r.1.clone()).collect::<Vec<_>>());
            let floats = Series::new("".into(), rows.iter().map(|r| r.2).collect::<Vec<_>>());
            let columns = [ints, bytes, floats].map(|s| Values::of(&s).unwrap().unwrap());
            let keys = keys(&columns, rows.len());
            let mut builders = [Form::Int, Form::Bytes, Form::Float].map(Builder::new);
            for key in &keys {
                decode(key, &mut builders).unwrap();
            }
            let [Builder::Int(ints), Builder::Bytes(bytes), Builder::Float(floats)] = builders else { unreachable!() };
            for (n, row) in rows.iter().enumerate() {
                prop_assert_eq!((ints[n], bytes[n].clone(), floats[n]), row.clone());
                for (m, other) in rows.iter().enumerate() {
                    prop_assert_eq!(keys[n].cmp(&keys[m]), row.partial_cmp(other).unwrap());
                }
            }
        }

        /// Bytes that are no key are refused.
        #[test]
        fn decoding_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut builders = [Form::Int, Form::Bytes, Form::Float].map(Builder::new);
            let _ = decode(&bytes, &mut builders);
        }
    }

    #[test]
    fn minus_zero_is_zero_and_every_nan_the_same_group() {
        let floats = Series::new("".into(), [0.0, -0.0, f64::NAN, -f64::NAN]);
        let keys = keys(&[Values::of(&floats).unwrap().unwrap()], 4);
        assert_eq!(keys[0], keys[1]);
        assert_eq!(keys[2], keys[3]);
    }

    #[test]
    fn groups_survive_their_bytes() {
        let mut groups = Groups::default();
        for n in 0..1000_u32 {
            assert_eq!(groups.number(&(n * 7 % 1000).to_le_bytes()), n);
        }
        assert_eq!(groups.number(&7_u32.to_le_bytes()), 1);
        let mut writer = StateWriter::new(1);
        groups.save(&(0..1000).collect::<Vec<_>>(), &mut writer);
        let bytes = writer.finish();
        let mut reader = StateReader::new("a test", &bytes, 1).unwrap();
        let mut loaded = Groups::default();
        loaded.load(&mut reader).unwrap();
        reader.finish().unwrap();
        assert_eq!((loaded.len(), loaded.number(&7_u32.to_le_bytes())), (1000, 1));
        assert_eq!(loaded.in_order(), groups.in_order());
    }
}
