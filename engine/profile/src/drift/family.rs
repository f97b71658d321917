//! Types as drift sees them, and what of a value is compared.

use crate::cells::{CELL_WIDTH, clean, clean_bytes};
use crate::drift::hash::stable_hash;
use crate::figures;
use crate::shape::observe::Value;

/// Types that do not turn into each other without somebody having changed something. 5 and 5.5 are of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Text,
    Number,
    Bool,
    Time,
    Bytes,
    List,
    Object,
}

const NAMES: [(Family, &str); 7] = [
    (Family::Text, "text"),
    (Family::Number, "number"),
    (Family::Bool, "bool"),
    (Family::Time, "time"),
    (Family::Bytes, "bytes"),
    (Family::List, "list"),
    (Family::Object, "object"),
];

impl Family {
    /// `None` for null.
    pub(crate) fn of(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Text(_) => Family::Text,
            Value::Int(_) | Value::Number(_) => Family::Number,
            Value::Bool(_) => Family::Bool,
            Value::Time(_) | Value::Date(_) => Family::Time,
            Value::Bytes(_) => Family::Bytes,
            Value::List(_) => Family::List,
            Value::Object(_) => Family::Object,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(family, _)| *family == self).map_or("nothing", |(_, name)| name)
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(family, _)| *family)
    }

    pub(crate) const fn place(self) -> usize {
        self as usize
    }

    pub(crate) const COUNT: usize = NAMES.len();

    pub(crate) fn at(place: usize) -> Option<Self> {
        NAMES.get(place).map(|(family, _)| *family)
    }
}

/// The hash by which a value is found again; `None` for null, times, lists and objects.
pub(crate) fn identity(value: Value<'_>) -> Option<u64> {
    Some(match value {
        Value::Text(text) => stable_hash(b't', text.as_bytes()),
        Value::Bool(b) => stable_hash(b'b', &[u8::from(b)]),
        Value::Bytes(bytes) => stable_hash(b'x', bytes),
        Value::Int(_) | Value::Number(_) | Value::List(_) => number_identity(number(value)?),
        Value::Null | Value::Time(_) | Value::Date(_) | Value::Object(_) => return None,
    })
}

fn number_identity(number: f64) -> u64 {
    // 0 and −0 are the same number.
    stable_hash(b'n', &(number + 0.0).to_bits().to_le_bytes())
}

/// The number that a value is placed by: its own, or the length of a list.
pub(crate) fn number(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Int(i) => Some(i as f64),
        Value::Number(n) => Some(n).filter(|n| n.is_finite()),
        Value::List(len) => Some(len as f64),
        _ => None,
    }
}

/// The value as a report shows it.
pub(crate) fn text(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Number(n) => figures::number(n),
        Value::Text("") => "\"\"".into(),
        // The word, not the absence: they must look different.
        Value::Text("null") => "\"null\"".into(),
        Value::Text(text) => clean(text, CELL_WIDTH),
        Value::Time(ms) | Value::Date(ms) => crate::shape::times::text(ms),
        Value::Bytes(bytes) => clean_bytes(bytes, CELL_WIDTH),
        Value::List(len) => len.to_string(),
        Value::Object(len) => format!("an object of {len}"),
    }
}
