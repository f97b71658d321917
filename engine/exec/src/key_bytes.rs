//! The bytes of keys, as the exchange of this engine hashes them and as a tap counts them: those of `KeyValue::bytes`, made by column.

use headwater_profile::KeyValue;
use polars::prelude::{AnyValue, DataType, Int64Chunked, Series, StringChunked};

use crate::Result;

/// What parts the columns of a composite key, as in `KeyValue::bytes`.
const SEPARATOR: u8 = 0x1f;

/// A key column, with the types that keys mostly have apart.
enum Part {
    Text(StringChunked),
    Int(Int64Chunked),
    Other(Series),
}

impl Part {
    fn new(column: &Series) -> Result<Part> {
        Ok(match column.dtype() {
            DataType::String => Part::Text(column.str()?.clone()),
            DataType::Int32 | DataType::Int64 => Part::Int(column.cast(&DataType::Int64)?.i64()?.clone()),
            _ => Part::Other(column.clone()),
        })
    }

    /// Appends the value in this row; whether it is not null.
    fn write(&self, row: usize, out: &mut Vec<u8>) -> bool {
        match self {
            Part::Text(values) => values.get(row).map(|text| out.extend_from_slice(text.as_bytes())),
            Part::Int(values) => values.get(row).map(|number| write_int(number, out)),
            Part::Other(values) => {
                let value = KeyValue::from(&values.get(row).unwrap_or(AnyValue::Null));
                (!value.is_null()).then(|| out.extend_from_slice(&value.bytes()))
            }
        }
        .is_some()
    }
}

/// Calls `each` with the bytes of the key of every row; `None` for the null key, which of several columns is the one of nulls only.
///
/// # Errors
/// A column cannot be read: a fault of Headwater.
pub(crate) fn each_key(columns: &[Series], mut each: impl FnMut(Option<&[u8]>)) -> Result<()> {
    if let [only] = columns
        && let DataType::String = only.dtype()
    {
        only.str()?.iter().for_each(|text| each(text.map(str::as_bytes)));
        return Ok(());
    }
    let parts = columns.iter().map(Part::new).collect::<Result<Vec<_>>>()?;
    let rows = columns.first().map_or(0, |column| column.len());
    let mut key = Vec::new();
    for row in 0..rows {
        key.clear();
        let mut present = false;
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                key.push(SEPARATOR);
            }
            if part.write(row, &mut key) {
                present = true;
            } else if parts.len() > 1 {
                key.extend_from_slice(b"null");
            }
        }
        each(present.then_some(key.as_slice()));
    }
    Ok(())
}

fn write_int(number: i64, out: &mut Vec<u8>) {
    use std::io::Write as _;
    // Writing to a vector never fails.
    let _ = write!(out, "{number}");
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataFrame, df};
    use proptest::prelude::*;

    use super::*;

    fn slow(frame: &DataFrame) -> Vec<Option<Vec<u8>>> {
        let row = |row: usize| {
            let parts = frame.columns().iter().map(|column| KeyValue::from(&column.get(row).unwrap()));
            let key = KeyValue::several(parts.collect());
            (!key.is_null()).then(|| key.bytes().into_owned())
        };
        (0..frame.height()).map(row).collect()
    }

    fn fast(frame: &DataFrame) -> Vec<Option<Vec<u8>>> {
        let columns: Vec<Series> = frame.columns().iter().map(|c| c.as_materialized_series().clone()).collect();
        let mut keys = Vec::new();
        each_key(&columns, |key| keys.push(key.map(<[u8]>::to_vec))).unwrap();
        keys
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_key_values(
            rows in proptest::collection::vec((any::<Option<String>>(), any::<Option<i64>>(), any::<Option<f64>>(),
                any::<Option<bool>>()), 0..20),
            columns in proptest::sample::subsequence(vec!["text", "int", "float", "bool"], 1..4),
        ) {
            let frame = df!(
                "text" => rows.iter().map(|row| row.0.clone()).collect::<Vec<_>>(),
                "int" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
                "float" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
                "bool" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
            ).unwrap();
            let keys = frame.select(columns).unwrap();
            prop_assert_eq!(fast(&keys), slow(&keys));
        }
    }
}
