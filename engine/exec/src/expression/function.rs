//! The named functions: where each is computed.

use headwater::catalogue::{Callee, spec_of};
use headwater::{Expr, Function, Literal};
use polars::prelude::Series;

use super::{choice, hash, json, list, number, pattern, text, time, time_text};
use crate::{Error, ErrorKind, Result};

/// A call: the values of its arguments, and the arguments as they are written, for those that are constants.
pub(super) struct Call<'a> {
    pub(super) function: Function,
    pub(super) args: &'a [Series],
    pub(super) exprs: &'a [Expr],
}

impl Call<'_> {
    /// A constant text.
    pub(super) fn constant(&self, at: usize) -> Result<&str> {
        match self.exprs.get(at) {
            Some(Expr::Literal(Literal::String(text))) => Ok(text),
            _ => Err(self.wrong(format!("argument {} of `{}` is no constant text", at + 1, self.function.name()))),
        }
    }

    /// A constant whole number, or this one when it is left out.
    pub(super) fn number(&self, at: usize, otherwise: i64) -> Result<i64> {
        match self.exprs.get(at) {
            None => Ok(otherwise),
            Some(Expr::Literal(Literal::Int(number))) => Ok(*number),
            Some(_) => {
                Err(self.wrong(format!("argument {} of `{}` is no constant number", at + 1, self.function.name())))
            }
        }
    }

    /// What validation of the plan should have found, or could not.
    pub(super) fn wrong(&self, message: String) -> Error {
        Error::new(ErrorKind::Plan, message)
    }

    fn arity(&self) -> Result<()> {
        let (least, most) = spec_of(Callee::Function(self.function)).arity();
        let found = self.args.len();
        if (least..=most).contains(&found) {
            return Ok(());
        }
        Err(self.wrong(format!("`{}` was called with {found} arguments", self.function.name())))
    }

    /// The values of the call.
    pub(super) fn values(&self) -> Result<Series> {
        self.arity()?;
        let args = self.args;
        match self.function {
            Function::Abs | Function::Round | Function::Floor | Function::Ceil | Function::Sign => number::shape(self),
            Function::Sqrt | Function::Exp | Function::Ln | Function::Log10 | Function::Power => number::real(self),
            Function::FloorDiv => super::arithmetic::floor_div(&args[0], &args[1]),
            Function::Coalesce => choice::coalesce(args),
            Function::NullIf => choice::null_if(&args[0], &args[1]),
            Function::Between => choice::between(&args[0], &args[1], &args[2]),
            Function::IsIn => choice::is_in(args),
            Function::IsDistinctFrom => choice::is_distinct_from(&args[0], &args[1]),
            Function::Least | Function::Greatest => choice::extreme(args, self.function == Function::Least),
            Function::Like | Function::RegexMatches | Function::RegexExtract | Function::RegexReplace => {
                pattern::call(self)
            }
            Function::DateTrunc | Function::DateAdd | Function::DateDiff | Function::ToTimestamp => time::call(self),
            Function::ParseTimestamp => time_text::parse(&args[0], self),
            Function::FormatTimestamp => time_text::format(&args[0], self),
            Function::ToDate => super::cast(&args[0], &headwater::DataType::Date),
            Function::JsonValue => json::value(&args[0], self.constant(1)?),
            Function::Field => list::field(&args[0], self.constant(1)?),
            Function::Get => list::get(&args[0], &args[1]),
            Function::ListLength => list::length(&args[0]),
            Function::ListContains => list::contains(&args[0], &args[1]),
            Function::Hash => hash::place(args),
            Function::Md5 | Function::Sha256 => hash::digest(self),
            Function::Year
            | Function::Month
            | Function::Day
            | Function::Hour
            | Function::Minute
            | Function::Second
            | Function::DayOfWeek
            | Function::DayOfYear
            | Function::EpochMs => time::part(self.function, &args[0]),
            _ => text::call(self.function, args),
        }
    }
}
