//! The type of an expression, and every way in which the types of its parts do not fit.

use super::{literal_mistake, no_column};
use crate::catalogue::{Callee, Takes, spec_of};
use crate::expr::{BinaryOp, Branch, Expr, Literal};
use crate::mistake::Mistake;
use crate::{DataType, Schema};

impl Expr {
    /// The type of its values over rows of this schema, or the first mistake in it.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// # use headwater::Schema;
    /// let schema = Schema::parse("city STRING, amount DOUBLE")?;
    /// assert_eq!((col("amount") * 2).data_type(&schema)?, DOUBLE);
    /// assert!(col("city").gt(1).data_type(&schema).is_err());
    /// # Ok::<(), headwater::Mistake>(())
    /// ```
    pub fn data_type(&self, schema: &Schema) -> Result<DataType, Mistake> {
        type_of(self, schema).map_err(|mistakes| mistakes.into_iter().next().unwrap_or_else(|| untyped(self)))
    }
}

/// The type of an expression, or all that is wrong in it.
pub(super) fn type_of(expr: &Expr, schema: &Schema) -> Result<DataType, Vec<Mistake>> {
    let mut typer = Typer { schema, mistakes: Vec::new() };
    if expr.has_sql() {
        return Err(vec![
            Mistake::new("SQL text is not read yet").hint("look at the stream in a notebook, or build the expression"),
        ]);
    }
    match typer.of(expr) {
        _ if !typer.mistakes.is_empty() => Err(typer.mistakes),
        Kind::Known(data_type) => Ok(data_type),
        Kind::Null | Kind::Wrong => Err(vec![untyped(expr)]),
    }
}

fn untyped(expr: &Expr) -> Mistake {
    Mistake::new(format!("`{expr}` has no type")).hint("say which: `null().cast(STRING)`")
}

/// What is known of the type of a part.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Known(DataType),
    /// It is always null, so that it fits everywhere.
    Null,
    /// It has a mistake that is already noted, so that nothing more is said of it.
    Wrong,
}

pub(super) struct Typer<'a> {
    pub(super) schema: &'a Schema,
    mistakes: Vec<Mistake>,
}

