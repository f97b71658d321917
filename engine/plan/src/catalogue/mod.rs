//! The function catalogue: the one table of everything an expression can compute. Type checking, names, SQL text, the reference
//! page (`docs/reference/functions.md`) and the tests that run each example all come from it.

mod conditions;
mod hashes;
mod nested;
mod numbers;
mod operators;
#[cfg(test)]
mod page;
mod signature;
#[cfg(test)]
mod tests;
mod text;
mod times;

use crate::expr::{BinaryOp, Expr, Function, UnaryOp};

/// Everything that an expression can compute, by theme, in the order of the reference page.
pub const THEMES: [Theme; 7] = [
    Theme { name: "Operators", specs: operators::OPERATORS },
    Theme { name: "Conditions", specs: conditions::CONDITIONS },
    Theme { name: "Numbers", specs: numbers::NUMBERS },
    Theme { name: "Texts", specs: text::TEXTS },
    Theme { name: "Dates and times", specs: times::TIMES },
    Theme { name: "JSON, lists and structs", specs: nested::NESTED },
    Theme { name: "Hashes", specs: hashes::HASHES },
];

/// The columns of the row that the examples read.
pub const EXAMPLE_SCHEMA: &str = "city STRING, amount DOUBLE, quantity INT, ts TIMESTAMP, day DATE, paid BOOLEAN, note STRING, \
     tags ARRAY<STRING>, user STRUCT<name STRING, born BIGINT>, payload STRING";

/// That row, as a JSON record.
pub const EXAMPLE_ROW: &str = r#"{"city":"New York","amount":12.5,"quantity":3,"ts":"2024-02-29T13:45:30.250Z","day":"2024-02-29","paid":true,"note":null,"tags":["red","blue"],"user":{"name":"Ada","born":1815},"payload":"{\"id\":7,\"items\":[{\"sku\":\"a-1\"}]}"}"#;

/// A part of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// Its name, a heading.
    pub name: &'static str,
    /// What belongs to it.
    pub specs: &'static [FunctionSpec],
}

/// One function or operator: what it takes, gives and means, and how it is said elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct FunctionSpec {
    /// Which part of an expression it is.
    pub callee: Callee,
    /// Its name: in JSON for a function, in texts for all; of an operator its sign.
    pub name: &'static str,
    /// Other names that SQL text may call it by.
    pub aliases: &'static [&'static str],
    /// What it takes, in the order in which SQL and JSON hold the arguments.
    pub params: &'static [Param],
    /// Whether the last parameter may be given any number of times, but at least once.
    pub repeats: bool,
    /// The type of its values.
    pub gives: Gives,
    /// What it computes, a sentence.
    pub doc: &'static str,
    /// What nulls do to it.
    pub nulls: &'static str,
    /// What values it cannot compute, and what they become; empty when there are none.
    pub faults: &'static str,
    /// How Flink SQL says it, `{0}` being the first argument and `{*}` all of them; `None` when Flink cannot say it.
    pub flink: Option<&'static str>,
    /// Examples over [`EXAMPLE_ROW`].
    pub examples: &'static [Example],
}

/// Which part of an expression a row of the catalogue describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callee {
    /// `name(arguments)`.
    Function(Function),
    /// A sign between two operands.
    Binary(BinaryOp),
    /// A sign with one operand.
    Unary(UnaryOp),
    /// `cast(value as type)`.
    Cast,
    /// `case when … then … else … end`.
    When,
}

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// What it is called in the signature.
    pub name: &'static str,
    /// What may stand there.
    pub takes: Takes,
    /// Whether it may be left out; then so may those after it.
    pub optional: bool,
}

/// What may stand at the place of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A value of any type.
    Any,
    /// A value that is neither list nor struct.
    Flat,
    /// `BOOLEAN`.
    Truth,
    /// `INT`, `BIGINT` or `DOUBLE`.
    Number,
    /// `INT` or `BIGINT`.
    Whole,
    /// `STRING`.
    Text,
    /// `DATE` or `TIMESTAMP`; a date is its first moment, UTC.
    Time,
    /// `DATE`, `TIMESTAMP` or `STRING`.
    Day,
    /// One type with the other arguments that say so, numbers being widened.
    Same,
    /// As [`Takes::Same`], and values of it can be told apart: neither list nor struct.
    Equal,
    /// As [`Takes::Equal`], and values of it have an order: not `BOOLEAN` either.
    Ordered,
    /// `ARRAY<…>`.
    List,
    /// What the list of the same call holds.
    Element,
    /// `STRUCT<…>`.
    Struct,
    /// A constant that is comparable with the first argument.
    Listed,
    /// A constant whole number from 0 to 15.
    Digits,
    /// A constant whole number from 0 on.
    Group,
    /// A constant text: one of these words, in small or capital letters.
    Word(&'static [&'static str]),
    /// A constant text: a length of time such as `5m` or `-1h30m`.
    Length,
    /// A constant text: a regular expression as the crate `regex` reads it.
    Pattern,
    /// A constant text: a format of `%Y`, `%m`, `%d`, `%H`, … as the crate `chrono` reads it.
    Format,
    /// A constant text: a path such as `$.user.tags[0]`.
    Path,
    /// A constant text: the name of a member of the struct.
    Member,
}

