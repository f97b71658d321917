//! Tooltips: what is known of the column, function, pipeline, topic or magic at the cursor.

use super::columns::Columns;
use super::lines::magic_of;
use super::notebook::{Column, Known, Notebook, Values};
use super::place::{Wanted, wanted};
use super::sql::{self, AGGREGATES};
use super::text::{Before, Call, Head};
use super::told::Told;
use super::{Part, end_of_quote, end_of_word, part, rust_of, verbs};
use crate::display::{MimeBundle, count};
use crate::magics::{Magic, Takes};
use headwater::catalogue::{FunctionSpec, function_named};

/// What is known of the thing at the byte `cursor` of a cell; nothing when the kernel does not know it by itself.
pub fn inspect(code: &str, cursor: usize, notebook: &dyn Notebook) -> Option<MimeBundle> {
    told(code, cursor, notebook).map(|told| told.bundle())
}

pub(super) fn told(code: &str, cursor: usize, notebook: &dyn Notebook) -> Option<Told> {
    let end = end_of_word(code, cursor);
    match part(code, cursor) {
        Part::Line(_, start) => {
            let line = code[start..].lines().next().unwrap_or_default();
            magic_of(line).map(|(magic, _)| of_magic(magic))
        }
        Part::Body("sql", start) => {
            let sql = &code[start..end];
            let tables = sql::tables(&code[start..]);
            let word = last_word(sql);
            let pipeline = tables.iter().find(|(name, alias)| *name == word || *alias == word).map(|(name, _)| *name);
            if let Some(told) = pipeline.and_then(|name| Some(of_pipeline(name, &notebook.pipeline(name)?))) {
                return Some(told);
            }
            let owner = |own: &&(&str, &str)| {
                let columns = notebook.pipeline(own.0).and_then(|known| known.columns).unwrap_or_default();
                columns.iter().any(|column| column.name == word)
            };
            let of = tables.iter().find(owner).map(|(name, _)| *name);
            in_sql(word, &sql::columns_of(&tables, of, notebook), of, notebook)
        }
        Part::Body(..) => None,
        Part::Rust => in_rust(&rust_of(code), cursor, notebook),
    }
}

fn last_word(text: &str) -> &str {
    &text[text.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len()..]
}

fn in_rust(code: &str, cursor: usize, notebook: &dyn Notebook) -> Option<Told> {
    let before = Before::new(code, cursor);
    if before.in_comment() {
        return None;
    }
    if let Some(start) = before.quoted() {
        return quoted(code, &before, start, notebook);
    }
    let before = Before::new(code, end_of_word(code, cursor));
    let word = last_word(before.code).to_owned();
    let pipelines = notebook.pipelines();
    let is_pipeline = |name: &str| pipelines.iter().any(|own| own == name);
    let Some(chain) = before.before_dot() else {
        if is_pipeline(&word) {
            return Some(of_pipeline(&word, &notebook.pipeline(&word)?));
        }
        let called = code[before.code.len()..].starts_with('(');
        let own = verbs::verb(None, &word).filter(|_| called)?;
        return Some(of_verb(own));
    };
    let own = verbs::verb(verbs::type_of(&before, &chain, &is_pipeline), &word).filter(|verb| verb.of.is_some())?;
    match function_named(&word).filter(|_| own.of == Some("Expr")) {
        Some(spec) => Some(of_function(spec)),
        None => Some(of_verb(own)),
    }
}

/// Between quotes that begin at the byte `start`.
fn quoted(code: &str, before: &Before<'_>, start: usize, notebook: &dyn Notebook) -> Option<Told> {
    let cursor = before.code.len();
    let name = &code[start..end_of_quote(code, cursor)];
    let calls = before.calls();
    let call = calls.first()?;
    let pipeline = || pipeline_of(before, &calls, notebook);
    match wanted(call)? {
        Wanted::Column | Wanted::TimeColumn => {
            let column = Columns { before, notebook }.around(&calls).into_iter().find(|column| column.name == name)?;
            Some(of_column(&column, pipeline().as_deref(), notebook))
        }
        Wanted::Sql => {
            let word = last_word(&code[start..end_of_word(code, cursor)]);
            in_sql(word, &Columns { before, notebook }.around(&calls), pipeline().as_deref(), notebook)
        }
        Wanted::Topic => {
            let brokers = before.first_quote(call).map(str::to_owned);
            let clusters = brokers.map_or_else(|| notebook.brokers(), |own| vec![own]);
            clusters.iter().find_map(|brokers| of_topic(brokers, name, notebook))
        }
        _ => None,
    }
}

/// The pipeline that the calls around the cursor are verbs of.
fn pipeline_of<'a>(before: &Before<'a>, calls: &[Call<'a>], notebook: &dyn Notebook) -> Option<String> {
    calls.iter().find_map(|call| match before.receiver(call)?.head {
        Head::Name(name, _) => notebook.pipeline(name).map(|_| name.to_owned()),
        _ => None,
    })
}

