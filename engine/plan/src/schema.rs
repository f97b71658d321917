//! Logical types, fields and schemas: what a column can hold. Their text form is in `schema_text.rs`.

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

/// `BOOLEAN`, for `.cast(BOOLEAN)`.
pub const BOOLEAN: DataType = DataType::Boolean;
/// `INT`, for `.cast(INT)`.
pub const INT: DataType = DataType::Int32;
/// `BIGINT`, for `.cast(BIGINT)`.
pub const BIGINT: DataType = DataType::Int64;
/// `DOUBLE`, for `.cast(DOUBLE)`.
pub const DOUBLE: DataType = DataType::Float64;
/// `STRING`, for `.cast(STRING)`.
pub const STRING: DataType = DataType::String;
/// `BINARY`, for `.cast(BINARY)`.
pub const BINARY: DataType = DataType::Binary;
/// `DATE`, for `.cast(DATE)`.
pub const DATE: DataType = DataType::Date;
/// `TIMESTAMP`, for `.cast(TIMESTAMP)`.
pub const TIMESTAMP: DataType = DataType::Timestamp;

impl DataType {
    /// Whether values are whole numbers.
    pub fn is_integer(&self) -> bool {
        matches!(self, DataType::Int32 | DataType::Int64)
    }

    /// Whether values can be calculated with.
    pub fn is_numeric(&self) -> bool {
        self.is_integer() || matches!(self, DataType::Float64)
    }

    /// Whether a value holds other values.
    pub fn is_nested(&self) -> bool {
        matches!(self, DataType::List(_) | DataType::Struct(_))
    }
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

impl Field {
    /// A column of this name and type.
    pub fn new(name: impl Into<String>, data_type: DataType) -> Field {
        Field { name: name.into(), data_type }
    }
}

/// An ordered list of [`Field`]s. Names are unique.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(transparent))]
pub struct Schema {
    /// The fields, in order.
    pub fields: Vec<Field>,
}

impl Schema {
    /// A schema of these columns.
    pub fn new(fields: Vec<Field>) -> Schema {
        Schema { fields }
    }

    /// The column of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The place of the column of this name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<&str> {
        self.fields.iter().map(|field| field.name.as_str()).collect()
    }
}
