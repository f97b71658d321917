//! SELECT statements as plans: over the pipelines of a notebook, step for step what the builders would make, so that the fingerprint is the same.
//! What SQL can say and a plan cannot is refused, with its place in the text and what to do.

mod aggregate;
mod from;
mod group;
mod join;
mod list;
mod refused;
mod scope;
#[cfg(test)]
mod tests;
mod top;
mod window;

use std::sync::Arc;

use sqlparser::ast::{Query, Select, SetExpr, SetOperator, SetQuantifier, Spanned, Statement};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan};

use super::fault::SqlFault;
use super::tokens;
use crate::Step;
use crate::draft::{Draft, Gathered};
use crate::places::Place;
use crate::request::{Request, Verb};

/// The pipelines that a statement can read.
pub trait Tables {
    /// Their names.
    fn names(&self) -> Vec<String>;

    /// The one of this name.
    fn get(&self, name: &str) -> Option<Request>;

    /// The columns of a pipeline, where they can be known. Only joins ask for them: a name may be one of either side.
    fn columns(&self, of: &Request) -> Option<Vec<String>>;
}

/// Where the text of a statement stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextPlace {
    /// The number of its cell.
    pub cell: u32,
    /// How many lines of the cell stand before it.
    pub lines_before: u32,
}

/// The pipeline that a SELECT statement means, as a request for its preview.
///
/// # Errors
/// What is wrong, or cannot be said in a plan.
pub fn select(text: &str, place: TextPlace, tables: &dyn Tables) -> Result<Request, SqlFault> {
    let query = parse(text)?;
    let known = Vec::new();
    let mut statement = Statements { tables, place, gathered: Gathered::default(), known };
    let draft = statement.query(&query)?;
    Ok(Request::new(&draft, Verb::Preview))
}

fn parse(text: &str) -> Result<Query, SqlFault> {
    let mut parser = Parser::new(&GenericDialect {}).with_tokens_with_locations(without_table_words(tokens(text)?));
    let statement = parser.parse_statement().map_err(SqlFault::of_parser)?;
    while parser.consume_token(&Token::SemiColon) {}
    let next = parser.peek_token();
    if next.token != Token::EOF {
        let fault = SqlFault::new(format!("`{}` is one too many", next.token)).at(next.span.start);
        return Err(fault.hint("a cell has one statement; a pipeline for each of several goes into a cell of its own"));
    }
    match statement {
        Statement::Query(query) => Ok(*query),
        other => Err(refused::statement(&other)),
    }
}

/// `TABLE orders`, as Flink writes the table of a window, is `orders`: the parser knows no such argument.
fn without_table_words(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let is_space = |token: &&TokenWithSpan| matches!(token.token, Token::Whitespace(_));
    let mut kept: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let is_table = matches!(&token.token, Token::Word(word) if word.keyword == Keyword::TABLE);
        let before = kept.iter().rev().find(|token| !is_space(token)).map(|token| &token.token);
        let after = tokens[at + 1..].iter().find(|token| !is_space(token)).map(|token| &token.token);
        let names_one = matches!(before, Some(Token::LParen | Token::RArrow)) && matches!(after, Some(Token::Word(_)));
        if !(is_table && names_one) {
            kept.push(token.clone());
        }
    }
    kept
}

/// On the way through a statement and the ones in it.
struct Statements<'a> {
    tables: &'a dyn Tables,
    place: TextPlace,
    gathered: Gathered,
    /// What WITH has named so far, the newest last.
    known: Vec<(String, Arc<Draft>)>,
}

impl Statements<'_> {
    fn query(&mut self, query: &Query) -> Result<Arc<Draft>, SqlFault> {
        let outside = self.known.len();
        if let Some(with) = &query.with {
            refused::recursive(with)?;
            for table in &with.cte_tables {
                refused::column_names(Some(&table.alias))?;
                let draft = self.query(&table.query)?;
                self.known.push((table.alias.name.value.clone(), draft));
            }
        }
        let draft = self.body(&query.body)?;
        refused::order(query, &draft)?;
        self.known.truncate(outside);
        Ok(draft)
    }

    fn body(&mut self, body: &SetExpr) -> Result<Arc<Draft>, SqlFault> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { .. } => {
                let mut inputs = Vec::new();
                self.union(body, &mut inputs)?;
                Ok(self.step(inputs, Step::Union, body.span().start))
            }
            other => Err(refused::body(other)),
        }
    }

    /// The inputs of a `union all`. `a union all b union all c` is one step, as in a cell.
    fn union(&mut self, body: &SetExpr, inputs: &mut Vec<Arc<Draft>>) -> Result<(), SqlFault> {
        let SetExpr::SetOperation { left, op, set_quantifier, right } = body else {
            inputs.push(self.body(body)?);
            return Ok(());
        };
        if (*op, *set_quantifier) != (SetOperator::Union, SetQuantifier::All) {
            return Err(refused::set_operation(*op, *set_quantifier).of(&**right));
        }
        self.union(left, inputs)?;
        let right = self.body(right)?;
        inputs.push(right);
        Ok(())
    }

    fn select(&mut self, select: &Select) -> Result<Arc<Draft>, SqlFault> {
        refused::clauses(select)?;
        let mut scope = self.from(select)?;
        if let Some(condition) = &select.selection {
            let predicate = scope.expr(condition)?;
            scope.draft = self.step(vec![scope.draft], Step::Filter { predicate }, condition.span().start);
        }
        match (group::is_grouped(select, &scope), scope.window) {
            (true, _) => self.grouped(select, &scope),
            (false, None) => self.listed(select, &scope),
            (false, Some(_)) => Err(refused::ungrouped(select)),
        }
    }

    /// A step at a place in the text.
    fn step(&self, inputs: Vec<Arc<Draft>>, step: Step, at: Location) -> Arc<Draft> {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let line = small(at.line).saturating_add(self.place.lines_before);
        Draft::written(
            inputs,
            step,
            Vec::new(),
            Place { node: 0, cell: self.place.cell, line, column: small(at.column) },
        )
    }
}
