//! Expressions as text, near to SQL: `amount * rate > 0 and city is not null`. Errors and plan listings use it.

use std::fmt;

use super::{BinaryOp, Expr, Function, Literal, UnaryOp};
use crate::catalogue::{Callee, spec_of};
use crate::names::write_name;

/// How tightly the parts of an expression hold together; an operand that holds less tightly gets brackets.
mod tightness {
    pub const ALIAS: u8 = 0;
    pub const SQL: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const NOT: u8 = 4;
    pub const COMPARE: u8 = 5;
    pub const ADD: u8 = 6;
    pub const MULTIPLY: u8 = 7;
    pub const NEGATE: u8 = 8;
    pub const ATOM: u8 = 9;
}

impl BinaryOp {
    /// The sign between the operands.
    pub fn symbol(self) -> &'static str {
        spec_of(Callee::Binary(self)).name
    }

    fn tightness(self) -> u8 {
        match self {
            BinaryOp::Add | BinaryOp::Sub => tightness::ADD,
            BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod => tightness::MULTIPLY,
            BinaryOp::And => tightness::AND,
            BinaryOp::Or => tightness::OR,
            _ => tightness::COMPARE,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, tightness::ALIAS)
    }
}

impl Expr {
    fn tightness(&self) -> u8 {
        match self {
            Expr::Alias { .. } => tightness::ALIAS,
            Expr::Sql(_) => tightness::SQL,
            Expr::Binary { op, .. } => op.tightness(),
            Expr::Unary { op: UnaryOp::Not, .. } => tightness::NOT,
            Expr::Unary { op: UnaryOp::IsNull | UnaryOp::IsNotNull, .. } => tightness::COMPARE,
            Expr::Unary { op: UnaryOp::Negate, .. } => tightness::NEGATE,
            Expr::Function { function, args } if fits_infix(*function, args) => tightness::COMPARE,
            Expr::Literal(Literal::Int(n)) if *n < 0 => tightness::NEGATE,
            Expr::Literal(Literal::Float(x)) if x.is_sign_negative() => tightness::NEGATE,
            _ => tightness::ATOM,
        }
    }

    /// Writes the expression, in brackets where it holds together less tightly than `wanted`.
    fn write(&self, f: &mut fmt::Formatter<'_>, wanted: u8) -> fmt::Result {
        if self.tightness() < wanted {
            f.write_str("(")?;
            self.write_bare(f)?;
            return f.write_str(")");
        }
        self.write_bare(f)
    }

    fn write_bare(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.tightness();
        match self {
            Expr::Column(name) => write_name(f, name),
            Expr::Literal(literal) => write!(f, "{literal}"),
            Expr::Binary { op, left, right } => {
                // A chain of one operator reads without brackets, but comparisons do not chain.
                left.write(f, own + u8::from(own == tightness::COMPARE))?;
                write!(f, " {} ", op.symbol())?;
                right.write(f, own + 1)
            }
            Expr::Unary { op, input } => match op {
                UnaryOp::Not => f.write_str("not ").and_then(|()| input.write(f, own)),
                UnaryOp::Negate => f.write_str("-").and_then(|()| input.write(f, tightness::ATOM)),
                UnaryOp::IsNull => input.write(f, own + 1).and_then(|()| f.write_str(" is null")),
                UnaryOp::IsNotNull => input.write(f, own + 1).and_then(|()| f.write_str(" is not null")),
            },
            Expr::Function { function, args } => match member_of(*function, args) {
                Some((whole, name)) => {
                    whole.write(f, tightness::ATOM)?;
                    f.write_str(".").and_then(|()| write_name(f, name))
                }
                None => write_call(f, *function, args),
            },
            Expr::Cast { input, to } => {
                f.write_str("cast(")?;
                input.write(f, tightness::SQL)?;
                write!(f, " as {to})")
            }
            Expr::When { branches, otherwise } => {
                f.write_str("case ")?;
                for branch in branches {
                    f.write_str("when ")?;
                    branch.when.write(f, tightness::OR)?;
                    f.write_str(" then ")?;
                    branch.then.write(f, tightness::OR)?;
                    f.write_str(" ")?;
                }
                f.write_str("else ")?;
                otherwise.write(f, tightness::OR)?;
                f.write_str(" end")
            }
            Expr::Sql(text) => f.write_str(text),
            Expr::Alias { input, name } => {
                input.write(f, tightness::SQL)?;
                f.write_str(" as ")?;
                write_name(f, name)
            }
        }
    }
}

