//! Column builders: typed values that can be taken back when a later field of the record does not fit, then a polars column.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use headwater::DataType;
use polars::prelude::{
    AnyValue, BinaryChunked, BooleanChunked, ChunkedArray, Int32Chunked, Int64Chunked, IntoSeries, NewChunkedArray,
    PolarsNumericType, Series, StringChunked, StructChunked,
};

use crate::types::polars_type;
use crate::{Result, time_text};

/// One column under construction. Pushing says whether the value fits; what does not fit is not pushed.
#[derive(Debug)]
pub(crate) enum ColumnBuilder {
    /// `BOOLEAN`
    Boolean(Values<bool>),
    /// `INT`
    Int32(Values<i32>),
    /// `BIGINT`
    Int64(Values<i64>),
    /// `DOUBLE`
    Float64(Values<f64>),
    /// `STRING`
    String(Texts),
    /// `BINARY`
    Binary(Texts),
    /// `DATE`, days
    Date(Values<i32>),
    /// `TIMESTAMP`, milliseconds
    Timestamp(Values<i64>),
    /// `ARRAY`
    List(Box<Lists>),
    /// `STRUCT`
    Struct(Structs),
}

/// Values of one size, and which of them are there.
#[derive(Debug, Default)]
pub(crate) struct Values<T> {
    values: Vec<T>,
    valid: Vec<bool>,
}

/// Texts end to end.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    valid: Vec<bool>,
}

/// Lists: the items end to end.
#[derive(Debug)]
pub(crate) struct Lists {
    /// The type of the whole column.
    data_type: DataType,
    /// The items of all lists.
    pub(crate) items: ColumnBuilder,
    ends: Vec<usize>,
    valid: Vec<bool>,
}

/// Structs: one builder a member.
#[derive(Debug)]
pub(crate) struct Structs {
    /// The names of the members.
    pub(crate) names: Vec<String>,
    /// Their builders.
    pub(crate) members: Vec<ColumnBuilder>,
    valid: Vec<bool>,
}

impl<T: Copy + Default> Values<T> {
    fn push(&mut self, value: T) -> bool {
        self.values.push(value);
        self.valid.push(true);
        true
    }

    fn push_null(&mut self) {
        self.values.push(T::default());
        self.valid.push(false);
    }

    fn truncate(&mut self, length: usize) {
        self.values.truncate(length);
        self.valid.truncate(length);
    }

    fn take(&mut self) -> (Vec<T>, Vec<bool>) {
        (std::mem::take(&mut self.values), std::mem::take(&mut self.valid))
    }
}

impl Texts {
    fn push(&mut self, bytes: &[u8]) -> bool {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
        self.valid.push(true);
        true
    }

    fn push_null(&mut self) {
        self.ends.push(self.bytes.len());
        self.valid.push(false);
    }

