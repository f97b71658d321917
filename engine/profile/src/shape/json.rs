//! JSON records for the observer. A record is parsed whole before anything of it is told, so a broken one leaves no trace.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::shape::observe::{Observer, Value};

/// A JSON value with its fields in the order they were written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Parses a record: an object, or the reason why it is none.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json<'_>, String> {
    match serde_json::from_slice(bytes) {
        Ok(object @ Json::Object(_)) => Ok(object),
        Ok(other) => Err(format!("{}, not a JSON object", other.describe())),
        Err(_) if bytes.is_empty() => Err("no bytes at all".into()),
        Err(error) => Err(format!("not JSON: {error}")),
    }
}

impl Json<'_> {
    fn describe(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Int(_) | Json::Number(_) => "a number",
            Json::Text(_) => "a string",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        }
    }

    /// Tells the fields of an object, without the object itself.
    pub(crate) fn tell_fields(&self, observer: &mut dyn Observer) {
        let Json::Object(fields) = self else { return };
        for (name, value) in fields {
            if observer.field(name) {
                value.tell(observer);
                observer.leave();
            }
        }
    }

    fn tell(&self, observer: &mut dyn Observer) {
        match self {
            Json::Null => observer.value(Value::Null),
            Json::Bool(b) => observer.value(Value::Bool(*b)),
            Json::Int(i) => observer.value(Value::Int(*i)),
            Json::Number(n) => observer.value(Value::Number(*n)),
            Json::Text(text) => observer.value(Value::Text(text)),
            Json::List(items) => {
                observer.value(Value::List(items.len()));
                if observer.items() {
                    items.iter().for_each(|item| item.tell(observer));
                    observer.leave();
                }
            }
            Json::Object(fields) => {
                observer.value(Value::Object(fields.len()));
                self.tell_fields(observer);
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(value).map_or(Json::Number(value as f64), Json::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some((Name(name), value)) = access.next_entry()? {
            fields.push((name, value));
        }
        Ok(Json::Object(fields))
    }
}

/// A field's name, borrowed from the record where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, value: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_names_their_escapes() {
        let parsed = parse(br#"{"b":1,"a":{"x":null},"\u0063":[18446744073709551615,2.5]}"#).unwrap();
        let Json::Object(fields) = &parsed else { panic!() };
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names, ["b", "a", "c"]);
        assert_eq!(fields[2].1, Json::List(vec![Json::Number(18_446_744_073_709_551_615.0), Json::Number(2.5)]));
    }

    #[test]
    fn what_is_no_object_says_why() {
        let why = |bytes: &[u8]| parse(bytes).unwrap_err();
        assert_eq!(why(b""), "no bytes at all");
        assert_eq!(why(b"[1]"), "a list, not a JSON object");
        assert_eq!(why(b"\"x\""), "a string, not a JSON object");
        assert_eq!(why(b"{\"a\":"), "not JSON: EOF while parsing a value at line 1 column 5");
        assert!(why(b"{\"a\":1} x").starts_with("not JSON: trailing characters"));
        assert!(why(&[0xff, 0xfe]).starts_with("not JSON"));
        let deep = [b"{\"a\":".repeat(500), b"1".to_vec(), b"}".repeat(500)].concat();
        assert!(why(&deep).starts_with("not JSON: recursion limit"));
    }
}