/// The type of a function's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// `BOOLEAN`.
    Boolean,
    /// `BIGINT`.
    BigInt,
    /// `DOUBLE`.
    Double,
    /// `STRING`.
    Text,
    /// `DATE`.
    Date,
    /// `TIMESTAMP`.
    Timestamp,
    /// `ARRAY<STRING>`.
    Texts,
    /// The widest of the numbers: `INT`, `BIGINT` or `DOUBLE`.
    Widest,
    /// The one type of the arguments that are [`Takes::Same`] or ordered.
    Same,
    /// What the list holds.
    Element,
    /// The type of the struct's member.
    Member,
    /// The type that is named.
    Named,
}

/// An expression and its value over [`EXAMPLE_ROW`].
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// As SQL text.
    pub sql: &'static str,
    /// As a cell writes it.
    pub rust: &'static str,
    /// What that makes.
    pub build: fn() -> Expr,
    /// The value: texts in single quotes, times as ISO-8601, lists in square brackets.
    pub value: &'static str,
}

/// The catalogue, row by row.
pub fn catalogue() -> impl Iterator<Item = &'static FunctionSpec> {
    THEMES.iter().flat_map(|theme| theme.specs)
}

/// The row of a part of an expression.
///
/// # Panics
/// Never: a test finds every part in the table.
pub fn spec_of(callee: Callee) -> &'static FunctionSpec {
    catalogue().find(|spec| spec.callee == callee).expect("every part of an expression has its row")
}

/// The row that SQL text means by `name(…)`, in small or capital letters: a function, or `mod`, which is a sign too.
///
/// ```
/// use headwater::catalogue::function_named;
/// assert_eq!(function_named("CHAR_LENGTH").map(|spec| spec.name), Some("length"));
/// assert!(function_named("no_such").is_none());
/// ```
pub fn function_named(name: &str) -> Option<&'static FunctionSpec> {
    let called = |spec: &&FunctionSpec| matches!(spec.callee, Callee::Function(_) | Callee::Binary(BinaryOp::Mod));
    catalogue().filter(called).find(|spec| names_of(spec).any(|own| own.eq_ignore_ascii_case(name)))
}

/// The functions, without the operators.
pub fn functions() -> impl Iterator<Item = &'static FunctionSpec> {
    catalogue().filter(|spec| matches!(spec.callee, Callee::Function(_)))
}

/// Every name that SQL text may call a row by.
pub fn names_of(spec: &'static FunctionSpec) -> impl Iterator<Item = &'static str> {
    std::iter::once(spec.name).chain(spec.aliases.iter().copied())
}

/// A row with the usual answers, for `..PLAIN`.
const PLAIN: FunctionSpec = FunctionSpec {
    callee: Callee::Cast,
    name: "",
    aliases: &[],
    params: &[],
    repeats: false,
    gives: Gives::Text,
    doc: "",
    nulls: "null where any argument is null",
    faults: "",
    flink: None,
    examples: &[],
};

/// The usual row of a named function.
const fn function(function: Function, name: &'static str) -> FunctionSpec {
    FunctionSpec { callee: Callee::Function(function), name, ..PLAIN }
}

const fn param(name: &'static str, takes: Takes) -> Param {
    Param { name, takes, optional: false }
}

const fn optional(name: &'static str, takes: Takes) -> Param {
    Param { name, takes, optional: true }
}

/// `"sql" = builder, value`: the same expression both ways.
macro_rules! examples {
    ($($sql:literal = $build:expr => $value:literal),+ $(,)?) => {
        &[$(crate::catalogue::Example { sql: $sql, rust: stringify!($build), build: || $build, value: $value }),+]
    };
}
use examples;
