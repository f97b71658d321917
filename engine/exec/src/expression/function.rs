//! The named functions: which arguments each takes and where it is computed.

use headwater::Function;
use polars::prelude::Series;

use super::{coerce, number, text};
use crate::{Error, ErrorKind, Result};

/// `function(args…)`.
pub(super) fn call(function: Function, args: &[Series]) -> Result<Series> {
    let (least, most) = match function {
        Function::Lower | Function::Upper | Function::Trim | Function::Length | Function::Abs => (1, 1),
        Function::Contains | Function::StartsWith | Function::EndsWith | Function::Round => (2, 2),
        Function::Substring => (2, 3),
        Function::Replace => (3, 3),
        Function::Concat | Function::Coalesce => (1, usize::MAX),
    };
    if args.len() < least || args.len() > most {
        let message = format!("`{function:?}` was called with {} arguments", args.len());
        return Err(Error::new(ErrorKind::Plan, message));
    }
    match function {
        Function::Lower => text::map("lower", &args[0], str::to_lowercase),
        Function::Upper => text::map("upper", &args[0], str::to_uppercase),
        Function::Trim => text::map("trim", &args[0], |s| s.trim_matches(' ').to_owned()),
        Function::Length => text::length(&args[0]),
        Function::Substring => text::substring(args),
        Function::Contains => text::ask("contains", &args[0], &args[1], |s, part| s.contains(part)),
        Function::StartsWith => text::ask("starts_with", &args[0], &args[1], |s, part| s.starts_with(part)),
        Function::EndsWith => text::ask("ends_with", &args[0], &args[1], |s, part| s.ends_with(part)),
        Function::Replace => text::replace(args),
        Function::Concat => text::concat(args),
        Function::Coalesce => coalesce(args),
        Function::Abs => number::abs(&args[0]),
        Function::Round => number::round(&args[0], &args[1]),
    }
}

/// `coalesce(a, b, …)`: the first that is not null.
fn coalesce(args: &[Series]) -> Result<Series> {
    let mut values = coerce::unify(&args.iter().collect::<Vec<_>>(), "`coalesce`")?;
    let mut result = values.pop().expect("at least one argument was checked");
    while let Some(before) = values.pop() {
        let height = if before.len() == 1 { result.len() } else { before.len() };
        let [before, after] = [before, result].map(|s| if s.len() == height { s } else { s.new_from_index(0, height) });
        result = before.zip_with(&before.is_not_null(), &after)?;
    }
    Ok(result)
}
