//! The one writer of the plan's JSON, by hand and canonical: no spaces, every field, in the order of the struct. Its bytes
//! are what the fingerprint is of, so a change here changes every fingerprint.

use std::fmt::Write;

mod checks;
mod joins;
mod looks;
#[cfg(test)]
mod tests;

use crate::places::Place;
use crate::plan::FUTURE_LIMIT_MS;
use crate::{
    Agg, AggFunction, BinaryOp, Branch, DataType, Envelope, Expr, Field, Format, Function, Literal, Node, Plan,
    PlanError, Recalled, Renamed, Sample, SampleFrom, Schema, Sink, Source, SourceConnector, Step, UnaryOp, Window,
};

/// What can be written as JSON.
pub(crate) trait Json {
    /// Appends it to `out`.
    fn write(&self, out: &mut String);

    /// It alone.
    fn json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

impl Plan {
    /// The canonical JSON: the same plan always gives the same bytes.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let plan = files("data/*.json").plan();
    /// assert_eq!(plan.to_json(), concat!(
    ///     r#"{"version":1,"nodes":[{"id":0,"inputs":[],"step":{"source":"#,
    ///     r#"{"connector":{"files":{"path":"data/*.json"}},"format":null,"schema":null,"envelope":[]}}}]}"#,
    /// ));
    /// ```
    pub fn to_json(&self) -> String {
        self.json()
    }
}

impl Expr {
    /// The canonical JSON of this expression alone, as it stands in a plan.
    pub fn to_json(&self) -> String {
        self.json()
    }
}

pub(crate) fn object(out: &mut String, fields: &[(&str, &dyn Json)]) {
    out.push('{');
    for (i, (name, value)) in fields.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        name.write(out);
        out.push(':');
        value.write(out);
    }
    out.push('}');
}

/// `{"tag":{…}}`: a variant with named fields.
fn variant(out: &mut String, tag: &str, fields: &[(&str, &dyn Json)]) {
    out.push('{');
    tag.write(out);
    out.push(':');
    object(out, fields);
    out.push('}');
}

/// `{"tag":value}`: a variant with one value.
fn wrapped(out: &mut String, tag: &str, value: &dyn Json) {
    object(out, &[(tag, value)]);
}

fn digits(out: &mut String, value: impl std::fmt::Display) {
    // Writing to a String never fails.
    let _ = write!(out, "{value}");
}

impl Json for u32 {
    fn write(&self, out: &mut String) {
        digits(out, self);
    }
}

impl Json for u64 {
    fn write(&self, out: &mut String) {
        digits(out, self);
    }
}

impl Json for i64 {
    fn write(&self, out: &mut String) {
        digits(out, self);
    }
}

impl Json for f64 {
    /// The shortest digits that read back as the same number. JSON has no infinity: a plan with one does not validate.
    fn write(&self, out: &mut String) {
        if self.is_finite() {
            digits(out, format_args!("{self:?}"));
        } else {
            out.push_str("null");
        }
    }
}

impl Json for bool {
    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
}

