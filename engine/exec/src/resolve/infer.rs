//! Inferring a schema from raw records, with the evidence: which kinds of values each path held.

use std::fmt;

use headwater::{DataType, Field, Schema};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::time_text;

/// A type is taken when this share of the values that are not null is of it; the others become dead letters.
const ENOUGH: f64 = 0.95;
/// An object with more names than this is a map whose keys are data, not a struct.
const MOST_FIELDS: usize = 256;

/// A schema and what speaks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Inference {
    /// The columns, in the order in which they were first seen.
    pub schema: Schema,
    /// Every path of the records, its members after it.
    pub evidence: Vec<Evidence>,
    /// How many records were objects and have been looked at.
    pub records: u64,
}

/// What one path held.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Such as `address.zip`, `tags[]`.
    pub path: String,
    /// The type that was taken for it.
    pub data_type: DataType,
    /// How many values of which kind, the most frequent first; only kinds that occurred.
    pub kinds: Vec<(Kind, u64)>,
}

/// A kind of JSON value, texts told apart by what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean,
    /// A whole number.
    Integer,
    /// Another number.
    Float,
    /// A text that is a whole number.
    IntegerText,
    /// A text that is another number.
    FloatText,
    /// A text such as `2024-01-31`.
    DateText,
    /// A text such as `2024-01-31T12:00:00Z`.
    TimestampText,
    /// `"true"`, `"false"`
    BooleanText,
    /// Any other text.
    Text,
    /// An object.
    Object,
    /// An array.
    Array,
}

const KINDS: [Kind; 12] = [
    Kind::Null,
    Kind::Boolean,
    Kind::Integer,
    Kind::Float,
    Kind::IntegerText,
    Kind::FloatText,
    Kind::DateText,
    Kind::TimestampText,
    Kind::BooleanText,
    Kind::Text,
    Kind::Object,
    Kind::Array,
];

/// Whether texts are only texts because the format knows nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    /// JSON: a text that is a number was meant as a text, unless there are real numbers beside it.
    Meant,
    /// CSV: a text that is a number is a number.
    Only,
}

/// Infers the columns of `records`; those that are no JSON objects are passed over.
pub(super) fn infer<'a>(records: impl Iterator<Item = &'a [u8]>, texts: Texts) -> Inference {
    let mut root = Object::default();
    let mut count = 0;
    for record in records {
        // A record that breaks off half way must leave no trace, so it is read to its end before it is counted.
        if serde_json::from_slice::<IgnoredAny>(record).is_ok() && first_byte(record) == Some(b'{') {
            let mut deserializer = serde_json::Deserializer::from_slice(record);
            if DeserializeSeed::deserialize(&mut root, &mut deserializer).is_ok() {
                count += 1;
            }
        }
    }
    let mut evidence = Vec::new();
    let fields = root.fields("", texts, &mut evidence);
    Inference { schema: Schema { fields }, evidence, records: count }
}

fn first_byte(record: &[u8]) -> Option<u8> {
    record.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

/// What the members of an object held.
#[derive(Debug, Default)]
struct Object {
    members: Vec<(String, Values)>,
    /// The place after the member found last; records of one producer have their fields in one order.
    expected: usize,
}

/// What a path held.
#[derive(Debug, Default)]
struct Values {
    counts: [u64; KINDS.len()],
    object: Object,
    items: Option<Box<Values>>,
}

impl Object {
    fn member(&mut self, name: &str) -> &mut Values {
        let place = match self.members.get(self.expected) {
            Some((expected, _)) if expected == name => self.expected,
            _ => match self.members.iter().position(|(known, _)| known == name) {
                Some(place) => place,
                None => {
                    self.members.push((name.to_string(), Values::default()));
                    self.members.len() - 1
                }
            },
        };
        self.expected = place + 1;
        &mut self.members[place].1
    }

    fn fields(&self, path: &str, texts: Texts, evidence: &mut Vec<Evidence>) -> Vec<Field> {
        let field = |(name, values): &(String, Values)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            Field { name: name.clone(), data_type: values.data_type(&path, texts, evidence) }
        };
        self.members.iter().map(field).collect()
    }
}

impl Values {
    fn count(&mut self, kind: Kind) {
        self.counts[kind as usize] += 1;
    }

