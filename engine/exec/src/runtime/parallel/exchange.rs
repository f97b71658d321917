//! The exchange: rows of equal keys go to the same lane, by the hash that key reports forecast with.

use headwater::Expr;
use headwater_profile::murmur2;
use polars::prelude::{IdxCa, NamedFrom};

use crate::expression::evaluate;
use crate::key_bytes::each_key;
use crate::{Batch, Result};

/// The lane of a key among so many: as Kafka's partitioner, murmur2 of the key's bytes. The null key has the bytes of no text.
pub(crate) fn lane_of(key: Option<&[u8]>, lanes: usize) -> usize {
    (murmur2(key.unwrap_or_default()) & 0x7fff_ffff) as usize % lanes.max(1)
}

/// The rows of a batch that each lane gets, in their order; none for a lane that gets no row.
///
/// # Errors
/// A key cannot be computed: what validation of the plan finds before.
pub(crate) fn split(keys: &[Expr], batch: Batch, lanes: usize) -> Result<Vec<Option<Batch>>> {
    let mut out: Vec<Option<Batch>> = (0..lanes).map(|_| None).collect();
    let columns = keys.iter().map(|key| evaluate(key, &batch.frame)).collect::<Result<Vec<_>>>()?;
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); lanes];
    let mut row = 0_u32;
    if columns.is_empty() {
        out[lane_of(None, lanes)] = Some(batch);
        return Ok(out);
    }
    each_key(&columns, |key| {
        rows[lane_of(key, lanes)].push(row);
        row += 1;
    })?;
    for (own, rows) in out.iter_mut().zip(rows) {
        if rows.len() == batch.frame.height() {
            *own = Some(batch);
            return Ok(out);
        }
        if !rows.is_empty() {
            let frame = batch.frame.take(&IdxCa::new("".into(), rows))?;
            *own = Some(Batch { partition: batch.partition, frame });
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use headwater::prelude::*;
    use headwater_profile::{KeyValue, Placement};
    use polars::prelude::df;

    use super::*;

    fn batch(cities: &[Option<&str>]) -> Batch {
        let numbers: Vec<i64> = (0..).take(cities.len()).collect();
        Batch { partition: 3, frame: df!("city" => cities, "n" => numbers).unwrap() }
    }

    #[test]
    fn equal_keys_meet_where_the_forecast_said_and_no_row_is_lost() {
        let cities: Vec<String> = (0..100).map(|n| format!("city {}", n % 17)).collect();
        let mut cities: Vec<Option<&str>> = cities.iter().map(|city| Some(city.as_str())).collect();
        cities[5] = None;
        let lanes = split(&[col("city")], batch(&cities), 4).unwrap();
        let mut seen = 0;
        for (lane, own) in lanes.iter().enumerate() {
            let Some(own) = own else { continue };
            assert_eq!(own.partition, 3);
            let numbers = own.frame.column("n").unwrap().i64().unwrap().to_vec();
            assert!(numbers.is_sorted(), "rows keep their order");
            seen += numbers.len();
            for city in own.frame.column("city").unwrap().str().unwrap().iter() {
                let key = city.map_or(KeyValue::Null, KeyValue::from);
                assert_eq!(Placement::Headwater.slot(&key, 4), Some(u32::try_from(lane).unwrap()), "{city:?}");
            }
        }
        assert_eq!(seen, 100);
    }

    #[test]
    fn without_keys_all_rows_meet() {
        let lanes = split(&[], batch(&[Some("a"), Some("b")]), 3).unwrap();
        assert_eq!(lanes.iter().flatten().map(|own| own.frame.height()).collect::<Vec<_>>(), [2]);
    }
}
