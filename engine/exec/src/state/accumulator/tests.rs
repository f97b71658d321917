//! Accumulators beyond the sizes that the model tests reach: estimates and their errors, merges, and bytes.

use polars::prelude::{NamedFrom, Series};
use proptest::prelude::*;

use super::*;
use crate::state::bytes::{StateReader, StateWriter};

/// One group of values.
fn group(function: AggFunction, values: &Series) -> Box<dyn Accumulator> {
    let form = Values::of(values).unwrap().unwrap().form();
    let (mut accumulator, _) = accumulator(function, Some((form, values.dtype()))).unwrap();
    feed(accumulator.as_mut(), values);
    accumulator
}

fn feed(accumulator: &mut dyn Accumulator, values: &Series) {
    let rows: Vec<u32> = (0..values.len() as u32).collect();
    let (groups, times) = (vec![0; rows.len()], vec![0; rows.len()]);
    let values = Values::of(values).unwrap().unwrap();
    let input = Input { values: Some(&values), times: &times, partition: 0 };
    accumulator.update(Rows { total: 1, groups: &groups, rows: &rows }, &input);
}

fn result(accumulator: &dyn Accumulator) -> Builder {
    let mut out = accumulator.builder();
    accumulator.finish(&[0], &mut out);
    out
}

fn count(accumulator: &dyn Accumulator) -> i64 {
    let Builder::Int(counts) = result(accumulator) else { panic!("a count is an integer") };
    counts[0].unwrap()
}

fn number(accumulator: &dyn Accumulator) -> f64 {
    let Builder::Float(numbers) = result(accumulator) else { panic!("a quantile is a float") };
    numbers[0].unwrap()
}

fn bytes(accumulator: &dyn Accumulator) -> Vec<u8> {
    let mut state = StateWriter::new(1);
    accumulator.save(&[0], &mut state);
    state.finish()
}

fn texts(range: std::ops::Range<i64>) -> Series {
    Series::new("".into(), range.map(|n| format!("visitor-{n}-of-the-site")).collect::<Vec<_>>())
}

#[test]
fn different_values_are_counted_exactly_and_then_within_a_few_per_cent() {
    assert_eq!(count(&*group(AggFunction::CountDistinct, &texts(0..10_000))), 10_000);
    assert_eq!(count(&*group(AggFunction::ApproxCountDistinct, &texts(0..256))), 256);
    for size in [257, 1_000, 20_000, 300_000] {
        let values = Series::new("".into(), (0..size).collect::<Vec<i64>>());
        let counted = count(&*group(AggFunction::ApproxCountDistinct, &values));
        // Four standard errors.
        assert!((counted as f64 / size as f64 - 1.0).abs() < 0.065, "{counted} for {size}");
    }
    assert!(group(AggFunction::ApproxCountDistinct, &texts(0..50_000)).bytes() < 5_000);
}

#[test]
fn quantiles_of_many_numbers_are_within_one_per_cent() {
    let numbers: Vec<f64> = (-3_000..100_000).map(|n| f64::from(n) / 7.0).collect();
    let values = Series::new("".into(), &numbers);
    for q in [0.0, 0.001, 0.02, 0.5, 0.9, 0.999, 1.0] {
        let exact = numbers[(((q * numbers.len() as f64).ceil() as usize).max(1)) - 1];
        let found = number(&*group(AggFunction::ApproxQuantile { q }, &values));
        assert!((found - exact).abs() <= 0.0101 * exact.abs(), "q {q}: {found} for {exact}");
    }
    let wild = Series::new("".into(), [f64::NAN, f64::INFINITY, 1e300, 1e-300, -1e300].repeat(100));
    let accumulator = group(AggFunction::ApproxQuantile { q: 1.0 }, &wild);
    assert_eq!(number(&*accumulator), 1e300);
}

#[test]
fn rare_values_are_given_up_and_frequent_ones_stay() {
    let mut values: Vec<i64> = (0..50_000).collect();
    values.extend([7; 40]);
    let accumulator = group(AggFunction::TopValues { k: 1 }, &Series::new("".into(), &values));
    let Builder::List(_) = result(&*accumulator) else { panic!("frequent values are a list") };
    let column = result(&*accumulator);
    let pair = DataType::Struct(vec![
        Field::new("value".into(), DataType::Int64),
        Field::new("count".into(), DataType::Int64),
    ]);
    let column = column.finish("top", &DataType::List(Box::new(pair))).unwrap();
    let first = crate::tests::model::cell(&column.get(0).unwrap());
    assert!(first.starts_with("[(7 "), "{first}");
    assert!(accumulator.bytes() < 2_000_000, "{}", accumulator.bytes());
}

#[test]
fn a_float_sum_forgets_no_small_terms_and_knows_infinity() {
    let sum = |values: &[f64]| number(&*group(AggFunction::Sum, &Series::new("".into(), values)));
    assert_eq!(sum(&[1e16, 1.0, -1e16]), 1.0);
    assert_eq!(sum(&[0.1; 10]), 1.0);
    assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
    assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
}

#[test]
fn nan_is_above_every_number_wherever_it_comes() {
    for values in [[f64::NAN, 1.0], [1.0, f64::NAN]] {
        let values = Series::new("".into(), values);
        assert_eq!(number(&*group(AggFunction::Min, &values)), 1.0);
        assert!(number(&*group(AggFunction::Max, &values)).is_nan());
    }
}

fn any_function() -> impl Strategy<Value = AggFunction> {
    use AggFunction::{ApproxCountDistinct, Count, CountDistinct, First, Last, Max, Mean, Min, Sum};
    prop_oneof![
        prop::sample::select(vec![Count, Sum, Min, Max, Mean, First, Last, CountDistinct, ApproxCountDistinct]),
        (0.0..1.0).prop_map(|q| AggFunction::ApproxQuantile { q }),
        (1_u32..4).prop_map(|k| AggFunction::TopValues { k }),
        (1_u32..4).prop_map(|limit| AggFunction::Collect { limit }),
    ]
}

proptest! {
    /// Parts that are merged, over their bytes, hold what one accumulator of everything holds.
    #[test]
    fn parts_merged_are_the_whole(
        function in any_function(),
        values in prop::collection::vec(prop::option::weighted(0.9, -400_i64..400), 0..900),
        cut in any::<prop::sample::Index>(),
    ) {
        let series = |values: &[Option<i64>]| Series::new("".into(), values);
        let cut = cut.index(values.len() + 1);
        let whole = group(function, &series(&values));
        let (mut one, other) = (group(function, &series(&values[..cut])), group(function, &series(&values[cut..])));
        let saved = bytes(&*other);
        let mut read = other.fresh();
        let mut state = StateReader::new("a test", &saved, 1).unwrap();
        read.load(1, &mut state).unwrap();
        state.finish().unwrap();
        one.merge(1, &*read, &[0]);
        prop_assert_eq!(format!("{:?}", result(&*one)), format!("{:?}", result(&*whole)));
    }
}
