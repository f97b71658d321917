//! A column of Arrow as a profile takes it: slices of its values, copied only where there are nulls or the type is another.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type,
};
use headwater_profile::{ShapeBuilder, Values};

const DAY_MS: i64 = 86_400_000;

/// Tells `builder` the values of the column `name`. `false`: they are of a type that a frame has to be made of first.
pub(crate) fn tell(builder: &mut ShapeBuilder, name: &str, array: &ArrayRef) -> bool {
    let nulls = array.null_count() as u64;
    let mut push = |values: Values<'_>| builder.push_column(name, values, nulls);
    match array.data_type() {
        DataType::Boolean => push(Values::Bools(&array.as_boolean().iter().flatten().collect::<Vec<bool>>())),
        DataType::Int8 => push(Values::Ints(&each::<Int8Type, _>(array, i64::from))),
        DataType::Int16 => push(Values::Ints(&each::<Int16Type, _>(array, i64::from))),
        DataType::Int32 => push(Values::Ints(&each::<Int32Type, _>(array, i64::from))),
        DataType::UInt8 => push(Values::Ints(&each::<UInt8Type, _>(array, i64::from))),
        DataType::UInt16 => push(Values::Ints(&each::<UInt16Type, _>(array, i64::from))),
        DataType::UInt32 => push(Values::Ints(&each::<UInt32Type, _>(array, i64::from))),
        DataType::Int64 => match array.as_primitive::<Int64Type>() {
            all if nulls == 0 => push(Values::Ints(all.values())),
            _ => push(Values::Ints(&each::<Int64Type, _>(array, |value| value))),
        },
        DataType::Float32 => push(Values::Numbers(&each::<Float32Type, _>(array, f64::from))),
        DataType::Float64 => match array.as_primitive::<Float64Type>() {
            all if nulls == 0 => push(Values::Numbers(all.values())),
            _ => push(Values::Numbers(&each::<Float64Type, _>(array, |value| value))),
        },
        DataType::Utf8View => push(Values::Texts(&array.as_string_view().iter().flatten().collect::<Vec<&str>>())),
        DataType::BinaryView => push(Values::Bytes(&array.as_binary_view().iter().flatten().collect::<Vec<&[u8]>>())),
        DataType::Date32 => push(Values::Dates(&each::<Date32Type, _>(array, |days| i64::from(days) * DAY_MS))),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            push(Values::Times(&each::<TimestampMillisecondType, _>(array, |at| at)));
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            push(Values::Times(&each::<TimestampMicrosecondType, _>(array, |at| at.div_euclid(1_000))));
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            push(Values::Times(&each::<TimestampNanosecondType, _>(array, |at| at.div_euclid(1_000_000))));
        }
        _ => return false,
    }
    true
}

/// The values that are not null, each as `made` of it.
fn each<T: ArrowPrimitiveType, V>(array: &ArrayRef, made: impl Fn(T::Native) -> V) -> Vec<V> {
    let array: &PrimitiveArray<T> = array.as_primitive();
    match array.null_count() {
        0 => array.values().iter().map(|value| made(*value)).collect(),
        _ => array.iter().flatten().map(made).collect(),
    }
}