/// `city in ('Oslo', 'Rome')` and the like, where there are as many arguments as there should be.
fn write_infix(f: &mut fmt::Formatter<'_>, function: Function, first: &Expr, rest: &[Expr]) -> fmt::Result {
    let tight = tightness::COMPARE + 1;
    first.write(f, tight)?;
    match (function, rest) {
        (Function::Like, [pattern]) => f.write_str(" like ").and_then(|()| pattern.write(f, tight)),
        (Function::IsDistinctFrom, [other]) => f.write_str(" is distinct from ").and_then(|()| other.write(f, tight)),
        (Function::Between, [low, high]) => {
            f.write_str(" between ").and_then(|()| low.write(f, tight))?;
            f.write_str(" and ").and_then(|()| high.write(f, tight))
        }
        (_, items) => {
            f.write_str(" in (")?;
            write_list(f, items)?;
            f.write_str(")")
        }
    }
}

/// Whether a call can be written between its arguments.
fn fits_infix(function: Function, args: &[Expr]) -> bool {
    match function {
        Function::Like | Function::IsDistinctFrom => args.len() == 2,
        Function::Between => args.len() == 3,
        Function::IsIn => args.len() > 1,
        _ => false,
    }
}

fn write_call(f: &mut fmt::Formatter<'_>, function: Function, args: &[Expr]) -> fmt::Result {
    if let [first, rest @ ..] = args
        && fits_infix(function, args)
    {
        return write_infix(f, function, first, rest);
    }
    write!(f, "{}(", function.name())?;
    write_list(f, args)?;
    f.write_str(")")
}

fn write_list(f: &mut fmt::Formatter<'_>, items: &[Expr]) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        f.write_str(if i > 0 { ", " } else { "" })?;
        item.write(f, tightness::ALIAS)?;
    }
    Ok(())
}

/// `user.name`: the struct and the member's name, where the struct is a column or again a member.
fn member_of(function: Function, args: &[Expr]) -> Option<(&Expr, &str)> {
    let [whole, Expr::Literal(Literal::String(name))] = args else { return None };
    let plain = match whole {
        Expr::Column(_) => true,
        Expr::Function { function, args } => member_of(*function, args).is_some(),
        _ => false,
    };
    (function == Function::Field && plain).then_some((whole, name))
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("null"),
            Literal::Boolean(value) => write!(f, "{value}"),
            Literal::Int(value) => write!(f, "{value}"),
            Literal::Float(value) => write!(f, "{value:?}"),
            Literal::String(value) => write!(f, "'{}'", value.replace('\'', "''")),
            Literal::Timestamp(millis) => write!(f, "timestamp '{}'", Iso(*millis)),
        }
    }
}

/// Epoch milliseconds as `2024-01-01T00:00:00.000Z`.
struct Iso(i64);

impl fmt::Display for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, millis) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        // Civil date from days, with years that begin in March so that the leap day is a year's last.
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let (hour, minute, second) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", millis % 1000)
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn brackets_stand_where_they_are_needed_and_only_there() {
        let shown = [
            (col("a") + col("b")) * 2,
            col("a") + col("b") * 2 - 1,
            col("a") - (col("b") - 1),
            col("a").gt(1).and(col("b").or(col("c"))).not(),
            col("a").eq(1).eq(true),
            -(col("a") + 1) * -3,
            (col("a") + 1).is_null(),
            when(col("a")).then(1).otherwise(2) + 1,
            col("a").alias("b").cast(DOUBLE),
            2.5 / col("my col"),
            lit("it's"),
        ];
        let shown: Vec<String> = shown.iter().map(|expr| expr.to_string()).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        (a + b) * 2
        a + b * 2 - 1
        a - (b - 1)
        not (a > 1 and (b or c))
        (a = 1) = true
        -(a + 1) * -3
        a + 1 is null
        case when a then 1 else 2 end + 1
        cast((a as b) as DOUBLE)
        2.5 / "my col"
        'it''s'
        "#);
    }

    #[test]
    fn moments_are_shown_in_utc() {
        let shown = [0, -1, 951_782_400_000, 4_102_444_799_999].map(|ms| timestamp_ms(ms).to_string());
        insta::assert_snapshot!(shown.join("\n"), @r"
        timestamp '1970-01-01T00:00:00.000Z'
        timestamp '1969-12-31T23:59:59.999Z'
        timestamp '2000-02-29T00:00:00.000Z'
        timestamp '2099-12-31T23:59:59.999Z'
        ");
    }
}