fn in_sql(word: &str, columns: &[Column], pipeline: Option<&str>, notebook: &dyn Notebook) -> Option<Told> {
    if let Some(column) = columns.iter().find(|column| column.name == word) {
        return Some(of_column(column, pipeline, notebook));
    }
    if let Some((name, signature)) = AGGREGATES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
        return Some(Told::of(*name).says(*signature));
    }
    function_named(word).map(of_function)
}

fn of_column(column: &Column, pipeline: Option<&str>, notebook: &dyn Notebook) -> Told {
    let of = column.data_type.as_ref().map_or_else(|| "made in this cell".to_owned(), ToString::to_string);
    let columns = pipeline.and_then(|pipeline| notebook.pipeline(pipeline)?.columns).unwrap_or_default();
    let pipeline = pipeline.filter(|_| columns.iter().any(|own| own.name == column.name));
    let told = Told::of(format!("{}  {of}", column.name));
    let told = told.says(pipeline.map_or_else(String::new, |pipeline| format!("a column of `{pipeline}`")));
    match pipeline.and_then(|pipeline| notebook.values(pipeline, &column.name)) {
        Some(values) => of_values(told, &values),
        None => told,
    }
}

fn of_values(told: Told, values: &Values) -> Told {
    let share = |part: u64| {
        let percent = 100.0 * part as f64 / values.rows.max(1) as f64;
        if part > 0 && percent < 0.1 { "< 0.1 %".to_owned() } else { format!("{percent:.1} %") }
    };
    let mut rows = vec![
        ["nulls".to_owned(), format!("{} ({})", count(values.nulls), share(values.nulls))],
        ["different values".to_owned(), count(values.distinct)],
    ];
    for (at, (value, times)) in values.examples.iter().enumerate() {
        let label = if at == 0 { "most frequent" } else { "" };
        rows.push([label.to_owned(), format!("{value} ({})", share(*times))]);
    }
    told.lists(["", ""], rows).says(format!("in {} rows of the sample: {}", count(values.rows), values.sample))
}

fn of_function(spec: &FunctionSpec) -> Told {
    let mut facts = vec![["nulls".to_owned(), spec.nulls.to_owned()]];
    if !spec.faults.is_empty() {
        facts.push(["faults".to_owned(), spec.faults.to_owned()]);
    }
    if !spec.aliases.is_empty() {
        facts.push(["in SQL also".to_owned(), spec.aliases.join(", ")]);
    }
    for (at, example) in spec.examples.iter().enumerate() {
        let label = if at == 0 { "examples" } else { "" };
        facts.push([label.to_owned(), format!("{} = {}", example.sql, example.value)]);
        facts.push([String::new(), example.rust.to_owned()]);
    }
    Told::of(spec.signature()).says(spec.doc).lists(["", ""], facts)
}

fn of_verb(verb: &verbs::Verb) -> Told {
    let of = verb.of.map(|of| format!("{of}.")).unwrap_or_default();
    let mut told = Told::of(format!("{of}{}", verb.signature));
    for (at, block) in verb.doc.split("\n\n").enumerate() {
        // What follows the sentences is the example.
        let is_code = at > 0 && (block.starts_with("let ") || block.contains(';') || block.starts_with("assert"));
        told = if is_code { told.shows(block) } else { told.says(block.replace('\n', " ")) };
    }
    told
}

fn of_pipeline(name: &str, known: &Known) -> Told {
    let told = Told::of(format!("{name}  pipeline")).shows(known.plan.to_string());
    match &known.columns {
        Some(columns) => {
            let of = |column: &Column| column.data_type.as_ref().map(ToString::to_string).unwrap_or_default();
            let rows = columns.iter().map(|column| [column.name.clone(), of(column)]).collect();
            told.lists(["column", "type"], rows)
        }
        None => told.says("Its columns are known once it has been looked at."),
    }
}

fn of_topic(brokers: &str, name: &str, notebook: &dyn Notebook) -> Option<Told> {
    let topic = notebook.topics(brokers).into_iter().find(|topic| topic.name == name)?;
    let mut facts =
        vec![["brokers".to_owned(), brokers.to_owned()], ["partitions".to_owned(), count(topic.partitions as u64)]];
    let source = headwater::SourceConnector::Kafka { brokers: brokers.to_owned(), topic: name.to_owned() };
    if let Some((records, sample)) = notebook.records(&source) {
        facts.push(["records".to_owned(), format!("about {}", count(records))]);
        facts.push(["sample".to_owned(), sample]);
    }
    let columns = notebook.source_columns(&source).unwrap_or_default();
    let columns = columns
        .iter()
        .map(|column| [column.name.clone(), column.data_type.as_ref().map_or_else(String::new, ToString::to_string)])
        .collect();
    Some(Told::of(format!("{name}  topic")).lists(["", ""], facts).lists(["column", "type"], columns))
}

fn of_magic(magic: &dyn Magic) -> Told {
    let space = if magic.takes() == Takes::Command { "" } else { " " };
    let written = format!("{}{}{space}{}", magic.takes().sign(), magic.name(), magic.usage());
    let options = magic.options().iter().map(|(option, about)| [(*option).to_owned(), (*about).to_owned()]).collect();
    Told::of(written.trim_end()).says(magic.about()).lists(["option", "what it does"], options)
}