impl Typer<'_> {
    pub(super) fn wrong(&mut self, mistake: Mistake) -> Kind {
        self.mistakes.push(mistake);
        Kind::Wrong
    }

    pub(super) fn of(&mut self, expr: &Expr) -> Kind {
        match expr {
            Expr::Column(name) => match self.schema.field(name) {
                Some(field) => Kind::Known(field.data_type.clone()),
                None => self.wrong(no_column(name, self.schema)),
            },
            Expr::Literal(literal) => match literal_mistake(expr) {
                Some(mistake) => self.wrong(mistake),
                None => literal_kind(literal),
            },
            Expr::Binary { op, left, right } => self.binary(expr, *op, left, right),
            Expr::Unary { op, input } => self.call(expr, spec_of(Callee::Unary(*op)), std::slice::from_ref(&**input)),
            Expr::Function { function, args } => self.call(expr, spec_of(Callee::Function(*function)), args),
            Expr::Cast { input, to } => self.cast(expr, input, to),
            Expr::When { branches, otherwise } => self.when(expr, branches, otherwise),
            Expr::Alias { input, .. } => self.of(input),
            Expr::Sql(_) => Kind::Wrong, // found before: such an expression has no type
        }
    }

    fn binary(&mut self, expr: &Expr, op: BinaryOp, left: &Expr, right: &Expr) -> Kind {
        let spec = spec_of(Callee::Binary(op));
        match spec.params[0].takes {
            Takes::Equal => self.comparison(expr, false, left, right),
            Takes::Ordered => self.comparison(expr, true, left, right),
            _ => self.typed_call(expr, spec, &[left, right]),
        }
    }

    fn comparison(&mut self, expr: &Expr, ordered: bool, left: &Expr, right: &Expr) -> Kind {
        match (self.of(left), self.of(right)) {
            (Kind::Known(a), Kind::Known(b)) if common_type(&a, &b).is_none() => {
                let hint = comparison_hint(self.schema, left, right, &a, &b);
                self.wrong(Mistake { message: format!("`{expr}` compares {a} with {b}"), hint })
            }
            (Kind::Known(a), _) | (_, Kind::Known(a)) if a.is_nested() || (ordered && a == DataType::Boolean) => {
                let what = if ordered { "has no order" } else { "cannot be compared" };
                self.wrong(Mistake::new(format!("`{expr}`: {a} {what}")))
            }
            (Kind::Wrong, _) | (_, Kind::Wrong) => Kind::Wrong,
            _ => Kind::Known(DataType::Boolean),
        }
    }

    fn cast(&mut self, expr: &Expr, input: &Expr, to: &DataType) -> Kind {
        match self.of(input) {
            Kind::Wrong => Kind::Wrong,
            Kind::Known(from) if !can_cast(&from, to) => self.wrong(cast_mistake(&format!("`{expr}`"), &from, to)),
            _ => Kind::Known(to.clone()),
        }
    }

    fn when(&mut self, expr: &Expr, branches: &[Branch], otherwise: &Expr) -> Kind {
        if branches.is_empty() {
            return self.wrong(Mistake::new(format!("`{expr}` has no branch")));
        }
        let conditions: Vec<&Expr> = branches.iter().map(|branch| &branch.when).collect();
        self.all(expr, &conditions, "a BOOLEAN condition", |found| *found == DataType::Boolean);
        let values: Vec<&Expr> = branches.iter().map(|branch| &branch.then).chain([otherwise]).collect();
        self.one_type(expr, &values)
    }

    /// Notes every part whose type is not wanted; `whole` needs `wanted`.
    pub(super) fn all(
        &mut self,
        whole: &Expr,
        parts: &[&Expr],
        wanted: &str,
        fits: impl Fn(&DataType) -> bool,
    ) -> Vec<Kind> {
        let mut kinds = Vec::with_capacity(parts.len());
        for part in parts {
            let mut kind = self.of(part);
            if let Kind::Known(found) = &kind
                && !fits(found)
            {
                let hint = part_hint(self.schema, part, found, wanted);
                kind = self.wrong(Mistake { message: format!("`{whole}` needs {wanted}; `{part}` is {found}"), hint });
            }
            kinds.push(kind);
        }
        kinds
    }

    /// The one type that all of these values have.
    fn one_type(&mut self, whole: &Expr, values: &[&Expr]) -> Kind {
        let mut common = Kind::Null;
        for value in values {
            let kind = self.of(value);
            common = self.joined(whole, common, kind);
        }
        common
    }

    /// The type that both fit.
    pub(super) fn joined(&mut self, whole: &Expr, one: Kind, other: Kind) -> Kind {
        match (one, other) {
            (Kind::Wrong, _) | (_, Kind::Wrong) => Kind::Wrong,
            (kind, Kind::Null) | (Kind::Null, kind) => kind,
            (Kind::Known(a), Kind::Known(b)) => match common_type(&a, &b) {
                Some(both) => Kind::Known(both),
                None => {
                    let mistake = Mistake::new(format!("`{whole}` mixes {a} with {b}"));
                    self.wrong(match a.is_nested() || b.is_nested() {
                        true => mistake,
                        false => mistake.hint("cast them to one type, such as `.cast(STRING)`"),
                    })
                }
            },
        }
    }
}

/// The widest of these numbers: `INT`, `BIGINT` or `DOUBLE`.
pub(super) fn widest(kinds: &[Kind]) -> Kind {
    if kinds.contains(&Kind::Wrong) {
        return Kind::Wrong;
    }
    let widest = [DataType::Float64, DataType::Int64, DataType::Int32].map(Kind::Known);
    widest.into_iter().find(|wide| kinds.contains(wide)).unwrap_or(Kind::Null)
}

fn literal_kind(literal: &Literal) -> Kind {
    Kind::Known(match literal {
        Literal::Null => return Kind::Null,
        Literal::Boolean(_) => DataType::Boolean,
        Literal::Int(_) => DataType::Int64,
        Literal::Float(_) => DataType::Float64,
        Literal::String(_) => DataType::String,
        Literal::Timestamp(_) => DataType::Timestamp,
    })
}

/// The type that can hold both without loss of kind: equal ones, the wider of two
/// numbers, or the start of a day beside a moment.
pub(super) fn common_type(a: &DataType, b: &DataType) -> Option<DataType> {
    match (a, b) {
        _ if a == b => Some(a.clone()),
        _ if a.is_integer() && b.is_integer() => Some(DataType::Int64),
        _ if a.is_numeric() && b.is_numeric() => Some(DataType::Float64),
        (DataType::Date, DataType::Timestamp) | (DataType::Timestamp, DataType::Date) => Some(DataType::Timestamp),
        _ => None,
    }
}

