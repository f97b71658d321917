//! SQL text as expressions (feature `sql`): parsed by `sqlparser`, and turned part by part into what the builders make, by the
//! names of the function catalogue. [`select`] makes plans of whole SELECT statements in the same way.

mod call;
mod constant;
mod fault;
mod resolve;
mod select;
#[cfg(test)]
mod tests;
mod translate;

use sqlparser::ast::SelectItem;
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use crate::expr::Expr;
use crate::mistake::Mistake;

pub use fault::SqlFault;
pub(crate) use resolve::read;
pub use select::{Tables, TextPlace, select};
pub use translate::translate;

/// Words and signs of a text; more would nest more deeply than a plan can.
const LONGEST: usize = 4_000;

/// The expression that a text says; `as` gives it a name.
///
/// ```
/// use headwater::prelude::*;
/// use headwater::sql::parse;
/// assert_eq!(parse("amount > 0 AND city IS NOT NULL"), Ok(col("amount").gt(0).and(col("city").is_not_null())));
/// assert_eq!(parse("lowr(city)").unwrap_err().to_string(), "\
/// in SQL text: no function `lowr`
///   lowr(city)
///   ^
/// hint: did you mean `lower`?");
/// ```
///
/// # Errors
/// What is wrong, with a mark under its place in the text.
pub fn parse(text: &str) -> Result<Expr, Mistake> {
    let mut items = items(text).map_err(|fault| fault.in_text(text))?;
    match (items.pop(), items.is_empty()) {
        (Some(item), true) => expression(item).map_err(|fault| fault.in_text(text)),
        _ => Err(SqlFault::new("one expression is wanted, not several").in_text(text)),
    }
}

/// The expressions that a text says, with commas between them.
///
/// # Errors
/// As for [`parse`].
pub fn parse_list(text: &str) -> Result<Vec<Expr>, Mistake> {
    let items = items(text).and_then(|items| items.into_iter().map(expression).collect());
    items.map_err(|fault: SqlFault| fault.in_text(text))
}

/// What is selected, parsed but not translated.
fn items(text: &str) -> Result<Vec<SelectItem>, SqlFault> {
    let mut parser = Parser::new(&GenericDialect {}).with_tokens_with_locations(tokens(text)?);
    let items = parser.parse_comma_separated(Parser::parse_select_item).map_err(SqlFault::of_parser)?;
    let next = parser.peek_token();
    match next.token {
        Token::EOF => Ok(items),
        other => Err(SqlFault::new(format!("`{other}` is one too many")).at(next.span.start)),
    }
}

/// The words and signs of a text.
fn tokens(text: &str) -> Result<Vec<TokenWithSpan>, SqlFault> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize_with_location().map_err(SqlFault::of_token)?;
    let says = |token: &TokenWithSpan| !matches!(token.token, Token::Whitespace(_) | Token::Comma);
    match tokens.iter().filter(|token| says(token)).count() {
        0 => Err(SqlFault::new("the text is empty")),
        LONGEST.. => Err(SqlFault::new("the text is too long")),
        _ => Ok(tokens),
    }
}

fn expression(item: SelectItem) -> Result<Expr, SqlFault> {
    match item {
        SelectItem::UnnamedExpr(expr) => translate(&expr),
        SelectItem::ExprWithAlias { expr, alias } => Ok(translate(&expr)?.alias(alias.value)),
        _ => Err(SqlFault::new("`*` is no expression").hint("name the columns")),
    }
}
