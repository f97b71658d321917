//! `json_value`: one value out of a JSON text. The path is followed while the text is read; nothing else of it is kept.

use std::fmt;

use headwater::json_path::{self, PathStep};
use polars::prelude::{IntoSeries, Series};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::spread::{Texts, written};
use crate::{Error, ErrorKind, Result};

/// `json_value(s, path)`: a text, number or boolean as text; null for all else.
pub(super) fn value(input: &Series, path: &str) -> Result<Series> {
    let steps = json_path::parse(path).map_err(|reason| Error::new(ErrorKind::Plan, reason))?;
    let input = Texts::of("json_value", input)?;
    let one = |row: usize, out: &mut String| {
        let raw = find(input.get(row)?, &steps)?;
        match raw.as_bytes().first()? {
            b'{' | b'[' | b'n' => None,
            b'"' => {
                let text: std::borrow::Cow<'_, str> = serde_json::from_str(raw).ok()?;
                out.push_str(&text);
                Some(())
            }
            _ => {
                out.push_str(raw);
                Some(())
            }
        }
    };
    Ok(written(input.len(), one).into_series())
}

/// The JSON text at the path, where `text` as a whole is JSON.
fn find<'t>(text: &'t str, steps: &[PathStep]) -> Option<&'t str> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = Follow(steps).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    found.map(RawValue::get)
}

/// The rest of a path, to be followed in the value that comes next.
#[derive(Clone, Copy)]
struct Follow<'p>(&'p [PathStep]);

impl<'de> DeserializeSeed<'de> for Follow<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Self::Value, D::Error> {
        match self.0 {
            [] => serde::Deserialize::deserialize(deserializer).map(Some),
            _ => deserializer.deserialize_any(self),
        }
    }
}

/// Where the path goes on but the value does not, there is nothing.
impl<'de> Visitor<'de> for Follow<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match self.0 {
                // The last of several members of one name counts, as everywhere here.
                [PathStep::Member(name), rest @ ..] if *name == key => found = map.next_value_seed(Follow(rest))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Self::Value, A::Error> {
        let mut found = None;
        let mut at = 0;
        loop {
            match self.0 {
                [PathStep::Element(wanted), rest @ ..] if *wanted == at => {
                    match items.next_element_seed(Follow(rest))? {
                        Some(value) => found = value,
                        None => return Ok(found),
                    }
                }
                _ => {
                    if items.next_element::<IgnoredAny>()?.is_none() {
                        return Ok(found);
                    }
                }
            }
            at += 1;
        }
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }
}
