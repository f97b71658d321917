//! A key as a value: its type decides where a target puts it.

use std::borrow::Cow;
use std::fmt;

use polars::prelude::AnyValue;

use crate::cells::{CELL_WIDTH, clean, clean_bytes};

/// What parts the columns of a composite key: no text of a person holds it.
const SEPARATOR: u8 = 0x1f;

/// The key of one row. Equal keys are one group; a null key is a group of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum KeyValue {
    /// No key.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer; every target takes it for 64 bits.
    Int(i64),
    /// The bits of a float64, as [`KeyValue::number`] makes them: one zero, one NaN.
    Number(u64),
    /// A text.
    Text(String),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
    /// Several columns as one key, two at least.
    Several(Vec<KeyValue>),
}

impl KeyValue {
    /// A float64; −0 is 0, and every NaN is the same key.
    pub fn number(value: f64) -> KeyValue {
        let one = if value.is_nan() { f64::NAN } else { value + 0.0 };
        KeyValue::Number(one.to_bits())
    }

    /// Several columns as one key: of one column that column's, of nulls only the null key.
    pub fn several(mut parts: Vec<KeyValue>) -> KeyValue {
        match parts.len() {
            1 => parts.remove(0),
            _ if parts.iter().all(KeyValue::is_null) => KeyValue::Null,
            _ => KeyValue::Several(parts),
        }
    }

    /// Whether there is no key.
    pub fn is_null(&self) -> bool {
        matches!(self, KeyValue::Null)
    }

    /// What the key is in a Kafka record and in the exchange of this engine: its text in UTF-8 (a float as Rust writes it, the parts
    /// of several columns parted by U+001F), bytes as they are, nothing for null.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            KeyValue::Null => Cow::Borrowed(&[]),
            KeyValue::Text(text) => Cow::Borrowed(text.as_bytes()),
            KeyValue::Bytes(bytes) => Cow::Borrowed(bytes),
            KeyValue::Bool(_) | KeyValue::Int(_) | KeyValue::Number(_) => Cow::Owned(self.to_string().into_bytes()),
            KeyValue::Several(parts) => {
                let written: Vec<Cow<'_, [u8]>> = parts
                    .iter()
                    .map(|part| if part.is_null() { Cow::Borrowed(&b"null"[..]) } else { part.bytes() })
                    .collect();
                Cow::Owned(written.join(&SEPARATOR))
            }
        }
    }

    /// As a cell of a report: on one line, safe to print, at most 64 columns wide; `null` without quotes is the absence.
    pub fn shown(&self) -> String {
        match self {
            KeyValue::Text(text) if text.is_empty() => "\"\"".into(),
            // The word, not the absence: they must look different.
            KeyValue::Text(text) if text == "null" => "\"null\"".into(),
            KeyValue::Text(text) => clean(text, CELL_WIDTH),
            KeyValue::Bytes(bytes) => clean_bytes(bytes, CELL_WIDTH),
            KeyValue::Several(parts) => {
                clean(&parts.iter().map(KeyValue::shown).collect::<Vec<_>>().join("·"), CELL_WIDTH)
            }
            other => other.to_string(),
        }
    }
}

/// A value of a column with its type: exact, so that different keys stay different.
impl From<&AnyValue<'_>> for KeyValue {
    fn from(value: &AnyValue<'_>) -> Self {
        match value {
            AnyValue::Null => KeyValue::Null,
            AnyValue::Boolean(own) => KeyValue::Bool(*own),
            AnyValue::Int32(own) => KeyValue::Int((*own).into()),
            AnyValue::Int64(own) => KeyValue::Int(*own),
            AnyValue::Float64(own) => KeyValue::number(*own),
            AnyValue::String(own) => KeyValue::from(*own),
            AnyValue::StringOwned(own) => KeyValue::from(own.as_str()),
            AnyValue::Binary(own) => KeyValue::Bytes(own.to_vec()),
            AnyValue::BinaryOwned(own) => KeyValue::Bytes(own.clone()),
            AnyValue::List(items) => {
                let items: Vec<String> = items.iter().map(|item| format!("{:?}", item_text(&item))).collect();
                KeyValue::Text(format!("[{}]", items.join(", ")))
            }
            other => KeyValue::Text(other.to_string()),
        }
    }
}

fn item_text(item: &AnyValue<'_>) -> Option<String> {
    let item = KeyValue::from(item);
    (!item.is_null()).then(|| item.to_string())
}

impl From<&str> for KeyValue {
    fn from(text: &str) -> Self {
        KeyValue::Text(text.to_owned())
    }
}

impl fmt::Display for KeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyValue::Null => f.write_str("null"),
            KeyValue::Bool(b) => write!(f, "{b}"),
            KeyValue::Int(i) => write!(f, "{i}"),
            KeyValue::Number(bits) => write!(f, "{}", f64::from_bits(*bits)),
            KeyValue::Text(text) => f.write_str(text),
            KeyValue::Bytes(bytes) => f.write_str(&String::from_utf8_lossy(bytes)),
            KeyValue::Several(_) => f.write_str(&String::from_utf8_lossy(&self.bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_key_do_not_run_into_each_other() {
        let of = |parts: &[&str]| KeyValue::several(parts.iter().map(|part| KeyValue::from(*part)).collect());
        assert_eq!(of(&["a"]), KeyValue::from("a"));
        assert_ne!(of(&["a", "bc"]).bytes(), of(&["ab", "c"]).bytes());
        assert_eq!(KeyValue::several(vec![KeyValue::Null, KeyValue::Null]), KeyValue::Null);
        assert_eq!(of(&["a", "b"]).shown(), "a·b");
    }

    #[test]
    fn equal_numbers_are_one_key() {
        assert_eq!(KeyValue::number(-0.0), KeyValue::number(0.0));
        assert_eq!(KeyValue::number(f64::NAN), KeyValue::number(-f64::NAN));
        assert_ne!(KeyValue::number(1.0), KeyValue::Int(1));
    }

    #[test]
    fn absence_emptiness_and_the_word_look_different() {
        let shown = [KeyValue::Null, KeyValue::from(""), KeyValue::from("null")].map(|key| key.shown());
        assert_eq!(shown, ["null", "\"\"", "\"null\""]);
        assert_eq!(KeyValue::Bytes(vec![0xff, 0, b'a']).shown(), "\u{fffd}␀a");
        assert_eq!(KeyValue::Text("x".repeat(1 << 20)).shown().chars().count(), 64);
    }
}
