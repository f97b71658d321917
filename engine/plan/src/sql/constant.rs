//! Constants, types and lengths of time of SQL text.

use sqlparser::ast::{DataType as SqlType, DateTimeField, Expr as Sql, Interval, TypedString, Value, ValueWithSpan};

use super::fault::SqlFault;
use crate::expr::{Expr, Literal, lit, null, timestamp_ms};
use crate::instant::parse_instant;
use crate::schema::DataType;

/// A constant.
pub(super) fn constant(value: &ValueWithSpan) -> Result<Expr, SqlFault> {
    let constant = match &value.value {
        Value::Number(digits, _) => number(digits),
        Value::SingleQuotedString(text)
        | Value::DollarQuotedString(sqlparser::ast::DollarQuotedString { value: text, .. }) => Ok(lit(text.as_str())),
        Value::Boolean(value) => Ok(lit(*value)),
        Value::Null => Ok(null()),
        Value::Placeholder(name) => {
            Err(SqlFault::new(format!("`{name}` stands for a value that is not there")).hint("write the value itself"))
        }
        other => {
            Err(SqlFault::new(format!("`{other}` is no constant here")).hint("texts stand in single quotes: `'text'`"))
        }
    };
    constant.map_err(|fault| fault.at(value.span.start))
}

/// A number, with its sign when it has one: whole where it has neither point nor exponent.
pub(super) fn number(digits: &str) -> Result<Expr, SqlFault> {
    if let Ok(whole) = digits.parse::<i64>() {
        return Ok(lit(whole));
    }
    match digits.parse::<f64>() {
        Ok(real) if real.is_finite() && digits.contains(['.', 'e', 'E']) => Ok(lit(real)),
        _ => Err(SqlFault::new(format!("`{digits}` is beyond what a BIGINT holds"))
            .hint(format!("as a DOUBLE: `{digits}.0`"))),
    }
}

/// `timestamp '2024-01-31T12:00:00Z'`, `date '2024-01-31'`.
pub(super) fn typed(typed: &TypedString) -> Result<Expr, SqlFault> {
    let fault = |message: String| SqlFault::new(message).at(typed.value.span.start);
    let Value::SingleQuotedString(text) = &typed.value.value else {
        return Err(fault("a text in single quotes is wanted".into()));
    };
    let millis = || parse_instant(text).map_err(fault);
    match data_type(&typed.data_type)? {
        DataType::Timestamp => Ok(timestamp_ms(millis()?)),
        DataType::Date => millis().map(|_| lit(text.as_str()).cast(DataType::Date)),
        other => Ok(lit(text.as_str()).cast(other)),
    }
}

/// A type, by the names of this engine and the usual ones of standard SQL.
pub(super) fn data_type(named: &SqlType) -> Result<DataType, SqlFault> {
    let name = named.to_string().to_ascii_uppercase();
    let word = name.split('(').next().unwrap_or_default().trim();
    match word {
        "INTEGER" | "INT4" => Ok(DataType::Int32),
        "INT8" | "LONG" => Ok(DataType::Int64),
        "DOUBLE PRECISION" | "FLOAT8" => Ok(DataType::Float64),
        "VARCHAR" | "CHARACTER VARYING" | "TEXT" => Ok(DataType::String),
        "BOOL" => Ok(DataType::Boolean),
        "TIMESTAMP WITHOUT TIME ZONE" => Ok(DataType::Timestamp),
        _ => DataType::parse(&named.to_string()).map_err(|mistake| {
            let fault = SqlFault::new(mistake.message);
            mistake.hint.into_iter().fold(fault, SqlFault::hint)
        }),
    }
}

/// A length of time as this engine writes it: `interval '5' minute` is `5m`.
pub(super) fn length(interval: &Interval) -> Result<String, SqlFault> {
    let amount = match &*interval.value {
        Sql::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => text.trim().to_owned(),
        Sql::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => digits.clone(),
        _ => return Err(SqlFault::new("the length of an interval is a constant").hint("write `interval '5' minute`")),
    };
    let Some(field) = &interval.leading_field else { return worded(&amount) };
    if interval.last_field.is_some() {
        return Err(SqlFault::new("an interval of several units is not possible").hint("write `interval '1h30m'`"));
    }
    let unit = unit(&field.to_string())?;
    scaled(&amount, unit)
}

/// `5 minutes`, `1h30m` or `-2 days`, as in `interval '5 minutes'`.
fn worded(text: &str) -> Result<String, SqlFault> {
    match text.split_once(' ') {
        Some((amount, name)) => scaled(amount, unit(name)?),
        None => Ok(text.to_owned()),
    }
}

fn scaled(amount: &str, (unit, times): (&str, u64)) -> Result<String, SqlFault> {
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |digits| ("-", digits));
    let number: Option<u64> = digits.trim().parse().ok();
    match number.and_then(|number| number.checked_mul(times)) {
        Some(number) => Ok(format!("{sign}{number}{unit}")),
        None => Err(SqlFault::new(format!("`{amount}` is no whole number of units"))),
    }
}

/// The engine's unit of a name, and how many of them it is.
fn unit(name: &str) -> Result<(&'static str, u64), SqlFault> {
    let small = name.trim().to_ascii_lowercase();
    Ok(match small.strip_suffix('s').unwrap_or(&small) {
        "millisecond" => ("ms", 1),
        "second" => ("s", 1),
        "minute" => ("m", 1),
        "hour" => ("h", 1),
        "day" => ("d", 1),
        "week" => ("d", 7),
        "month" | "quarter" | "year" => {
            return Err(SqlFault::new(format!("an interval of a {small} has no fixed length")).hint("say it in days"));
        }
        _ => {
            return Err(
                SqlFault::new(format!("no unit `{name}`")).hint("units: millisecond, second, minute, hour, day, week")
            );
        }
    })
}

/// The function that `extract(field from …)` means.
pub(super) fn part(field: &DateTimeField) -> String {
    let name = field.to_string().to_ascii_lowercase();
    match name.as_str() {
        "dow" | "dayofweek" | "isodow" => "day_of_week".into(),
        "doy" | "dayofyear" => "day_of_year".into(),
        other => other.strip_suffix('s').unwrap_or(other).to_owned(),
    }
}

/// The text of a constant, where it is one.
pub(super) fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}