impl Json for str {
    fn write(&self, out: &mut String) {
        out.push('"');
        for c in self.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c if c < ' ' => digits(out, format_args!("\\u{:04x}", u32::from(c))),
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

impl Json for &str {
    fn write(&self, out: &mut String) {
        (**self).write(out);
    }
}

impl Json for String {
    fn write(&self, out: &mut String) {
        self.as_str().write(out);
    }
}

impl<T: Json> Json for Vec<T> {
    fn write(&self, out: &mut String) {
        out.push('[');
        for (i, value) in self.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            value.write(out);
        }
        out.push(']');
    }
}

impl<T: Json> Json for Option<T> {
    fn write(&self, out: &mut String) {
        match self {
            Some(value) => value.write(out),
            None => out.push_str("null"),
        }
    }
}

impl Json for Plan {
    fn write(&self, out: &mut String) {
        object(out, &[("version", &self.version), ("nodes", &self.nodes)]);
    }
}

impl Json for Node {
    fn write(&self, out: &mut String) {
        object(out, &[("id", &self.id), ("inputs", &self.inputs), ("step", &self.step)]);
    }
}

impl Json for Step {
    fn write(&self, out: &mut String) {
        match self {
            Step::Source(source) => wrapped(out, "source", source),
            Step::Recall(Recalled { name, serial }) => variant(out, "recall", &[("name", name), ("serial", serial)]),
            Step::Filter { predicate } => variant(out, "filter", &[("predicate", predicate)]),
            Step::Select { exprs } => variant(out, "select", &[("exprs", exprs)]),
            Step::WithColumns { exprs } => variant(out, "with_columns", &[("exprs", exprs)]),
            Step::Rename { columns } => variant(out, "rename", &[("columns", columns)]),
            Step::Drop { columns } => variant(out, "drop", &[("columns", columns)]),
            Step::Cast { columns } => variant(out, "cast", &[("columns", columns)]),
            Step::EventTime { column, delay_ms, idle_after_ms, future_limit_ms } => {
                let mut fields: Vec<(&str, &dyn Json)> =
                    vec![("column", column), ("delay_ms", delay_ms), ("idle_after_ms", idle_after_ms)];
                if *future_limit_ms != Some(FUTURE_LIMIT_MS) {
                    fields.push(("future_limit_ms", future_limit_ms));
                }
                variant(out, "event_time", &fields);
            }
            Step::Expect { name, predicate, on_failure } => {
                variant(out, "expect", &[("name", name), ("predicate", predicate), ("on_failure", on_failure)]);
            }
            Step::ExpectRate { name, predicate, bound } => {
                variant(out, "expect_rate", &[("name", name), ("predicate", predicate), ("bound", bound)]);
            }
            Step::ExpectKey { keys, promise } => {
                variant(out, "expect_key", &[("keys", keys), ("promise", promise)]);
            }
            Step::Aggregate { keys, window, aggs, expire_after_ms } => {
                let mut fields: Vec<(&str, &dyn Json)> = vec![("keys", keys), ("window", window), ("aggs", aggs)];
                if expire_after_ms.is_some() {
                    fields.push(("expire_after_ms", expire_after_ms));
                }
                variant(out, "aggregate", &fields);
            }
            Step::Unique { keys, within_ms } => {
                variant(out, "unique", &[("keys", keys), ("within_ms", within_ms)]);
            }
            Step::Top { n, by, largest, per } => {
                variant(out, "top", &[("n", n), ("by", by), ("largest", largest), ("per", per)]);
            }
            Step::Union => "union".write(out),
            Step::Join { kind, left_on, right_on, suffix, bound } => variant(
                out,
                "join",
                &[("kind", kind), ("left_on", left_on), ("right_on", right_on), ("suffix", suffix), ("bound", bound)],
            ),
            Step::Explode { column } => variant(out, "explode", &[("column", column)]),
            Step::Unnest { column } => variant(out, "unnest", &[("column", column)]),
            Step::Sink(sink) => wrapped(out, "sink", sink),
        }
    }
}

impl Json for Renamed {
    fn write(&self, out: &mut String) {
        object(out, &[("from", &self.from), ("to", &self.to)]);
    }
}

impl Json for Source {
    fn write(&self, out: &mut String) {
        let Source { connector, format, schema, envelope } = self;
        object(out, &[("connector", connector), ("format", format), ("schema", schema), ("envelope", envelope)]);
    }
}

impl Json for SourceConnector {
    fn write(&self, out: &mut String) {
        match self {
            SourceConnector::Kafka { brokers, topic } => {
                variant(out, "kafka", &[("brokers", brokers), ("topic", topic)]);
            }
            SourceConnector::Files { path } => variant(out, "files", &[("path", path)]),
        }
    }
}

impl Json for Sink {
    fn write(&self, out: &mut String) {
        match self {
            Sink::Kafka { brokers, topic, key } => {
                variant(out, "kafka", &[("brokers", brokers), ("topic", topic), ("key", key)]);
            }
            Sink::KafkaUpsert { brokers, topic, keys } => {
                variant(out, "kafka_upsert", &[("brokers", brokers), ("topic", topic), ("keys", keys)]);
            }
            Sink::Files { path } => variant(out, "files", &[("path", path)]),
            Sink::Print => "print".write(out),
        }
    }
}

impl Json for Format {
    fn write(&self, out: &mut String) {
        self.name().write(out);
    }
}

impl Json for Envelope {
    fn write(&self, out: &mut String) {
        self.name().write(out);
    }
}

impl Json for SampleFrom {
    fn write(&self, out: &mut String) {
        match self {
            SampleFrom::Between { from_ms, to_ms } => {
                variant(out, self.name(), &[("from_ms", from_ms), ("to_ms", to_ms)])
            }
            other => other.name().write(out),
        }
    }
}

impl Json for Sample {
    fn write(&self, out: &mut String) {
        let Sample { rows, bytes, millis, from, name, again } = self;
        object(
            out,
            &[("rows", rows), ("bytes", bytes), ("millis", millis), ("from", from), ("name", name), ("again", again)],
        );
    }
}

impl Json for Schema {
    fn write(&self, out: &mut String) {
        self.fields.write(out);
    }
}

impl Json for Field {
    fn write(&self, out: &mut String) {
        object(out, &[("name", &self.name), ("type", &self.data_type)]);
    }
}

impl Json for DataType {
    fn write(&self, out: &mut String) {
        let name = match self {
            DataType::Boolean => "boolean",
            DataType::Int32 => "int32",
            DataType::Int64 => "int64",
            DataType::Float64 => "float64",
            DataType::String => "string",
            DataType::Binary => "binary",
            DataType::Date => "date",
            DataType::Timestamp => "timestamp",
            DataType::List(element) => return wrapped(out, "list", &**element),
            DataType::Struct(fields) => return wrapped(out, "struct", fields),
        };
        name.write(out);
    }
}

impl Json for Expr {
    fn write(&self, out: &mut String) {
        match self {
            Expr::Column(name) => wrapped(out, "column", name),
            Expr::Literal(literal) => wrapped(out, "literal", literal),
            Expr::Binary { op, left, right } => {
                variant(out, "binary", &[("op", op), ("left", &**left), ("right", &**right)]);
            }
            Expr::Unary { op, input } => variant(out, "unary", &[("op", op), ("input", &**input)]),
            Expr::Function { function, args } => variant(out, "function", &[("function", function), ("args", args)]),
            Expr::Cast { input, to } => variant(out, "cast", &[("input", &**input), ("to", to)]),
            Expr::When { branches, otherwise } => {
                variant(out, "when", &[("branches", branches), ("otherwise", &**otherwise)]);
            }
            Expr::Alias { input, name } => variant(out, "alias", &[("input", &**input), ("name", name)]),
            Expr::Sql(text) => wrapped(out, "sql", text),
        }
    }
}

impl Json for Branch {
    fn write(&self, out: &mut String) {
        object(out, &[("when", &self.when), ("then", &self.then)]);
    }
}

impl Json for Literal {
    fn write(&self, out: &mut String) {
        match self {
            Literal::Null => "null".write(out),
            Literal::Boolean(value) => wrapped(out, "boolean", value),
            Literal::Int(value) => wrapped(out, "int", value),
            Literal::Float(value) => wrapped(out, "float", value),
            Literal::String(value) => wrapped(out, "string", value),
            Literal::Timestamp(millis) => wrapped(out, "timestamp", millis),
        }
    }
}

impl Json for BinaryOp {
    fn write(&self, out: &mut String) {
        let name = match self {
            BinaryOp::Add => "add",
            BinaryOp::Sub => "sub",
            BinaryOp::Mul => "mul",
            BinaryOp::Div => "div",
            BinaryOp::Mod => "mod",
            BinaryOp::Eq => "eq",
            BinaryOp::NotEq => "not_eq",
            BinaryOp::Lt => "lt",
            BinaryOp::LtEq => "lt_eq",
            BinaryOp::Gt => "gt",
            BinaryOp::GtEq => "gt_eq",
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
        };
        name.write(out);
    }
}

impl Json for UnaryOp {
    fn write(&self, out: &mut String) {
        let name = match self {
            UnaryOp::Not => "not",
            UnaryOp::Negate => "negate",
            UnaryOp::IsNull => "is_null",
            UnaryOp::IsNotNull => "is_not_null",
        };
        name.write(out);
    }
}

impl Json for Function {
    fn write(&self, out: &mut String) {
        self.name().write(out);
    }
}

impl Json for AggFunction {
    fn write(&self, out: &mut String) {
        match self {
            AggFunction::ApproxQuantile { q } => variant(out, self.name(), &[("q", q)]),
            AggFunction::TopValues { k } => variant(out, self.name(), &[("k", k)]),
            AggFunction::Collect { limit } => variant(out, self.name(), &[("limit", limit)]),
            plain => plain.name().write(out),
        }
    }
}

impl Json for Agg {
    fn write(&self, out: &mut String) {
        object(out, &[("function", &self.function), ("input", &self.input), ("name", &self.name)]);
    }
}

impl Json for Window {
    fn write(&self, out: &mut String) {
        match self {
            Window::Tumbling { size_ms, offset_ms } => moved(out, "tumbling", &[("size_ms", size_ms)], offset_ms),
            Window::Hopping { size_ms, slide_ms, offset_ms } => {
                moved(out, "hopping", &[("size_ms", size_ms), ("slide_ms", slide_ms)], offset_ms);
            }
            Window::Cumulating { size_ms, step_ms, offset_ms } => {
                moved(out, "cumulating", &[("size_ms", size_ms), ("step_ms", step_ms)], offset_ms);
            }
            Window::Session { gap_ms } => variant(out, "session", &[("gap_ms", gap_ms)]),
        }
    }
}

/// Windows, with their offset if they have one: without, they keep the bytes they had before there were offsets.
fn moved(out: &mut String, tag: &str, fields: &[(&str, &dyn Json)], offset_ms: &u64) {
    let mut fields = fields.to_vec();
    if *offset_ms > 0 {
        fields.push(("offset_ms", offset_ms));
    }
    variant(out, tag, &fields);
}

impl Json for Place {
    fn write(&self, out: &mut String) {
        let Place { node, cell, line, column } = self;
        object(out, &[("node", node), ("cell", cell), ("line", line), ("column", column)]);
    }
}

impl Json for PlanError {
    fn write(&self, out: &mut String) {
        object(out, &[("node", &self.node), ("message", &self.message), ("hint", &self.hint)]);
    }
}
