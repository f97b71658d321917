//! The bytes of keys, as the exchange of this engine hashes them and as a tap counts them: those of `KeyValue::bytes`, made by column.

use headwater_profile::KeyValue;
use polars::prelude::{AnyValue, DataType, Int64Chunked, Series, StringChunked};

use crate::Result;

/// What parts the columns of a composite key, as in `KeyValue::bytes`.
const SEPARATOR: u8 = 0x1f;
/// Times whose text is kept, by the upper bits of a product.
const KEPT_BITS: u32 = 10;

/// A key column, with the types that keys mostly have apart.
enum Part {
    Text(StringChunked),
    Int(Int64Chunked),
    Time(Times),
    Other(Series),
}

/// Days or instants. To write one takes longer than all else; of a stream many neighbours are the same.
struct Times {
    values: Series,
    inside: Int64Chunked,
    kept: Vec<Option<(i64, Box<[u8]>)>>,
}

impl Part {
    fn new(column: &Series) -> Result<Part> {
        Ok(match column.dtype() {
            DataType::String => Part::Text(column.str()?.clone()),
            DataType::Int32 | DataType::Int64 => Part::Int(column.cast(&DataType::Int64)?.i64()?.clone()),
            DataType::Date | DataType::Datetime(..) => Part::Time(Times {
                values: column.clone(),
                inside: column.to_physical_repr().cast(&DataType::Int64)?.i64()?.clone(),
                kept: vec![None; 1 << KEPT_BITS],
            }),
            _ => Part::Other(column.clone()),
        })
    }

    /// Appends the value in this row; whether it is not null.
    fn write(&mut self, row: usize, out: &mut Vec<u8>) -> bool {
        match self {
            Part::Text(values) => values.get(row).map(|text| out.extend_from_slice(text.as_bytes())),
            Part::Int(values) => values.get(row).map(|number| write_int(number, out)),
            Part::Time(times) => times.inside.get(row).map(|number| times.write(row, number, out)),
            Part::Other(values) => {
                let value = KeyValue::from(&values.get(row).unwrap_or(AnyValue::Null));
                (!value.is_null()).then(|| out.extend_from_slice(&value.bytes()))
            }
        }
        .is_some()
    }
}

impl Times {
    fn write(&mut self, row: usize, number: i64, out: &mut Vec<u8>) {
        let place = number.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - KEPT_BITS);
        let kept = &mut self.kept[place as usize];
        if kept.as_ref().is_none_or(|(of, _)| *of != number) {
            let value = KeyValue::from(&self.values.get(row).unwrap_or(AnyValue::Null));
            *kept = Some((number, value.bytes().into()));
        }
        out.extend_from_slice(kept.as_ref().map_or(&[], |(_, text)| text));
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
    let mut parts = columns.iter().map(Part::new).collect::<Result<Vec<_>>>()?;
    let several = parts.len() > 1;
    let rows = columns.first().map_or(0, |column| column.len());
    let mut key = Vec::new();
    for row in 0..rows {
        key.clear();
        let mut present = false;
        for (at, part) in parts.iter_mut().enumerate() {
            if at > 0 {
                key.push(SEPARATOR);
            }
            if part.write(row, &mut key) {
                present = true;
            } else if several {
                key.extend_from_slice(b"null");
            }
        }
        each(present.then_some(key.as_slice()));
    }
    Ok(())
}

/// In decimal, without the machinery of formatting.
fn write_int(number: i64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    while at == digits.len() || rest > 0 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    if number < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataFrame, TimeUnit, df};
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

    #[test]
    fn the_smallest_integer_and_nothing_are_written() {
        let written = |number: i64| {
            let mut out = Vec::new();
            write_int(number, &mut out);
            String::from_utf8(out).unwrap()
        };
        let all = [i64::MIN, -1, 0, 10, i64::MAX];
        assert_eq!(all.map(written), all.map(|number| number.to_string()));
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_key_values(
            rows in proptest::collection::vec((any::<Option<String>>(), any::<Option<i64>>(), any::<Option<f64>>(),
                any::<Option<bool>>(), proptest::option::of(-9_000_000_000_000_i64..9_000_000_000_000)), 0..20),
            columns in proptest::sample::subsequence(vec!["text", "int", "float", "bool", "date", "time"], 1..5),
        ) {
            let frame = df!(
                "text" => rows.iter().map(|row| row.0.clone()).collect::<Vec<_>>(),
                "int" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
                "float" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
                "bool" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
                "date" => rows.iter().map(|row| row.4.map(|ms| (ms / 86_400_000) as i32)).collect::<Vec<_>>(),
                "time" => rows.iter().map(|row| row.4).collect::<Vec<_>>(),
            ).unwrap();
            let typed = |name: &str, to: &DataType| frame.column(name).unwrap().cast(to).unwrap();
            let times = [typed("date", &DataType::Date), typed("time", &DataType::Datetime(TimeUnit::Milliseconds, None))];
            let frame = frame.drop("date").unwrap().drop("time").unwrap().hstack(&times).unwrap();
            let keys = frame.select(columns).unwrap();
            prop_assert_eq!(fast(&keys), slow(&keys));
        }
    }
}