    fn of(&self, kinds: &[Kind]) -> u64 {
        kinds.iter().map(|kind| self.counts[*kind as usize]).sum()
    }

    /// Chooses the type, and puts down the evidence for it before that of the members.
    fn data_type(&self, path: &str, texts: Texts, evidence: &mut Vec<Evidence>) -> DataType {
        let place = evidence.len();
        let mut kinds: Vec<(Kind, u64)> =
            KINDS.iter().map(|kind| (*kind, self.of(&[*kind]))).filter(|(_, count)| *count > 0).collect();
        kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
        evidence.push(Evidence { path: path.to_string(), data_type: DataType::String, kinds });
        let data_type = self.choose(path, texts, evidence);
        if !matches!(data_type, DataType::Struct(_) | DataType::List(_)) {
            evidence.truncate(place + 1); // what is read as text has no members
        }
        evidence[place].data_type = data_type.clone();
        data_type
    }

    fn choose(&self, path: &str, texts: Texts, evidence: &mut Vec<Evidence>) -> DataType {
        use Kind::{Array, Boolean, BooleanText, DateText, Float, FloatText, Integer, IntegerText, TimestampText};
        let total = self.counts.iter().sum::<u64>() - self.of(&[Kind::Null]);
        let enough = |kinds: &[Kind]| total > 0 && self.of(kinds) as f64 >= ENOUGH * total as f64;
        let real = |kinds: &[Kind]| texts == Texts::Only || self.of(kinds) > 0;
        if enough(&[Integer, Float, IntegerText, FloatText]) && real(&[Integer, Float]) {
            return if self.of(&[Float, FloatText]) == 0 { DataType::Int64 } else { DataType::Float64 };
        }
        if enough(&[Boolean, BooleanText]) && real(&[Boolean]) {
            return DataType::Boolean;
        }
        if enough(&[DateText]) && self.of(&[TimestampText]) == 0 {
            return DataType::Date;
        }
        if enough(&[DateText, TimestampText]) {
            return DataType::Timestamp;
        }
        if enough(&[Kind::Object]) && (1..=MOST_FIELDS).contains(&self.object.members.len()) {
            return DataType::Struct(self.object.fields(path, texts, evidence));
        }
        match &self.items {
            Some(items) if enough(&[Array]) => {
                DataType::List(Box::new(items.data_type(&format!("{path}[]"), texts, evidence)))
            }
            None if enough(&[Array]) => DataType::List(Box::new(DataType::String)),
            _ => DataType::String,
        }
    }
}

/// What a text says. A number that begins with a zero is a code (a postcode, an account), not a number.
fn text_kind(text: &str) -> Kind {
    let Some(first) = text.as_bytes().first() else { return Kind::Text };
    if matches!(text, "true" | "false") {
        return Kind::BooleanText;
    }
    if !matches!(first, b'0'..=b'9' | b'-' | b'+' | b'.') {
        return Kind::Text;
    }
    let digits = text.trim_start_matches(['-', '+']);
    let code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if !code && text.parse::<i64>().is_ok() {
        return Kind::IntegerText;
    }
    if !code && text.parse::<f64>().is_ok_and(f64::is_finite) {
        return Kind::FloatText;
    }
    if time_text::parse_date(text).is_some() {
        return Kind::DateText;
    }
    if time_text::parse_timestamp(text).is_some() {
        return Kind::TimestampText;
    }
    Kind::Text
}

impl<'de> DeserializeSeed<'de> for &mut Object {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Object {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.expected = 0;
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if self.members.len() > 4 * MOST_FIELDS {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(self.member(&name))?;
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Values {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Values {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.count(Kind::Null);
        Ok(())
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<(), E> {
        self.count(Kind::Boolean);
        Ok(())
    }

    fn visit_i64<E: Error>(self, _value: i64) -> Result<(), E> {
        self.count(Kind::Integer);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.count(if i64::try_from(value).is_ok() { Kind::Integer } else { Kind::Float });
        Ok(())
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<(), E> {
        self.count(Kind::Float);
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.count(text_kind(text));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.count(Kind::Array);
        while {
            let items = self.items.get_or_insert_default();
            seq.next_element_seed(items.as_mut())?.is_some()
        } {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.count(Kind::Object);
        self.object.visit_map(map)
    }
}
