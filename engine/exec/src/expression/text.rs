//! Functions of texts. Null in any argument gives null, but for `concat_ws`.

use headwater::Function;
use polars::prelude::arity::{broadcast_binary_elementwise, unary_elementwise};
use polars::prelude::{
    BooleanChunked, Int64Chunked, IntoSeries, ListBuilderTrait, ListStringChunkedBuilder, Series, StringChunked,
};

use super::refused;
use super::spread::{Texts, Wholes, rows, text, written};
use crate::Result;

/// `function(args…)`, for the functions of texts.
pub(super) fn call(function: Function, args: &[Series]) -> Result<Series> {
    let name = function.name();
    match function {
        Function::Lower => map(name, &args[0], |s| s.to_lowercase()),
        Function::Upper => map(name, &args[0], |s| s.to_uppercase()),
        Function::Reverse => map(name, &args[0], |s| s.chars().rev().collect()),
        Function::Trim => cut(name, &args[0], |s| s.trim_matches(' ')),
        Function::Ltrim => cut(name, &args[0], |s| s.trim_start_matches(' ')),
        Function::Rtrim => cut(name, &args[0], |s| s.trim_end_matches(' ')),
        Function::Lpad | Function::Rpad => pad(name, args, function == Function::Lpad),
        Function::Length => count(name, &args[0]),
        Function::Substring => substring(args),
        Function::Contains => ask(name, args, |s, part| s.contains(part)),
        Function::StartsWith => ask(name, args, |s, part| s.starts_with(part)),
        Function::EndsWith => ask(name, args, |s, part| s.ends_with(part)),
        Function::Position => position(name, args),
        Function::Replace => replace(args),
        Function::Split => split(args),
        Function::Concat => concat(args),
        Function::ConcatWs => concat_ws(args),
        other => Err(refused(&format!("`{}`", other.name()), &[])),
    }
}

/// A function from a text to another.
fn map(name: &str, input: &Series, f: impl Fn(&str) -> String) -> Result<Series> {
    let input = text(name, input)?;
    let result: StringChunked = unary_elementwise(&input, |s: Option<&str>| s.map(&f));
    Ok(result.into_series())
}

/// A function from a text to a part of it.
fn cut(name: &str, input: &Series, f: impl Fn(&str) -> &str) -> Result<Series> {
    let input = Texts::of(name, input)?;
    Ok((0..input.len()).map(|row| input.get(row).map(&f)).collect::<StringChunked>().into_series())
}

/// `length(s)`: characters.
fn count(name: &str, input: &Series) -> Result<Series> {
    let input = text(name, input)?;
    let result: Int64Chunked = unary_elementwise(&input, |s: Option<&str>| s.map(|s| characters(s)));
    Ok(result.into_series())
}

