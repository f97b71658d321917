//! The columns at a place of a cell: those of the pipeline a chain begins with, changed by the verbs before the cursor as far as the
//! text tells.

use super::notebook::{Column, Notebook};
use super::text::{Before, Call, Chain, Head, Verb};
use headwater::{DataType, Envelope, Schema, SourceConnector};

/// Names that are defined by names are followed so far.
const DEEPEST: usize = 8;

/// Finds columns in the text before the cursor.
pub struct Columns<'a> {
    /// That text.
    pub before: &'a Before<'a>,
    /// What is known of the notebook.
    pub notebook: &'a dyn Notebook,
}

impl<'a> Columns<'a> {
    /// The columns that the innermost of `calls` can name: of the first call that is a method of a pipeline. Where none is, or its
    /// columns are not known, those of all pipelines.
    pub fn around(&self, calls: &[Call<'a>]) -> Vec<Column> {
        let found = calls.iter().find_map(|call| {
            let chain = self.before.receiver(call)?;
            let other = matches!(call.name, "right_on").then(|| self.joined(&chain)).flatten();
            other.or_else(|| self.entering(call.name, &chain))
        });
        found.unwrap_or_else(|| self.all())
    }

    /// The columns of every pipeline, each name once.
    pub fn all(&self) -> Vec<Column> {
        let known = self.notebook.pipelines().into_iter().filter_map(|name| self.notebook.pipeline(&name)?.columns);
        let mut all = Vec::new();
        known.for_each(|columns| merge(&mut all, columns));
        all
    }

    /// The columns that leave a chain.
    pub fn of_chain(&self, chain: &Chain<'a>) -> Option<Vec<Column>> {
        self.of(chain, 0)
    }

    /// The columns that a verb reads which is called on `chain`: those of an aggregate are the columns before the grouping.
    fn entering(&self, verb: &str, chain: &Chain<'a>) -> Option<Vec<Column>> {
        let mut before = chain.clone();
        if verb == "agg"
            && let Some(grouped) = chain.verbs.iter().rposition(|verb| verb.name == "group_by")
        {
            before.verbs.truncate(grouped);
        }
        self.of_chain(&before)
    }

    /// The columns of what a chain was joined with.
    fn joined(&self, chain: &Chain<'a>) -> Option<Vec<Column>> {
        let join = chain.verbs.iter().rfind(|verb| verb.name == "join")?;
        self.of_chain(&self.before.chain_of(join.arguments)?)
    }

    fn of(&self, chain: &Chain<'a>, depth: usize) -> Option<Vec<Column>> {
        if depth > DEEPEST {
            return None;
        }
        let mut columns = match chain.head {
            Head::Name(name, place) => match self.before.definition(name, place) {
                Some(defined) => self.of(&defined, depth + 1),
                None => self.notebook.pipeline(name)?.columns,
            },
            Head::Call(source) => Some(self.source(&source, chain)?),
            Head::Unknown => None,
        };
        for (at, verb) in chain.verbs.iter().enumerate() {
            columns = self.after(verb, &chain.verbs[..at], columns, depth);
        }
        columns
    }

    /// The columns of `kafka(…)` or `files(…)`, when it was looked at before; none where its schema follows.
    fn source(&self, source: &Verb<'a>, chain: &Chain<'a>) -> Option<Vec<Column>> {
        let texts: Vec<&str> = self.quotes(source.arguments);
        let connector = match (source.name, &texts[..]) {
            ("kafka", [brokers, topic]) => {
                SourceConnector::Kafka { brokers: (*brokers).to_owned(), topic: (*topic).to_owned() }
            }
            ("files", [path]) => SourceConnector::Files { path: (*path).to_owned() },
            _ => return None,
        };
        let declared = chain.verbs.iter().any(|verb| verb.name == "schema");
        self.notebook.source_columns(&connector).or_else(|| declared.then(Vec::new))
    }

    /// The columns after a verb; `earlier` are the verbs before it.
    fn after(
        &self,
        verb: &Verb<'a>,
        earlier: &[Verb<'a>],
        columns: Option<Vec<Column>>,
        depth: usize,
    ) -> Option<Vec<Column>> {
        let items = self.before.items(verb.arguments);
        let before = columns.clone().unwrap_or_default();
        let named = |item: &(usize, usize)| self.named(*item, &before);
        match verb.name {
            "schema" => {
                let schema = Schema::parse(self.before.quote(verb.arguments)?).ok()?;
                return Some(schema.fields.iter().map(Column::from).collect());
            }
            "select" => return Some(items.iter().filter_map(named).collect()),
            "agg" => return Some(self.grouped(earlier, &items, &before)),
            _ => {}
        }
        let mut columns = columns?;
        match verb.name {
            "with_columns" => items.iter().filter_map(named).for_each(|column| replace(&mut columns, column)),
            "drop" => {
                let gone = self.quotes(verb.arguments);
                columns.retain(|column| !gone.contains(&column.name.as_str()));
            }
            "rename" => self.rename(&mut columns, &items),
            "cast" => self.cast(&mut columns, &items),
            "envelope" => {
                let parts = items.iter().filter_map(|item| envelope(self.before.last_word(*item)?));
                parts.for_each(|part| replace(&mut columns, Column::from(&part.field())));
            }
            "explode" => {
                let list = self.quotes(verb.arguments);
                columns.iter_mut().filter(|column| list.contains(&column.name.as_str())).for_each(explode);
            }
            "unnest" => self.unnest(&mut columns, verb),
            "join" | "lookup" if !items.is_empty() => {
                let other = self.before.chain_of(items[0]).and_then(|other| self.of(&other, depth + 1));
                merge(&mut columns, other.unwrap_or_default());
            }
            _ => {}
        }
        Some(columns)
    }

    /// The columns of an aggregation: keys, the bounds of the window, aggregates.
    fn grouped(&self, earlier: &[Verb<'a>], aggs: &[(usize, usize)], before: &[Column]) -> Vec<Column> {
        let Some(at) = earlier.iter().rposition(|verb| verb.name == "group_by") else { return Vec::new() };
        let keys = self.before.items(earlier[at].arguments);
        let mut columns: Vec<Column> = keys.iter().filter_map(|item| self.named(*item, before)).collect();
        if earlier[at..].iter().any(|verb| verb.name == "window") {
            let bound = |name: &str| Column { name: name.to_owned(), data_type: Some(DataType::Timestamp) };
            columns.extend([bound("window_start"), bound("window_end")]);
        }
        columns.extend(aggs.iter().filter_map(|agg| self.aggregate(*agg)));
        columns
    }

    /// The column of an aggregate: its alias, or its column and `_sum`.
    fn aggregate(&self, item: (usize, usize)) -> Option<Column> {
        let chain = self.before.chain_of(item)?;
        let Head::Call(call) = chain.head else { return None };
        if let Some(alias) = self.alias(&chain) {
            return Some(Column::untyped(alias));
        }
        let function = if call.name == "count_of" { "count" } else { call.name };
        let input = self.before.items(call.arguments).first().and_then(|first| self.named(*first, &[]));
        let name = input.map_or_else(|| function.to_owned(), |input| format!("{}_{function}", input.name));
        Some(Column::untyped(name))
    }

    /// The column that an expression makes: `"a"`, `col("a")`, `anything.alias("a")`, `expr("… as a")`.
    fn named(&self, item: (usize, usize), before: &[Column]) -> Option<Column> {
        let own = |name: &str| {
            let known = before.iter().find(|column| column.name == name);
            known.cloned().unwrap_or_else(|| Column::untyped(name))
        };
        if let Some(name) = self.before.quote(item) {
            return Some(own(name));
        }
        let chain = self.before.chain_of(item)?;
        if let Some(alias) = self.alias(&chain) {
            return Some(Column::untyped(alias));
        }
        let Head::Call(call) = chain.head else { return None };
        let text = self.before.quote(call.arguments)?;
        match call.name {
            "col" if chain.verbs.is_empty() => Some(own(text)),
            "col" => Some(Column::untyped(text)),
            "expr" => {
                let at = text.to_ascii_lowercase().rfind(" as ")?;
                Some(Column::untyped(text[at + 4..].trim().trim_matches(['"', '\\'])))
            }
            _ => None,
        }
    }

    fn alias(&self, chain: &Chain<'a>) -> Option<&'a str> {
        let alias = chain.verbs.last().filter(|verb| verb.name == "alias")?;
        self.before.quote(alias.arguments)
    }

    fn rename(&self, columns: &mut [Column], items: &[(usize, usize)]) {
        let pairs: Vec<[&str; 2]> = items
            .iter()
            .filter_map(|item| match self.before.tuple(*item)[..] {
                [from, to] => Some([self.before.quote(from)?, self.before.quote(to)?]),
                _ => None,
            })
            .collect();
        for column in columns {
            if let Some([_, to]) = pairs.iter().find(|[from, _]| *from == column.name) {
                (*to).clone_into(&mut column.name);
            }
        }
    }

    fn cast(&self, columns: &mut [Column], items: &[(usize, usize)]) {
        for item in items {
            if let [name, of] = self.before.tuple(*item)[..]
                && let Some(name) = self.before.quote(name)
                && let Some(column) = columns.iter_mut().find(|column| column.name == name)
            {
                let of = self.before.quote(of).or_else(|| self.before.last_word(of));
                column.data_type = of.and_then(|of| DataType::parse(of).ok());
            }
        }
    }

    fn unnest(&self, columns: &mut Vec<Column>, verb: &Verb<'a>) {
        let Some(name) = self.before.quote(verb.arguments) else { return };
        let Some(at) = columns.iter().position(|column| column.name == name) else { return };
        if let Some(DataType::Struct(fields)) = columns[at].data_type.clone() {
            columns.splice(at..=at, fields.iter().map(Column::from));
        }
    }

    fn quotes(&self, arguments: (usize, usize)) -> Vec<&'a str> {
        self.before.items(arguments).into_iter().filter_map(|item| self.before.quote(item)).collect()
    }
}

fn explode(column: &mut Column) {
    column.data_type = match column.data_type.take() {
        Some(DataType::List(element)) => Some(*element),
        _ => None,
    };
}

fn envelope(part: &str) -> Option<Envelope> {
    let all = [Envelope::Key, Envelope::Partition, Envelope::Offset, Envelope::Timestamp, Envelope::Headers];
    all.into_iter().find(|own| own.name().eq_ignore_ascii_case(part))
}

fn replace(columns: &mut Vec<Column>, new: Column) {
    match columns.iter_mut().find(|column| column.name == new.name) {
        Some(column) => *column = new,
        None => columns.push(new),
    }
}

/// Adds what is not there by its name.
fn merge(columns: &mut Vec<Column>, others: Vec<Column>) {
    for other in others {
        if columns.iter().all(|column| column.name != other.name) {
            columns.push(other);
        }
    }
}
