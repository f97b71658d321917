//! Functions of a text and a pattern: `like` and regular expressions. A pattern is a constant, read once a batch.

use headwater::Function;
use polars::prelude::arity::unary_elementwise;
use polars::prelude::{BooleanChunked, IntoSeries, Series, StringChunked};
use regex::{Regex, RegexBuilder};

use super::function::Call;
use super::spread::{Texts, rows, text, written};
use crate::{Error, Result};

/// How large a compiled pattern may get, bytes.
const LARGEST: usize = 1 << 20;

/// The functions of a text and a pattern.
pub(super) fn call(call: &Call<'_>) -> Result<Series> {
    let pattern = call.constant(1)?;
    let input = text(call.function.name(), &call.args[0])?;
    match call.function {
        Function::Like => {
            let regex = compiled(call, &like(pattern))?;
            Ok(matches(&input, &regex))
        }
        Function::RegexMatches => Ok(matches(&input, &compiled(call, pattern)?)),
        Function::RegexExtract => extract(call, &compiled(call, pattern)?),
        _ => replace(call, &compiled(call, pattern)?),
    }
}

fn compiled(call: &Call<'_>, pattern: &str) -> Result<Regex> {
    let compiled = RegexBuilder::new(pattern).size_limit(LARGEST).build();
    compiled.map_err(|error| refused(call, pattern, &error.to_string()))
}

/// The error of a pattern that cannot be read; the crate's own words come in several lines, the last of which says why.
fn refused(call: &Call<'_>, pattern: &str, error: &str) -> Error {
    let why = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
    call.wrong(format!("`{}` cannot read the pattern `{pattern}`: {why}", call.function.name()))
        .hint("Patterns are those of the crate `regex`: no look-around, no backreference.")
}

/// A pattern of SQL as a regular expression over the whole text.
fn like(pattern: &str) -> String {
    let mut regex = String::from("(?s)^");
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        match c {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '\\' => regex.push_str(&regex::escape(&characters.next().unwrap_or('\\').to_string())),
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push('$');
    regex
}

fn matches(input: &StringChunked, regex: &Regex) -> Series {
    let result: BooleanChunked = unary_elementwise(input, |s: Option<&str>| s.map(|s| regex.is_match(s)));
    result.into_series()
}

/// `regex_extract(s, pattern, group)`: what the group matches first.
fn extract(call: &Call<'_>, regex: &Regex) -> Result<Series> {
    let group = usize::try_from(call.number(2, 0)?).unwrap_or(usize::MAX);
    if group >= regex.captures_len() {
        let groups = regex.captures_len() - 1;
        return Err(call.wrong(format!("`regex_extract` asks for group {group} of `{regex}`, which has {groups}")));
    }
    let input = Texts::of("regex_extract", &call.args[0])?;
    let found = |s| -> Option<&str> {
        if group == 0 {
            return Some(regex.find(s)?.as_str());
        }
        Some(regex.captures(s)?.get(group)?.as_str())
    };
    Ok((0..input.len()).map(|row| found(input.get(row)?)).collect::<StringChunked>().into_series())
}

/// `regex_replace(s, pattern, to)`: every match.
fn replace(call: &Call<'_>, regex: &Regex) -> Result<Series> {
    let (input, to) = (Texts::of("regex_replace", &call.args[0])?, Texts::of("regex_replace", &call.args[2])?);
    let one = |row: usize, out: &mut String| {
        out.push_str(&regex.replace_all(input.get(row)?, to.get(row)?));
        Some(())
    };
    Ok(written(rows([input.len(), to.len()]), one).into_series())
}
