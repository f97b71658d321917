//! Functions of text. Null in any argument gives null.

use polars::prelude::arity::{broadcast_binary_elementwise, unary_elementwise};
use polars::prelude::{BooleanChunked, DataType, Int64Chunked, IntoSeries, Series, StringChunked};

use super::{coerce, refused};
use crate::Result;

/// A function from a text to a text.
pub(super) fn map(name: &str, input: &Series, f: impl Fn(&str) -> String) -> Result<Series> {
    let input = text(name, input)?;
    let result: StringChunked = unary_elementwise(&input, |s: Option<&str>| s.map(&f));
    Ok(result.into_series())
}

/// `length(s)`: characters.
pub(super) fn length(input: &Series) -> Result<Series> {
    let input = text("length", input)?;
    let result: Int64Chunked =
        unary_elementwise(&input, |s: Option<&str>| s.map(|s| i64::try_from(s.chars().count()).unwrap_or(i64::MAX)));
    Ok(result.into_series())
}

/// A question about a text and another.
pub(super) fn ask(name: &str, input: &Series, other: &Series, f: impl Fn(&str, &str) -> bool) -> Result<Series> {
    let (input, other) = (text(name, input)?, text(name, other)?);
    let result: BooleanChunked =
        broadcast_binary_elementwise(&input, &other, |s: Option<&str>, o: Option<&str>| Some(f(s?, o?)));
    Ok(result.into_series())
}

/// `substring(s, start, length)`: from the 1-based character `start`; to the end without a length. As Flink has it: a
/// start of 0 is 1, a negative one counts from the end (and before the beginning gives the empty text), a negative
/// length gives null.
pub(super) fn substring(args: &[Series]) -> Result<Series> {
    let input = text("substring", &args[0])?;
    let whole = |series: &Series| match series.dtype() {
        DataType::Int32 | DataType::Int64 | DataType::Null => coerce::widen(series, &DataType::Int64),
        _ => Err(refused("`substring`", &args.iter().collect::<Vec<_>>())),
    };
    let start = whole(&args[1])?;
    let length = args.get(2).map(whole).transpose()?;
    let rows = [input.len(), start.len(), length.as_ref().map_or(1, |l| l.len())];
    let rows = rows.into_iter().find(|n| *n != 1).unwrap_or(1);
    let (start, length) = (start.i64()?, length.as_ref().map(|l| l.i64()).transpose()?);
    let at = |len: usize, row: usize| if len == 1 { 0 } else { row };
    let one = |row: usize| -> Option<&str> {
        let length = match length {
            Some(lengths) => usize::try_from(lengths.get(at(lengths.len(), row))?).ok()?,
            None => usize::MAX,
        };
        Some(slice(input.get(at(input.len(), row))?, start.get(at(start.len(), row))?, length))
    };
    Ok((0..rows).map(one).collect::<StringChunked>().into_series())
}

fn slice(text: &str, start: i64, length: usize) -> &str {
    let skip = match start {
        1.. => usize::try_from(start - 1).unwrap_or(usize::MAX),
        0 => 0,
        _ => {
            let characters = text.chars().count();
            match usize::try_from(start.unsigned_abs()).ok().and_then(|back| characters.checked_sub(back)) {
                Some(skip) => skip,
                None => return "",
            }
        }
    };
    let mut starts = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
    let Some(from) = starts.nth(skip) else { return "" };
    let to = text[from..].char_indices().nth(length).map_or(text.len(), |(byte, _)| from + byte);
    &text[from..to]
}

/// `replace(s, from, to)`: every occurrence of a literal text; an empty `from` is found nowhere.
pub(super) fn replace(args: &[Series]) -> Result<Series> {
    let [input, from, to] = [text("replace", &args[0])?, text("replace", &args[1])?, text("replace", &args[2])?];
    let rows = [input.len(), from.len(), to.len()].into_iter().find(|n| *n != 1).unwrap_or(1);
    let at =
        |column: &StringChunked, row: usize| column.get(if column.len() == 1 { 0 } else { row }).map(str::to_owned);
    let one = |row: usize| {
        let (input, from, to) = (at(&input, row)?, at(&from, row)?, at(&to, row)?);
        Some(if from.is_empty() { input } else { input.replace(&from, &to) })
    };
    Ok((0..rows).map(one).collect::<StringChunked>().into_series())
}

/// `concat(a, b, …)`: null if any is null; what is no text becomes its text.
pub(super) fn concat(args: &[Series]) -> Result<Series> {
    let mut parts = args.iter().map(|arg| super::cast(arg, &headwater::DataType::String));
    let mut joined = match parts.next() {
        Some(first) => first?.str()?.clone(),
        None => return Err(refused("`concat`", &[])),
    };
    for part in parts {
        let part = part?;
        joined = broadcast_binary_elementwise(&joined, part.str()?, |a: Option<&str>, b: Option<&str>| {
            Some([a?, b?].concat())
        });
    }
    Ok(joined.into_series())
}

/// The text column of an argument; the constant null is one too.
fn text(name: &str, input: &Series) -> Result<StringChunked> {
    match input.dtype() {
        DataType::String => Ok(input.str()?.clone()),
        DataType::Null => Ok(coerce::widen(input, &DataType::String)?.str()?.clone()),
        _ => Err(refused(&format!("`{name}`"), &[input])),
    }
}
