//! One value of a column, for aggregates that keep values: comparable and hashable, floats as their order.

use std::hash::{Hash, Hasher};

use super::bytes::{StateReader, StateWriter};
use super::groups::{float_of_ordered, ordered_float};
use crate::Result;

/// A value that is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Datum {
    /// BOOLEAN, INT, BIGINT, DATE, TIMESTAMP.
    Int(i64),
    /// DOUBLE, as the bits that compare like it: -0 is 0, and every NaN is one value above all numbers.
    Float(u64),
    /// STRING, BINARY.
    Bytes(Box<[u8]>),
}

/// The same, borrowed from a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatumRef<'a> {
    /// See [`Datum::Int`].
    Int(i64),
    /// See [`Datum::Float`].
    Float(u64),
    /// See [`Datum::Bytes`].
    Bytes(&'a [u8]),
}

impl Hash for Datum {
    /// As [`DatumRef`], so that one can be looked up by the other.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

impl hashbrown::Equivalent<Datum> for DatumRef<'_> {
    fn equivalent(&self, key: &Datum) -> bool {
        *self == key.borrowed()
    }
}

impl DatumRef<'_> {
    /// The value of a float.
    pub fn float(value: f64) -> Self {
        DatumRef::Float(ordered_float(value))
    }

    /// A copy to keep.
    pub fn kept(self) -> Datum {
        match self {
            DatumRef::Int(value) => Datum::Int(value),
            DatumRef::Float(ordered) => Datum::Float(ordered),
            DatumRef::Bytes(bytes) => Datum::Bytes(bytes.into()),
        }
    }
}

impl Datum {
    /// The same, borrowed.
    pub fn borrowed(&self) -> DatumRef<'_> {
        match self {
            Datum::Int(value) => DatumRef::Int(*value),
            Datum::Float(ordered) => DatumRef::Float(*ordered),
            Datum::Bytes(bytes) => DatumRef::Bytes(bytes),
        }
    }

    /// The bytes it keeps elsewhere.
    pub fn heap(&self) -> usize {
        match self {
            Datum::Int(_) | Datum::Float(_) => 0,
            Datum::Bytes(bytes) => bytes.len(),
        }
    }

    /// The float behind its order.
    pub fn as_float(ordered: u64) -> f64 {
        float_of_ordered(ordered)
    }

    /// Writes it.
    pub fn save(&self, state: &mut StateWriter) {
        match self {
            Datum::Int(value) => {
                state.byte(0);
                state.int(*value);
            }
            Datum::Float(ordered) => {
                state.byte(1);
                state.int(ordered.cast_signed());
            }
            Datum::Bytes(bytes) => {
                state.byte(2);
                state.run(bytes);
            }
        }
    }

    /// Reads what [`Datum::save`] wrote.
    ///
    /// # Errors
    /// The bytes mean no value.
    pub fn load(state: &mut StateReader<'_>) -> Result<Self> {
        Ok(match state.byte()? {
            0 => Datum::Int(state.int()?),
            1 => Datum::Float(state.int()?.cast_unsigned()),
            2 => Datum::Bytes(state.run()?.into()),
            _ => return Err(state.damaged()),
        })
    }
}
