//! JSON records: serde_json walks the bytes once, and what the plan wants is written straight into the column builders.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::columns::{ColumnBuilder, Lists, Structs};
use super::{Misfit, object_reason};

/// Appends the record's fields to the columns, a null where it has none; `rows` is how many the columns have so far. On failure
/// the caller takes back what was appended.
pub(super) fn decode(value: &[u8], names: &[String], columns: &mut [ColumnBuilder], rows: usize) -> Result<(), String> {
    let mut misfit = Misfit::default();
    let mut deserializer = serde_json::Deserializer::from_slice(value);
    let object = ObjectVisitor { names, columns, rows, misfit: &mut misfit };
    let outcome = deserializer.deserialize_map(object).and_then(|()| deserializer.end());
    outcome.map_err(|error| misfit.reason().unwrap_or_else(|| object_reason(value, &error)))
}

/// The name that is looked up next: records of one producer have their fields in one order, so the field after the last one
/// found is tried first.
struct KeySeed<'a> {
    names: &'a [String],
    expected: usize,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        match self.names.get(self.expected) {
            Some(name) if name == key => Ok(Some(self.expected)),
            _ => Ok(self.names.iter().position(|name| name == key)),
        }
    }
}

/// Writes the members of one object into their columns.
struct ObjectVisitor<'a> {
    names: &'a [String],
    columns: &'a mut [ColumnBuilder],
    rows: usize,
    misfit: &'a mut Misfit,
}

impl<'de> Visitor<'de> for ObjectVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut expected = 0;
        while let Some(found) = map.next_key_seed(KeySeed { names: self.names, expected })? {
            let Some(index) = found else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let column = &mut self.columns[index];
            if column.len() > self.rows {
                column.truncate(self.rows); // a name twice in one object: the last one counts, as elsewhere
            }
            map.next_value_seed(ValueSeed { column, misfit: self.misfit })
                .inspect_err(|_| self.misfit.within(&self.names[index]))?;
            expected = index + 1;
        }
        for column in self.columns.iter_mut().filter(|column| column.len() == self.rows) {
            column.push_null();
        }
        Ok(())
    }
}

/// Writes one value into its column.
struct ValueSeed<'a> {
    column: &'a mut ColumnBuilder,
    misfit: &'a mut Misfit,
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.column {
            // A number that becomes a STRING must stay as it was written; and one that becomes a DOUBLE is read by Rust, to the
            // nearest value, which serde_json does only with a feature.
            ColumnBuilder::String(_) | ColumnBuilder::Float64(_) => push_raw(deserializer, self.column, self.misfit),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl ValueSeed<'_> {
    fn fits<E: Error>(self, fits: bool, value: impl fmt::Display) -> Result<(), E> {
        if fits {
            return Ok(());
        }
        self.misfit.value(value, self.column.type_name());
        Err(E::custom("misfit"))
    }

    fn wrong_kind<E: Error>(self, kind: &str) -> Result<(), E> {
        self.misfit.kind(kind, self.column.type_name());
        Err(E::custom("misfit"))
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.column.push_null();
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        let fits = self.column.push_bool(value);
        self.fits(fits, value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        let fits = self.column.push_int(value);
        self.fits(fits, value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let fits = match i64::try_from(value) {
            Ok(value) => self.column.push_int(value),
            Err(_) => self.column.push_float(value as f64),
        };
        self.fits(fits, value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let fits = self.column.push_float(value);
        self.fits(fits, value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let fits = self.column.push_text(value);
        self.fits(fits, value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let ColumnBuilder::List(lists) = self.column else { return self.wrong_kind("an array") };
        let Lists { items, .. } = lists.as_mut();
        while seq
            .next_element_seed(ValueSeed { column: items, misfit: self.misfit })
            .inspect_err(|_| self.misfit.within("[]"))?
            .is_some()
        {}
        lists.close();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let ColumnBuilder::Struct(structs) = self.column else { return self.wrong_kind("an object") };
        let rows = structs.len();
        let Structs { names, members, .. } = structs;
        ObjectVisitor { names, columns: members, rows, misfit: self.misfit }.visit_map(map)?;
        structs.close();
        Ok(())
    }
}

/// Appends a value cut out as it is written: the text of a string, null as null, anything else as its JSON text.
fn push_raw<'de, D: Deserializer<'de>>(
    deserializer: D,
    column: &mut ColumnBuilder,
    misfit: &mut Misfit,
) -> Result<(), D::Error> {
    let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?.get();
    let fits = match raw.as_bytes().first() {
        Some(b'"') => match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(plain) if !plain.contains('\\') => column.push_text(plain),
            _ => serde_json::from_str::<String>(raw).is_ok_and(|text| column.push_text(&text)),
        },
        Some(b'n') => {
            column.push_null();
            true
        }
        _ => column.push_text(raw),
    };
    if fits {
        return Ok(());
    }
    match raw.as_bytes().first() {
        Some(b'[') => misfit.kind("an array", column.type_name()),
        Some(b'{') => misfit.kind("an object", column.type_name()),
        _ => misfit.value(raw.trim_matches('"'), column.type_name()),
    }
    Err(D::Error::custom("misfit"))
}
