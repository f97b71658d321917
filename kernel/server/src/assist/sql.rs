//! Proposals inside SQL: an expression in `expr("…")`, or the statement of a `%%sql` cell.

use super::columns::Columns;
use super::notebook::{Column, Notebook};
use super::proposals::{Proposal, Proposals};
use headwater::catalogue::{FunctionSpec, functions};

/// Words of an expression.
const WORDS: &[&str] = &[
    "AND",
    "OR",
    "NOT",
    "IS NULL",
    "IS NOT NULL",
    "IN",
    "BETWEEN",
    "LIKE",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "CAST",
    "AS",
    "NULL",
    "TRUE",
    "FALSE",
    "TIMESTAMP",
    "DATE",
];

/// Words of a statement beside them.
const STATEMENT: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "HAVING",
    "JOIN",
    "LEFT JOIN",
    "ON",
    "UNION ALL",
    "WITH",
    "DISTINCT",
    "ORDER BY",
    "DESC",
    "LIMIT",
];

/// Aggregates: how SQL calls them, and what they take and give.
pub const AGGREGATES: &[(&str, &str)] = &[
    ("count", "count(*) → BIGINT: how many rows; count(value): how many values that are not null"),
    ("sum", "sum(number) → BIGINT of integers, DOUBLE of floats"),
    ("min", "min(ordered) → the smallest value"),
    ("max", "max(ordered) → the largest value"),
    ("mean", "mean(number) → DOUBLE: the arithmetic mean"),
    ("avg", "avg(number) → DOUBLE: the arithmetic mean"),
    ("first", "first(value) → the value at the smallest event time"),
    ("last", "last(value) → the value at the largest event time"),
    ("count_distinct", "count_distinct(value) → BIGINT: how many different values"),
    ("approx_count_distinct", "approx_count_distinct(value) → BIGINT: about how many different values"),
    ("approx_quantile", "approx_quantile(number, q) → DOUBLE: about the number below which the share q lies"),
    ("top_values", "top_values(value, k) → ARRAY<STRUCT<value, count BIGINT>>: the k most frequent values"),
    ("collect", "collect(value, limit) → ARRAY: at most so many values in the order of event time"),
];

/// What can stand for a table beside the name of a pipeline.
const TABLE_FUNCTIONS: &[&str] = &["kafka", "files", "tumble", "hop", "cumulate", "session"];

/// What follows these is the name of a pipeline.
const BEFORE_TABLES: &[&str] = &["from", "join"];

/// Where in SQL the cursor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlPlace<'a> {
    /// In a constant text or a comment: nothing is known.
    Nothing,
    /// In a name in double quotes that begins at this byte.
    Quoted(usize),
    /// In a word that begins at this byte, or before one.
    Word {
        /// Its first byte.
        start: usize,
        /// The word before it, in small letters.
        before: String,
        /// The name before the dot before it.
        of: Option<&'a str>,
    },
}

/// Where the end of `sql` is.
pub fn place(sql: &str) -> SqlPlace<'_> {
    let mut quote: Option<(char, usize)> = None;
    let mut chars = sql.char_indices().peekable();
    while let Some((at, next)) = chars.next() {
        match (quote, next) {
            (Some((open, _)), next) if open == next => quote = None,
            (Some(_), _) | (None, '\\') => {}
            (None, '\'' | '"') => quote = Some((next, at + 1)),
            (None, '-') if sql[at..].starts_with("--") => match sql[at..].find('\n') {
                Some(end) => while chars.next_if(|(own, _)| *own < at + end).is_some() {},
                None => return SqlPlace::Nothing,
            },
            _ => {}
        }
    }
    match quote {
        Some(('"', start)) => return SqlPlace::Quoted(start),
        Some(_) => return SqlPlace::Nothing,
        None => {}
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let start = sql.trim_end_matches(is_word).len();
    if sql[start..].starts_with(|c: char| c.is_ascii_digit()) {
        return SqlPlace::Nothing;
    }
    let before = sql[..start].trim_end();
    if let Some(owner) = sql[..start].strip_suffix('.') {
        let of = &owner[owner.trim_end_matches(is_word).len()..];
        return SqlPlace::Word { start, before: String::new(), of: Some(of) };
    }
    // After a comma between tables there is a table too.
    let mut words = before;
    while let Some(rest) = words.strip_suffix(',') {
        words = rest.trim_end().trim_end_matches(is_word).trim_end();
    }
    let last = &words[words.trim_end_matches(is_word).len()..];
    SqlPlace::Word { start, before: last.to_lowercase(), of: None }
}

/// Proposals in an expression over `columns`.
pub fn in_expression(sql: &str, columns: &[Column], from: usize, end: usize) -> Proposals {
    match place(sql) {
        SqlPlace::Nothing => Proposals::of(from + sql.len(), end),
        SqlPlace::Quoted(start) => only_columns(columns, &sql[start..], (from + start, end)),
        SqlPlace::Word { start, .. } => {
            let mut found = Proposals::of(from + start, end);
            words(&mut found, columns, &[WORDS], &sql[start..]);
            found.fitting(&sql[start..])
        }
    }
}

