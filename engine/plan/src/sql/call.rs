//! Calls of functions in SQL text: the catalogue's row by name, and arguments that are words instead of values.

use sqlparser::ast::{Expr as Sql, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident};

use super::constant;
use super::fault::SqlFault;
use super::translate::Translator;
use crate::catalogue::{Callee, FunctionSpec, Takes, catalogue, function_named, names_of};
use crate::expr::{Branch, Expr, col, lit};
use crate::names::suggest;

/// What asks for something else than the row: another answer each time, so that a preview would not be what a job does.
const FICKLE: [&str; 9] = [
    "now",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtimestamp",
    "random",
    "rand",
    "uuid",
    "gen_random_uuid",
];

impl Translator<'_> {
    /// `name(arguments)`.
    pub(super) fn call(&mut self, call: &Function) -> Result<Expr, SqlFault> {
        let name = call.name.to_string();
        let place = call.name.0.first().and_then(|part| part.as_ident()).map(|ident| ident.span.start);
        let located = |fault: SqlFault| match place {
            Some(place) => fault.at(place),
            None => fault,
        };
        if let FunctionArguments::None = call.args {
            // Such words are functions elsewhere; here `user` is a column like any other.
            return match FICKLE.contains(&name.to_ascii_lowercase().as_str()) {
                true => Err(located(fickle(&name))),
                false => Ok(col(name)),
            };
        }
        let named = self.named(&name, call).map_err(located)?;
        let args = arguments(call).map_err(located)?;
        match named {
            Named::If => self.choice(&args).map_err(located),
            Named::Row(spec) => self.of_row(spec, &args).map_err(located),
        }
    }

    fn named(&self, name: &str, call: &Function) -> Result<Named, SqlFault> {
        let small = name.to_ascii_lowercase();
        if call.over.is_some() {
            let fault =
                SqlFault::new(format!("`{name}(…) over …` is a window function, which an expression cannot have"));
            return Err(fault.hint("group the rows: `.group_by(…).window(…).agg(…)`"));
        }
        if let Some(spec) = function_named(&small) {
            return Ok(Named::Row(spec));
        }
        if small == "if" {
            return Ok(Named::If);
        }
        if AGGREGATES.contains(&small.as_str()) {
            let fault = SqlFault::new(format!("`{name}` is an aggregate, which needs groups of rows"));
            return Err(fault.hint("write it in `.agg([…])` after `.group_by(…)`"));
        }
        if FICKLE.contains(&small.as_str()) {
            return Err(fickle(name));
        }
        let names: Vec<&str> =
            catalogue().filter(|spec| matches!(spec.callee, Callee::Function(_))).flat_map(names_of).collect();
        let fault = SqlFault::new(format!("no function `{name}`"));
        Err(match suggest(&small, names) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault.hint("docs/reference/functions.md lists them"),
        })
    }

    /// A call of a row with these arguments.
    pub(super) fn of_row(&mut self, spec: &'static FunctionSpec, args: &[&Sql]) -> Result<Expr, SqlFault> {
        let mut values = Vec::with_capacity(args.len());
        for (at, arg) in args.iter().enumerate() {
            let takes = spec.param(at).map(|param| param.takes);
            values.push(self.argument(takes, arg)?);
        }
        // A number that the builders always give, though SQL may leave it out: so that both make the same plan.
        let left_out =
            spec.params.iter().skip(args.len()).filter(|param| matches!(param.takes, Takes::Digits | Takes::Group));
        if !args.is_empty() {
            values.extend(left_out.filter(|param| param.optional).map(|_| lit(0)));
        }
        match spec.callee {
            Callee::Function(function) => Ok(Expr::Function { function, args: values }),
            Callee::Binary(op) => {
                let both: [Expr; 2] = values.try_into().map_err(|found: Vec<Expr>| {
                    SqlFault::new(format!("`{}` takes 2 arguments, not {}", spec.name, found.len()))
                })?;
                let [left, right] = both.map(Box::new);
                Ok(Expr::Binary { op, left, right })
            }
            _ => Err(SqlFault::new(format!("`{}` is no function", spec.name))),
        }
    }

    /// An argument; where a unit or a length is wanted, a bare word or an interval is its text.
    fn argument(&mut self, takes: Option<Takes>, arg: &Sql) -> Result<Expr, SqlFault> {
        match (takes, arg) {
            (Some(Takes::Word(_)), Sql::Identifier(Ident { value, quote_style: None, .. })) => {
                Ok(lit(value.to_ascii_lowercase()))
            }
            (Some(Takes::Length), Sql::Interval(interval)) => Ok(lit(constant::length(interval)?)),
            _ => self.expr(arg),
        }
    }

    /// `if(condition, value, otherwise)`.
    fn choice(&mut self, args: &[&Sql]) -> Result<Expr, SqlFault> {
        let [when, then, otherwise] = args else {
            return Err(SqlFault::new(format!("`if` takes 3 arguments, not {}", args.len())));
        };
        let branch = Branch { when: self.expr(when)?, then: self.expr(then)? };
        Ok(Expr::When { branches: vec![branch], otherwise: Box::new(self.expr(otherwise)?) })
    }
}

enum Named {
    Row(&'static FunctionSpec),
    If,
}

/// The names of aggregates, here and in other systems.
pub(super) const AGGREGATES: [&str; 20] = [
    "count",
    "sum",
    "min",
    "max",
    "mean",
    "avg",
    "first",
    "last",
    "count_distinct",
    "approx_count_distinct",
    "approx_quantile",
    "top_values",
    "collect",
    "stddev",
    "variance",
    "median",
    "first_value",
    "last_value",
    "array_agg",
    "string_agg",
];

fn fickle(name: &str) -> SqlFault {
    SqlFault::new(format!("`{name}` gives another answer each time it is asked"))
        .hint("what a preview shows and a job does must be the same: take times from the data")
}

pub(super) fn arguments(call: &Function) -> Result<Vec<&Sql>, SqlFault> {
    let FunctionArguments::List(list) = &call.args else {
        return Err(SqlFault::new("a subquery cannot stand in an expression").hint("join the two streams instead"));
    };
    let more = list.duplicate_treatment.is_some() || !list.clauses.is_empty() || call.filter.is_some();
    if more || !call.within_group.is_empty() || call.null_treatment.is_some() {
        return Err(SqlFault::new(format!("`{}` takes arguments only, no clauses", call.name)));
    }
    let value = |arg| match arg {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Ok(expr),
        FunctionArg::Unnamed(_) => Err(SqlFault::new(format!("`*` is no argument of `{}`", call.name))),
        FunctionArg::Named { .. } | FunctionArg::ExprNamed { .. } => {
            Err(SqlFault::new(format!("arguments of `{}` have no names", call.name)))
        }
    };
    list.args.iter().map(value).collect()
}