fn characters(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// A question about a text and another.
fn ask(name: &str, args: &[Series], f: impl Fn(&str, &str) -> bool) -> Result<Series> {
    let (input, other) = (text(name, &args[0])?, text(name, &args[1])?);
    let result: BooleanChunked =
        broadcast_binary_elementwise(&input, &other, |s: Option<&str>, o: Option<&str>| Some(f(s?, o?)));
    Ok(result.into_series())
}

/// `position(s, part)`: the 1-based character at which it begins, or 0.
fn position(name: &str, args: &[Series]) -> Result<Series> {
    let (input, part) = (text(name, &args[0])?, text(name, &args[1])?);
    let result: Int64Chunked = broadcast_binary_elementwise(&input, &part, |s: Option<&str>, part: Option<&str>| {
        let (s, part) = (s?, part?);
        Some(s.find(part).map_or(0, |byte| characters(&s[..byte]) + 1))
    });
    Ok(result.into_series())
}

/// `lpad`, `rpad`: the text in so many characters, filled up before or after it, or cut at its end.
fn pad(name: &str, args: &[Series], before: bool) -> Result<Series> {
    /// More is no text that a person wants, and would exhaust the memory.
    const LONGEST: usize = 1 << 20;
    let (input, fill) = (Texts::of(name, &args[0])?, Texts::of(name, &args[2])?);
    let length = Wholes::of(name, &args[1])?;
    let one = |row: usize, out: &mut String| {
        let (input, fill) = (input.get(row)?, fill.get(row)?);
        let length = usize::try_from(length.get(row)?).ok().filter(|length| *length <= LONGEST)?;
        let own = input.chars().count();
        let missing = length.saturating_sub(own);
        if missing > 0 && fill.is_empty() {
            return None;
        }
        let filling = || fill.chars().cycle().take(missing);
        if before {
            out.extend(filling());
        }
        out.extend(input.chars().take(length));
        if !before {
            out.extend(filling());
        }
        Some(())
    };
    Ok(written(rows([input.len(), fill.len(), length.len()]), one).into_series())
}

/// `substring(s, start, length)`: from the 1-based character `start`; to the end without a length. As Flink has it: a
/// start of 0 is 1, a negative one counts from the end (and before the beginning gives the empty text), a negative
/// length gives null.
fn substring(args: &[Series]) -> Result<Series> {
    let input = Texts::of("substring", &args[0])?;
    let start = Wholes::of("substring", &args[1])?;
    let length = args.get(2).map(|length| Wholes::of("substring", length)).transpose()?;
    let one = |row: usize| -> Option<&str> {
        let length = match &length {
            Some(lengths) => usize::try_from(lengths.get(row)?).ok()?,
            None => usize::MAX,
        };
        Some(slice(input.get(row)?, start.get(row)?, length))
    };
    let rows = rows([input.len(), start.len(), length.as_ref().map_or(1, Wholes::len)]);
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
fn replace(args: &[Series]) -> Result<Series> {
    let of = |at: usize| Texts::of("replace", &args[at]);
    let (input, from, to) = (of(0)?, of(1)?, of(2)?);
    let one = |row: usize, out: &mut String| {
        let (input, from, to) = (input.get(row)?, from.get(row)?, to.get(row)?);
        if from.is_empty() {
            out.push_str(input);
            return Some(());
        }
        for (at, part) in input.split(from).enumerate() {
            out.push_str(if at > 0 { to } else { "" });
            out.push_str(part);
        }
        Some(())
    };
    Ok(written(rows([input.len(), from.len(), to.len()]), one).into_series())
}

/// `split(s, separator)`: the parts; the characters, when the separator is empty.
fn split(args: &[Series]) -> Result<Series> {
    let (input, separator) = (Texts::of("split", &args[0])?, Texts::of("split", &args[1])?);
    let rows = rows([input.len(), separator.len()]);
    let mut lists = ListStringChunkedBuilder::new("".into(), rows, rows * 4);
    for row in 0..rows {
        match (input.get(row), separator.get(row)) {
            (Some(input), Some("")) => {
                let ends = input.char_indices().map(|(at, c)| &input[at..at + c.len_utf8()]);
                lists.append_values_iter(ends);
            }
            (Some(input), Some(separator)) => lists.append_values_iter(input.split(separator)),
            _ => lists.append_null(),
        }
    }
    Ok(lists.finish().into_series())
}

/// `concat(a, b, …)`: null if any is null; what is no text becomes its text.
fn concat(args: &[Series]) -> Result<Series> {
    let texts = args.iter().map(|arg| Texts::of("concat", &super::cast(arg, &headwater::DataType::String)?));
    let texts = texts.collect::<Result<Vec<_>>>()?;
    let one = |row: usize, out: &mut String| {
        for text in &texts {
            out.push_str(text.get(row)?);
        }
        Some(())
    };
    Ok(written(rows(texts.iter().map(Texts::len)), one).into_series())
}

/// `concat_ws(separator, a, b, …)`: those that are not null, parted.
fn concat_ws(args: &[Series]) -> Result<Series> {
    let texts = args.iter().map(|arg| Texts::of("concat_ws", arg)).collect::<Result<Vec<_>>>()?;
    let one = |row: usize, out: &mut String| {
        let separator = texts[0].get(row)?;
        let mut first = true;
        for text in texts[1..].iter().filter_map(|text| text.get(row)) {
            out.push_str(if std::mem::take(&mut first) { "" } else { separator });
            out.push_str(text);
        }
        Some(())
    };
    Ok(written(rows(texts.iter().map(Texts::len)), one).into_series())
}