/// Proposals in the statement of a `%%sql` cell; `whole` is all of it, what comes after the cursor included.
pub fn in_statement(whole: &str, sql: &str, notebook: &dyn Notebook, from: usize, end: usize) -> Proposals {
    let tables = tables(whole);
    match place(sql) {
        SqlPlace::Nothing => Proposals::of(from + sql.len(), end),
        SqlPlace::Quoted(start) => {
            only_columns(&columns_of(&tables, None, notebook), &sql[start..], (from + start, end))
        }
        SqlPlace::Word { start, before, .. } if BEFORE_TABLES.contains(&before.as_str()) => {
            let mut found = Proposals::of(from + start, end);
            notebook.pipelines().into_iter().for_each(|name| found.push(name, "pipeline"));
            TABLE_FUNCTIONS.iter().for_each(|name| found.push(*name, "function"));
            found.fitting(&sql[start..])
        }
        SqlPlace::Word { start, of: Some(of), .. } => {
            only_columns(&columns_of(&tables, Some(of), notebook), &sql[start..], (from + start, end))
        }
        SqlPlace::Word { start, .. } => {
            let mut found = Proposals::of(from + start, end);
            let typed = &sql[start..];
            let mut columns = columns_of(&tables, None, notebook);
            if tables.is_empty() {
                columns = Columns { before: &super::text::Before::new("", 0), notebook }.all();
            }
            words(&mut found, &columns, &[STATEMENT, WORDS], typed);
            for (name, signature) in AGGREGATES {
                found.push_function(*name, *signature);
            }
            // What is being typed is no other name of a table yet.
            let named = tables.iter().filter(|(_, alias)| *alias != typed);
            named.for_each(|(_, alias)| found.push(*alias, "pipeline"));
            found.fitting(typed)
        }
    }
}

fn only_columns(columns: &[Column], typed: &str, (start, end): (usize, usize)) -> Proposals {
    let mut found = Proposals::of(start, end);
    columns.iter().for_each(|column| found.push(&column.name, column.kind()));
    found.fitting(typed)
}

/// Columns, functions and words; the words in the letters that were typed.
fn words(found: &mut Proposals, columns: &[Column], keywords: &[&[&str]], typed: &str) {
    for column in columns {
        let plain = column.name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let text = if plain { column.name.clone() } else { format!("\"{}\"", column.name) };
        found.push(text, column.kind());
    }
    let mut all: Vec<&FunctionSpec> = functions().collect();
    all.sort_by_key(|spec| spec.name);
    all.into_iter().for_each(|spec| found.add(function(spec)));
    let small = typed.starts_with(|c: char| c.is_lowercase());
    for word in keywords.iter().copied().flatten() {
        found.push(if small { word.to_lowercase() } else { (*word).to_owned() }, "keyword");
    }
}

/// A function of the catalogue.
pub fn function(spec: &FunctionSpec) -> Proposal {
    Proposal { text: spec.name.to_owned(), kind: "function".to_owned(), signature: Some(spec.signature()) }
}

/// The pipelines that a statement reads: each with the name it has in the statement.
pub fn tables(sql: &str) -> Vec<(&str, &str)> {
    let words: Vec<&str> = sql
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ',' || c == '.'))
        .flat_map(|word| word.split_inclusive(','))
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = Vec::new();
    let mut expected = false;
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let name = word.trim_end_matches(',');
        if BEFORE_TABLES.iter().any(|own| own.eq_ignore_ascii_case(word)) {
            expected = true;
            continue;
        }
        if !std::mem::take(&mut expected) || name.is_empty() {
            continue;
        }
        let mut alias = name;
        let mut comma = word.ends_with(',');
        if !comma && words.next_if(|next| next.eq_ignore_ascii_case("as")).is_some() {
            alias = words.peek().map_or(alias, |next| next.trim_end_matches(','));
        }
        if let Some(next) = words.next_if(|next| !comma && is_alias(next)) {
            (alias, comma) = (next.trim_end_matches(','), next.ends_with(','));
        }
        expected = comma;
        found.push((name, alias));
    }
    found
}

/// Whether a word behind a table is its other name, not the next clause.
fn is_alias(word: &str) -> bool {
    let clauses = [
        "where", "group", "having", "join", "left", "inner", "on", "union", "order", "limit", "window", "cross",
        "full", "right",
    ];
    let word = word.trim_end_matches(',');
    !clauses.iter().chain(BEFORE_TABLES).any(|clause| clause.eq_ignore_ascii_case(word))
}

/// The columns of the pipelines that a statement reads; of the one that is called `of`, if that is said.
pub fn columns_of(tables: &[(&str, &str)], of: Option<&str>, notebook: &dyn Notebook) -> Vec<Column> {
    let wanted = tables.iter().filter(|(name, alias)| of.is_none_or(|of| of == *alias || of == *name));
    let mut columns: Vec<Column> = Vec::new();
    for (name, _) in wanted {
        for column in notebook.pipeline(name).and_then(|known| known.columns).unwrap_or_default() {
            if columns.iter().all(|own| own.name != column.name) {
                columns.push(column);
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_in_sql_is_known() {
        let word = |sql: &str| match place(sql) {
            SqlPlace::Word { start, before, of } => format!("{} {before} {}", &sql[start..], of.unwrap_or("-")),
            other => format!("{other:?}"),
        };
        assert_eq!(word("amount > 0 AND ci"), "ci and -");
        assert_eq!(word("SELECT o.am"), "am  o");
        assert_eq!(word("SELECT * FROM "), " from -");
        assert_eq!(word("SELECT * FROM orders, pay"), "pay from -");
        assert_eq!(word("city = 'New"), "Nothing");
        assert_eq!(word("\"my c"), "Quoted(1)");
        assert_eq!(word("a -- what"), "Nothing");
        assert_eq!(word("a -- what's that\n and b"), "b and -");
        assert_eq!(word("a > 12"), "Nothing");
    }

    #[test]
    fn the_tables_of_a_statement_are_found_with_their_other_names() {
        assert_eq!(
            tables("SELECT a FROM orders o JOIN payments AS p ON o.id = p.id WHERE b"),
            [("orders", "o"), ("payments", "p")]
        );
        assert_eq!(tables("select * from orders, payments where a"), [("orders", "orders"), ("payments", "payments")]);
        assert_eq!(tables("SELECT 1"), []);
    }
}
