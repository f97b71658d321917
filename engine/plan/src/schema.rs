//! Logical types, fields and schemas: what a column can hold, and the text form `city STRING, amount DOUBLE`.

/// The logical type of a column. Every column is nullable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum DataType {
    /// `BOOLEAN`: true or false.
    Boolean,
    /// `INT`: 32-bit signed integer.
    Int32,
    /// `BIGINT`: 64-bit signed integer.
    Int64,
    /// `DOUBLE`: 64-bit IEEE float.
    Float64,
    /// `STRING`: UTF-8 text.
    String,
    /// `BINARY`: bytes.
    Binary,
    /// `DATE`: days since 1970-01-01.
    Date,
    /// `TIMESTAMP`: milliseconds since the epoch, UTC.
    Timestamp,
    /// `ARRAY<T>`: a list of one type.
    List(Box<DataType>),
    /// `STRUCT<a INT, b STRING>`: named fields.
    Struct(Vec<Field>),
}

/// A named column of a [`Schema`], or a member of a struct.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Field {
    /// The name, case-sensitive.
    pub name: String,
    /// The type.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub data_type: DataType,
}

/// An ordered list of [`Field`]s. Names are unique.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(transparent))]
pub struct Schema {
    /// The fields, in order.
    pub fields: Vec<Field>,
}