    fn truncate(&mut self, length: usize) {
        self.ends.truncate(length);
        self.valid.truncate(length);
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = Option<&[u8]>> {
        (0..self.ends.len()).map(|index| {
            let start = if index == 0 { 0 } else { self.ends[index - 1] };
            self.valid[index].then(|| &self.bytes[start..self.ends[index]])
        })
    }
}

impl Lists {
    /// Closes the list that consists of the items pushed since the last one.
    pub(crate) fn close(&mut self) {
        self.ends.push(self.items.len());
        self.valid.push(true);
    }
}

impl Structs {
    /// Closes the struct whose members were pushed.
    pub(crate) fn close(&mut self) {
        self.valid.push(true);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.valid.len()
    }
}

impl ColumnBuilder {
    /// An empty column.
    pub(crate) fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => ColumnBuilder::Boolean(Values::default()),
            DataType::Int32 => ColumnBuilder::Int32(Values::default()),
            DataType::Int64 => ColumnBuilder::Int64(Values::default()),
            DataType::Float64 => ColumnBuilder::Float64(Values::default()),
            DataType::String => ColumnBuilder::String(Texts::default()),
            DataType::Binary => ColumnBuilder::Binary(Texts::default()),
            DataType::Date => ColumnBuilder::Date(Values::default()),
            DataType::Timestamp => ColumnBuilder::Timestamp(Values::default()),
            DataType::List(item) => ColumnBuilder::List(Box::new(Lists {
                data_type: data_type.clone(),
                items: ColumnBuilder::new(item),
                ends: Vec::new(),
                valid: Vec::new(),
            })),
            DataType::Struct(fields) => ColumnBuilder::Struct(Structs {
                names: fields.iter().map(|field| field.name.clone()).collect(),
                members: fields.iter().map(|field| ColumnBuilder::new(&field.data_type)).collect(),
                valid: Vec::new(),
            }),
        }
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            ColumnBuilder::Boolean(values) => values.valid.len(),
            ColumnBuilder::Int32(values) | ColumnBuilder::Date(values) => values.valid.len(),
            ColumnBuilder::Int64(values) | ColumnBuilder::Timestamp(values) => values.valid.len(),
            ColumnBuilder::Float64(values) => values.valid.len(),
            ColumnBuilder::String(texts) | ColumnBuilder::Binary(texts) => texts.valid.len(),
            ColumnBuilder::List(lists) => lists.valid.len(),
            ColumnBuilder::Struct(structs) => structs.valid.len(),
        }
    }

    /// The type's name with its article, for a reason.
    pub(crate) fn type_name(&self) -> &'static str {
        super::misfit::type_name(&match self {
            ColumnBuilder::Boolean(_) => DataType::Boolean,
            ColumnBuilder::Int32(_) => DataType::Int32,
            ColumnBuilder::Int64(_) => DataType::Int64,
            ColumnBuilder::Float64(_) => DataType::Float64,
            ColumnBuilder::String(_) => DataType::String,
            ColumnBuilder::Binary(_) => DataType::Binary,
            ColumnBuilder::Date(_) => DataType::Date,
            ColumnBuilder::Timestamp(_) => DataType::Timestamp,
            ColumnBuilder::List(_) => DataType::List(Box::new(DataType::Boolean)),
            ColumnBuilder::Struct(_) => DataType::Struct(Vec::new()),
        })
    }

    /// Appends a null.
    pub(crate) fn push_null(&mut self) {
        match self {
            ColumnBuilder::Boolean(values) => values.push_null(),
            ColumnBuilder::Int32(values) | ColumnBuilder::Date(values) => values.push_null(),
            ColumnBuilder::Int64(values) | ColumnBuilder::Timestamp(values) => values.push_null(),
            ColumnBuilder::Float64(values) => values.push_null(),
            ColumnBuilder::String(texts) | ColumnBuilder::Binary(texts) => texts.push_null(),
            ColumnBuilder::List(lists) => {
                lists.ends.push(lists.items.len());
                lists.valid.push(false);
            }
            ColumnBuilder::Struct(structs) => {
                structs.members.iter_mut().for_each(ColumnBuilder::push_null);
                structs.valid.push(false);
            }
        }
    }

    /// Takes back everything after the first `length` values, and what was begun of the next one.
    pub(crate) fn truncate(&mut self, length: usize) {
        match self {
            ColumnBuilder::Boolean(values) => values.truncate(length),
            ColumnBuilder::Int32(values) | ColumnBuilder::Date(values) => values.truncate(length),
            ColumnBuilder::Int64(values) | ColumnBuilder::Timestamp(values) => values.truncate(length),
            ColumnBuilder::Float64(values) => values.truncate(length),
            ColumnBuilder::String(texts) | ColumnBuilder::Binary(texts) => texts.truncate(length),
            ColumnBuilder::List(lists) => {
                lists.ends.truncate(length);
                lists.valid.truncate(length);
                lists.items.truncate(lists.ends.last().copied().unwrap_or(0));
            }
            ColumnBuilder::Struct(structs) => {
                structs.valid.truncate(length);
                structs.members.iter_mut().for_each(|member| member.truncate(length));
            }
        }
    }

    /// Appends a boolean.
    pub(crate) fn push_bool(&mut self, value: bool) -> bool {
        match self {
            ColumnBuilder::Boolean(values) => values.push(value),
            ColumnBuilder::String(texts) => texts.push(if value { b"true" } else { b"false" }),
            _ => false,
        }
    }

    /// Appends a whole number.
    pub(crate) fn push_int(&mut self, value: i64) -> bool {
        match self {
            ColumnBuilder::Int32(values) => i32::try_from(value).is_ok_and(|value| values.push(value)),
            ColumnBuilder::Int64(values) => values.push(value),
            ColumnBuilder::Float64(values) => values.push(value as f64),
            ColumnBuilder::String(texts) => texts.push(value.to_string().as_bytes()),
            _ => false,
        }
    }

    /// Appends a number; to a column of whole numbers only if it is one.
    pub(crate) fn push_float(&mut self, value: f64) -> bool {
        match self {
            ColumnBuilder::Float64(values) => values.push(value),
            ColumnBuilder::Int32(_) | ColumnBuilder::Int64(_) => {
                // 2^63 as f64: the first value that is no i64 any more.
                let whole = value.fract() == 0.0
                    && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value);
                whole && self.push_int(value as i64)
            }
            _ => false,
        }
    }

    /// Appends epoch milliseconds.
    pub(crate) fn push_millis(&mut self, value: i64) -> bool {
        match self {
            ColumnBuilder::Timestamp(values) => values.push(value),
            _ => false,
        }
    }

    /// Appends days since the epoch.
    pub(crate) fn push_days(&mut self, value: i32) -> bool {
        match self {
            ColumnBuilder::Date(values) => values.push(value),
            _ => false,
        }
    }

    /// Appends bytes.
    pub(crate) fn push_bytes(&mut self, value: &[u8]) -> bool {
        match self {
            ColumnBuilder::Binary(texts) => texts.push(value),
            _ => false,
        }
    }

    /// Appends what the text says: itself, a number, `true` or `false`, a time, bytes in base64.
    pub(crate) fn push_text(&mut self, text: &str) -> bool {
        match self {
            ColumnBuilder::String(texts) => texts.push(text.as_bytes()),
            ColumnBuilder::Boolean(values) => match text {
                "true" | "TRUE" | "True" => values.push(true),
                "false" | "FALSE" | "False" => values.push(false),
                _ => false,
            },
            ColumnBuilder::Int32(_) | ColumnBuilder::Int64(_) => match text.parse::<i64>() {
                Ok(value) => self.push_int(value),
                Err(_) => parse_float(text).is_some_and(|value| self.push_float(value)),
            },
            ColumnBuilder::Float64(values) => parse_float(text).is_some_and(|value| values.push(value)),
            ColumnBuilder::Binary(texts) => BASE64.decode(text).is_ok_and(|bytes| texts.push(&bytes)),
            ColumnBuilder::Date(values) => time_text::parse_date(text).is_some_and(|days| values.push(days)),
            ColumnBuilder::Timestamp(values) => {
                time_text::parse_timestamp(text).is_some_and(|millis| values.push(millis))
            }
            ColumnBuilder::List(_) | ColumnBuilder::Struct(_) => false,
        }
    }

    /// The column, leaving the builder empty.
    pub(crate) fn finish(&mut self, name: &str) -> Result<Series> {
        Ok(match self {
            ColumnBuilder::Boolean(values) => {
                let (values, valid) = values.take();
                BooleanChunked::from_iter_options(name.into(), options(values, valid)).into_series()
            }
            ColumnBuilder::Int32(values) => numbers::<polars::prelude::Int32Type>(name, values.take()).into_series(),
            ColumnBuilder::Int64(values) => numbers::<polars::prelude::Int64Type>(name, values.take()).into_series(),
            ColumnBuilder::Float64(values) => {
                numbers::<polars::prelude::Float64Type>(name, values.take()).into_series()
            }
            ColumnBuilder::Date(values) => {
                let days: Int32Chunked = numbers(name, values.take());
                days.into_series().cast(&polars_type(&DataType::Date))?
            }
            ColumnBuilder::Timestamp(values) => {
                let millis: Int64Chunked = numbers(name, values.take());
                millis.into_series().cast(&polars_type(&DataType::Timestamp))?
            }
            ColumnBuilder::String(texts) => {
                // Only whole `str`s are ever pushed, so every slice between two ends is one.
                let texts = std::mem::take(texts);
                let strings = texts.iter().map(|text| text.map(|bytes| std::str::from_utf8(bytes).unwrap_or_default()));
                StringChunked::from_iter_options(name.into(), strings).into_series()
            }
            ColumnBuilder::Binary(texts) => {
                let texts = std::mem::take(texts);
                BinaryChunked::from_iter_options(name.into(), texts.iter()).into_series()
            }
            ColumnBuilder::List(lists) => finish_lists(name, lists)?,
            ColumnBuilder::Struct(structs) => finish_structs(name, structs)?,
        })
    }
}

