//! FROM: pipelines by their names, SELECTs in parentheses, windows of a table, and sources that are read at once.

use std::sync::Arc;

use sqlparser::ast::{
    Expr as Sql, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, Select, Spanned, TableAlias, TableFactor,
    TableWithJoins, Value, ValueWithSpan,
};
use sqlparser::tokenizer::Location;

use super::scope::{Scope, Side};
use super::window::{Kind, is_event_time, milliseconds};
use super::{Statements, refused};
use crate::draft::Draft;
use crate::plan::FUTURE_LIMIT_MS;
use crate::sql::fault::SqlFault;
use crate::{Format, Schema, Source, SourceConnector, Step, Window, suggest};

impl Statements<'_> {
    pub(super) fn from(&mut self, select: &Select) -> Result<Scope, SqlFault> {
        match &select.from[..] {
            [one] => self.joined(one),
            [] => {
                let fault =
                    SqlFault::new("there is no FROM, so there are no rows").at(select.select_token.0.span.start);
                Err(fault.hint(self.known_tables("")))
            }
            [_, second, ..] => {
                let fault = SqlFault::new("tables are joined by a condition").of(&second.relation);
                Err(fault.hint("write `JOIN … ON …` instead of the comma"))
            }
        }
    }

    fn joined(&mut self, tables: &TableWithJoins) -> Result<Scope, SqlFault> {
        let mut scope = self.table(&tables.relation)?;
        for join in &tables.joins {
            let right = self.table(&join.relation)?;
            scope = self.join(&scope, &right, join)?;
        }
        Ok(scope)
    }

    fn table(&mut self, factor: &TableFactor) -> Result<Scope, SqlFault> {
        if let TableFactor::NestedJoin { table_with_joins, alias: None } = factor {
            return self.joined(table_with_joins);
        }
        let (alias, own_name, (draft, window)) = match factor {
            TableFactor::Table { name, alias, args, .. } if is_plain(factor) => match args {
                None => (alias, name.0.last().and_then(|part| part.as_ident()), (self.named(name)?, None)),
                Some(args) => (alias, None, self.function(name, &args.args)?),
            },
            TableFactor::Derived { lateral: false, subquery, alias, sample: None } => {
                (alias, None, (self.query(subquery)?, None))
            }
            TableFactor::TableFunction { expr: Sql::Function(call), alias } => match &call.args {
                FunctionArguments::List(list) => (alias, None, self.function(&call.name, &list.args)?),
                _ => return Err(refused::table(factor)),
            },
            other => return Err(refused::table(other)),
        };
        refused::column_names(alias.as_ref())?;
        let name = alias.as_ref().map(|TableAlias { name, .. }| name).or(own_name).map(|name| name.value.clone());
        Ok(Scope::new(draft, vec![Side { name, columns: None }], window))
    }

    /// The pipeline of this name.
    fn named(&mut self, name: &ObjectName) -> Result<Arc<Draft>, SqlFault> {
        let [part] = &name.0[..] else {
            return Err(SqlFault::new(format!("`{name}`: a pipeline has a name of one word")).of(name));
        };
        let word = part.as_ident().map(|ident| ident.value.clone()).unwrap_or_default();
        if let Some((_, draft)) = self.known.iter().rev().find(|(known, _)| *known == word) {
            return Ok(Arc::clone(draft));
        }
        let Some(request) = self.tables.get(&word) else {
            let fault = SqlFault::new(format!("no pipeline `{word}`")).of(name);
            return Err(fault.hint(self.known_tables(&word)));
        };
        // Asked for again, it is found to be the same.
        Ok(self.gathered.pipeline(&request))
    }

    /// Which pipelines there are, and which of them was probably meant.
    fn known_tables(&self, meant: &str) -> String {
        let mut names = self.tables.names();
        names.extend(self.known.iter().map(|(name, _)| name.clone()));
        if names.is_empty() {
            return "there is none yet: define one in a Rust cell, `let orders = kafka(\"localhost:9092\", \"orders\").json();`, \
                    or read a topic at once, `FROM kafka('localhost:9092', 'orders')`"
                .to_owned();
        }
        let near = suggest(meant, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`? "));
        format!("{}pipelines: {}", near.unwrap_or_default(), names.join(", "))
    }

    /// `kafka(…)`, `files(…)`, or the window of a table.
    fn function(&mut self, name: &ObjectName, args: &[FunctionArg]) -> Result<(Arc<Draft>, Option<Window>), SqlFault> {
        let word = name.to_string().to_ascii_lowercase();
        let mut args = Args::new(name, args)?;
        if let Some(kind) = Kind::named(&word) {
            return self.cut(kind, args).map(|(draft, window)| (draft, Some(window)));
        }
        let connector = match word.as_str() {
            "kafka" => SourceConnector::Kafka { brokers: args.text("brokers")?, topic: args.text("topic")? },
            "files" => SourceConnector::Files { path: args.text("path")? },
            _ => {
                let near = suggest(&word, ["kafka", "files", "tumble", "hop", "cumulate", "session"]);
                let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
                let fault = SqlFault::new(format!("no table function `{name}`")).of(name);
                return Err(fault.hint(format!("{near}there are kafka, files, tumble, hop, cumulate, session")));
            }
        };
        self.source(connector, args, name.span().start).map(|draft| (draft, None))
    }

    fn source(&mut self, connector: SourceConnector, mut args: Args<'_>, at: Location) -> Result<Arc<Draft>, SqlFault> {
        let mut source = Source::new(connector);
        if let Some(sql) = args.named("format") {
            let name = text(sql)?;
            source.format = Some(match name.as_str() {
                "json" => Format::Json,
                "csv" => Format::Csv,
                "parquet" => Format::Parquet,
                _ => {
                    return Err(SqlFault::new(format!("no format `{name}`"))
                        .of(sql)
                        .hint("formats: json, csv, parquet"));
                }
            });
        }
        if let Some(sql) = args.named("schema") {
            let schema = Schema::parse(&text(sql)?).map_err(|mistake| {
                let fault = SqlFault::new(mistake.message).of(sql);
                mistake.hint.into_iter().fold(fault, SqlFault::hint)
            })?;
            source.schema = Some(schema);
        }
        let (time, delay) = (args.named("event_time"), args.named("delay"));
        args.none_left(
            "brokers and topic, or a path; then `format`, `schema`, `event_time` and `delay` by their names",
        )?;
        let draft = self.step(Vec::new(), Step::Source(source), at);
        let column = match (time, delay) {
            (None, None) => return Ok(draft),
            (Some(time), Some(_)) => text(time)?,
            (Some(time), None) => {
                let fault = SqlFault::new("how late may a row come? `delay` is missing").of(time);
                return Err(fault.hint("write `event_time => 'ts', delay => '10s'`"));
            }
            (None, Some(delay)) => {
                let fault = SqlFault::new("`delay` is of an event time, which is missing").of(delay);
                return Err(fault.hint("write `event_time => 'ts', delay => '10s'`"));
            }
        };
        let delay_ms = delay.map(milliseconds).transpose()?.unwrap_or_default();
        let step = Step::EventTime { column, delay_ms, idle_after_ms: None, future_limit_ms: Some(FUTURE_LIMIT_MS) };
        Ok(self.step(vec![draft], step, time.map_or(at, |time| time.span().start)))
    }

    /// `TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)`: the rows, and the window that they are cut in.
    fn cut(&mut self, kind: Kind, mut args: Args<'_>) -> Result<(Arc<Draft>, Window), SqlFault> {
        let name = args.of;
        let wanted = || {
            let fault = SqlFault::new(format!("`{name}` takes a table, the descriptor of its event time, and lengths"))
                .of(name);
            fault.hint("write `TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))`")
        };
        let table = match args.take("data") {
            Some(Sql::Identifier(ident)) => ObjectName::from(vec![ident.clone()]),
            _ => return Err(wanted()),
        };
        let draft = self.named(&table)?;
        let time = args.take("timecol").ok_or_else(wanted)?;
        is_event_time(time, &draft)?;
        let lengths: Vec<&Sql> = kind.lengths().iter().map_while(|length| args.take(length)).collect();
        args.none_left("a table, the descriptor of its event time, and lengths")?;
        Ok((draft, kind.window(&lengths, name)?))
    }
}

/// Whether a table is its name, with nothing that a plan cannot say.
fn is_plain(factor: &TableFactor) -> bool {
    let TableFactor::Table {
        with_hints,
        version,
        with_ordinality,
        partitions,
        json_path,
        sample,
        index_directives,
        inheritance,
        ..
    } = factor
    else {
        return false;
    };
    let has_lists = !with_hints.is_empty() || !partitions.is_empty() || !index_directives.is_empty();
    let has_more = version.is_some() || *with_ordinality || json_path.is_some() || sample.is_some();
    !has_lists && !has_more && inheritance.is_none()
}

/// The text of a constant.
pub(super) fn text(sql: &Sql) -> Result<String, SqlFault> {
    match sql {
        Sql::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => Ok(text.clone()),
        other => {
            let fault = SqlFault::new(format!("`{other}` is no text")).of(sql);
            Err(fault.hint("texts stand in single quotes: `'orders'`"))
        }
    }
}

/// The arguments of a table function: in their order, and by their names.
struct Args<'a> {
    of: &'a ObjectName,
    in_order: std::collections::VecDeque<&'a Sql>,
    by_name: Vec<(String, &'a Sql)>,
}

impl<'a> Args<'a> {
    fn new(of: &'a ObjectName, args: &'a [FunctionArg]) -> Result<Args<'a>, SqlFault> {
        let mut read = Args { of, in_order: Default::default(), by_name: Vec::new() };
        for arg in args {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => read.in_order.push_back(value),
                FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. } => {
                    read.by_name.push((name.value.to_ascii_lowercase(), value));
                }
                FunctionArg::ExprNamed { name, arg: FunctionArgExpr::Expr(value), .. } => {
                    read.by_name.push((name.to_string().to_ascii_lowercase(), value));
                }
                _ => return Err(SqlFault::new(format!("`{arg}` is no argument of `{of}`")).of(of)),
            }
        }
        Ok(read)
    }

    /// The argument of this name.
    fn named(&mut self, name: &str) -> Option<&'a Sql> {
        let at = self.by_name.iter().position(|(own, _)| own == name)?;
        Some(self.by_name.remove(at).1)
    }

    /// The argument of this name, or the next one.
    fn take(&mut self, name: &str) -> Option<&'a Sql> {
        self.named(name).or_else(|| self.in_order.pop_front())
    }

    fn text(&mut self, name: &str) -> Result<String, SqlFault> {
        match self.take(name) {
            Some(sql) => text(sql),
            None => Err(SqlFault::new(format!("`{}` lacks its `{name}`", self.of))
                .of(self.of)
                .hint("write `kafka('localhost:9092', 'orders')` or `files('data/*.parquet')`")),
        }
    }

    fn none_left(&self, wanted: &str) -> Result<(), SqlFault> {
        let left = self.by_name.first().map(|(name, sql)| (format!("`{name}`"), *sql));
        match left.or_else(|| self.in_order.front().map(|sql| (format!("`{sql}`"), *sql))) {
            Some((what, sql)) => {
                let fault = SqlFault::new(format!("{what} is no argument of `{}`", self.of)).of(sql);
                Err(fault.hint(format!("it takes {wanted}")))
            }
            None => Ok(()),
        }
    }
}