/// Whether a cast has a meaning: among numbers and booleans; between a text and anything flat; between a `TIMESTAMP` and
/// its epoch milliseconds or its `DATE`.
pub(super) fn can_cast(from: &DataType, to: &DataType) -> bool {
    use DataType::{Binary, Boolean, Date, Int64, String, Timestamp};
    let numberlike = |t: &DataType| t.is_numeric() || *t == Boolean;
    match (from, to) {
        _ if from == to => true,
        _ if from.is_nested() || to.is_nested() => false,
        (String, _) | (_, String) => true,
        (Timestamp, Int64 | Date) | (Int64 | Date, Timestamp) => true,
        (Binary, _) | (_, Binary) => false,
        _ => numberlike(from) && numberlike(to),
    }
}

pub(super) fn cast_mistake(what: &str, from: &DataType, to: &DataType) -> Mistake {
    let mistake = Mistake::new(format!("{what} cannot turn {from} into {to}"));
    match (from, to) {
        (DataType::Timestamp, to) if to.is_numeric() => {
            mistake.hint("`.cast(BIGINT)` gives epoch milliseconds, which can be cast on")
        }
        (from, DataType::Timestamp) if from.is_numeric() => {
            mistake.hint("a TIMESTAMP is made of a BIGINT of epoch milliseconds")
        }
        _ => mistake,
    }
}

/// A text beside an expression is a constant; who wrote `gt("limit")` may have meant the column `limit`.
fn meant_column(schema: &Schema, expr: &Expr) -> Option<String> {
    match expr {
        Expr::Literal(Literal::String(text)) if schema.field(text).is_some() => {
            Some(format!("for the column write `col(\"{text}\")`"))
        }
        _ => None,
    }
}

fn comparison_hint(schema: &Schema, left: &Expr, right: &Expr, a: &DataType, b: &DataType) -> Option<String> {
    if let Some(hint) = meant_column(schema, right).or_else(|| meant_column(schema, left)) {
        return Some(hint);
    }
    let (text, other, other_type) = match (a, b) {
        (DataType::String, _) => (left, right, b),
        (_, DataType::String) => (right, left, a),
        _ => return Some("cast one side to the type of the other".into()),
    };
    match (text, other_type) {
        (Expr::Literal(Literal::String(text)), DataType::Timestamp | DataType::Date) => {
            Some(format!("write `lit(\"{text}\").cast({other_type})`"))
        }
        (Expr::Literal(Literal::String(text)), t) if t.is_numeric() && text.trim().parse::<f64>().is_ok() => {
            Some(format!("write `{}`, without quotes", text.trim()))
        }
        (Expr::Literal(_), _) => Some(format!("cast the column: `{}`", cast_text(other, &DataType::String))),
        (column, t) => Some(format!("cast the text: `{}`", cast_text(column, t))),
    }
}

fn part_hint(schema: &Schema, part: &Expr, found: &DataType, wanted: &str) -> Option<String> {
    if let Some(hint) = meant_column(schema, part) {
        return Some(hint);
    }
    match (wanted, found) {
        ("STRING", found) if !found.is_nested() => Some(format!("cast it: `{}`", cast_text(part, &DataType::String))),
        ("numbers", DataType::String) => {
            Some(format!("cast it: `{}`; texts are joined with `concat([…])`", cast_text(part, &DataType::Float64)))
        }
        ("numbers", DataType::Timestamp) => {
            Some(format!("`{}` gives epoch milliseconds", cast_text(part, &DataType::Int64)))
        }
        ("whole numbers", DataType::Float64) => Some(format!("cast it: `{}`", cast_text(part, &DataType::Int64))),
        ("BOOLEAN" | "a BOOLEAN condition", _) if !found.is_nested() => {
            Some("compare it: `.gt(0)`, `.eq(\"…\")`, `.is_not_null()`".into())
        }
        _ => None,
    }
}

/// How a cell writes the cast.
pub(super) fn cast_text(expr: &Expr, to: &DataType) -> String {
    match expr {
        Expr::Column(name) => format!("col({name:?}).cast({to})"),
        _ => format!(".cast({to})"),
    }
}