/// A number as text: what Rust reads, and the words for what JSON has no number for.
fn parse_float(text: &str) -> Option<f64> {
    match text.as_bytes().last()? {
        // What is too large for a DOUBLE would read as infinite.
        b'0'..=b'9' | b'.' => text.parse().ok().filter(|value: &f64| value.is_finite()),
        _ if matches!(text, "NaN" | "Infinity" | "-Infinity") => text.parse().ok(),
        _ => None,
    }
}

fn options<T: Copy>(values: Vec<T>, valid: Vec<bool>) -> impl Iterator<Item = Option<T>> {
    values.into_iter().zip(valid).map(|(value, valid)| valid.then_some(value))
}

fn numbers<T: PolarsNumericType>(name: &str, (values, valid): (Vec<T::Native>, Vec<bool>)) -> ChunkedArray<T>
where
    ChunkedArray<T>: NewChunkedArray<T, T::Native>,
{
    if valid.iter().all(|valid| *valid) {
        return ChunkedArray::from_vec(name.into(), values);
    }
    ChunkedArray::from_iter_options(name.into(), options(values, valid))
}

fn finish_lists(name: &str, lists: &mut Lists) -> Result<Series> {
    let items = lists.items.finish("item")?;
    let mut start = 0;
    let values: Vec<AnyValue<'_>> = std::mem::take(&mut lists.ends)
        .into_iter()
        .zip(std::mem::take(&mut lists.valid))
        .map(|(end, valid)| {
            let list = items.slice(start as i64, end - start);
            start = end;
            if valid { AnyValue::List(list) } else { AnyValue::Null }
        })
        .collect();
    Ok(Series::from_any_values_and_dtype(name.into(), &values, &polars_type(&lists.data_type), true)?)
}

fn finish_structs(name: &str, structs: &mut Structs) -> Result<Series> {
    let valid = std::mem::take(&mut structs.valid);
    let members: Vec<Series> = structs
        .names
        .iter()
        .zip(&mut structs.members)
        .map(|(name, member)| member.finish(name))
        .collect::<Result<_>>()?;
    let column = StructChunked::from_series(name.into(), valid.len(), members.iter())?;
    if valid.iter().all(|valid| *valid) {
        return Ok(column.into_series());
    }
    let mask = BooleanChunked::from_slice(name.into(), &valid);
    let bits = mask.downcast_iter().next().map(|chunk| chunk.values().clone());
    Ok(column.with_outer_validity(bits).into_series())
}
