//! What names mean in a SELECT: the columns of what FROM gives, with the names of the tables before them.

use std::cell::Cell;
use std::sync::Arc;

use sqlparser::ast::{Expr as Sql, Function, Ident};

use crate::Window;
use crate::draft::Draft;
use crate::expr::{Expr, col};
use crate::sql::call::AGGREGATES;
use crate::sql::fault::SqlFault;
use crate::sql::translate::{Around, translate_within};

/// The columns that a window gives to its rows.
pub(super) const BOUNDS: [&str; 2] = ["window_start", "window_end"];

/// What FROM gives.
pub(super) struct Scope {
    pub(super) draft: Arc<Draft>,
    pub(super) sides: Vec<Side>,
    /// The window that a table function cuts the rows in; it counts for the `group by` or the join that follows.
    pub(super) window: Option<Window>,
    /// An aggregate was met where rows are not grouped yet.
    aggregate_met: Cell<bool>,
}

/// One table of it.
#[derive(Clone)]
pub(super) struct Side {
    /// The name that may stand before its columns.
    pub(super) name: Option<String>,
    /// After a join: its columns, and what each is called then; nothing where it is left out.
    pub(super) columns: Option<Vec<(String, Option<String>)>>,
}

impl Scope {
    pub(super) fn new(draft: Arc<Draft>, sides: Vec<Side>, window: Option<Window>) -> Scope {
        Scope { draft, sides, window, aggregate_met: Cell::new(false) }
    }

    /// The expression of a row that a part of the statement means.
    pub(super) fn expr(&self, sql: &Sql) -> Result<Expr, SqlFault> {
        translate_within(&mut &*self, sql)
    }

    /// Whether there is an aggregate in it.
    pub(super) fn has_aggregate(&self, sql: &Sql) -> bool {
        self.aggregate_met.set(false);
        let _ = self.expr(sql);
        self.aggregate_met.get()
    }

    pub(super) fn side(&self, name: &str) -> Option<&Side> {
        self.sides.iter().find(|side| side.name.as_deref() == Some(name))
    }

    /// A column by its own name, of any table.
    fn column(&self, name: &Ident) -> Result<Expr, SqlFault> {
        let mut found: Vec<(&Side, &Option<String>)> = Vec::new();
        for side in &self.sides {
            let own = side.columns.iter().flatten().find(|(own, _)| *own == name.value);
            found.extend(own.map(|(_, called)| (side, called)));
        }
        let mut called: Vec<&str> = found.iter().filter_map(|(_, called)| called.as_deref()).collect();
        called.dedup();
        match called[..] {
            [] => Ok(col(name.value.as_str())),
            [one] => Ok(col(one)),
            _ => {
                let full: Vec<String> = found
                    .iter()
                    .filter_map(|(side, _)| Some(format!("`{}.{}`", side.name.as_ref()?, name.value)))
                    .collect();
                let fault = SqlFault::new(format!("`{}` is in several tables", name.value)).at(name.span.start);
                Err(fault.hint(format!("say which: {}", full.join(" or "))))
            }
        }
    }

    /// `table.column`.
    fn column_of(&self, side: &Side, name: &Ident) -> Result<Expr, SqlFault> {
        let Some(columns) = &side.columns else { return Ok(col(name.value.as_str())) };
        if BOUNDS.contains(&name.value.as_str()) {
            return Ok(col(name.value.as_str()));
        }
        let table = side.name.as_deref().unwrap_or_default();
        match columns.iter().find(|(own, _)| *own == name.value) {
            Some((_, Some(called))) => Ok(col(called.as_str())),
            Some((_, None)) => {
                let message =
                    format!("`{table}.{}` is a key of the join, which is a column of the left table only", name.value);
                Err(SqlFault::new(message).at(name.span.start).hint("take the key of the left table"))
            }
            None => {
                let names: Vec<&str> = columns.iter().map(|(own, _)| own.as_str()).collect();
                let near = crate::suggest(&name.value, names.iter().copied());
                let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
                let fault = SqlFault::new(format!("no column `{}` in `{table}`", name.value)).at(name.span.start);
                Err(fault.hint(format!("{near}columns: {}", names.join(", "))))
            }
        }
    }
}

impl Around for &Scope {
    fn instead(&mut self, part: &Sql) -> Result<Option<Expr>, SqlFault> {
        match part {
            Sql::Identifier(name) => self.column(name).map(Some),
            Sql::CompoundIdentifier(names) => {
                let [first, second, members @ ..] = &names[..] else { return Ok(None) };
                let (column, members) = match self.side(&first.value) {
                    Some(side) => (self.column_of(side, second)?, members),
                    None => (self.column(first)?, &names[1..]),
                };
                Ok(Some(members.iter().fold(column, |whole, name| whole.field(name.value.as_str()))))
            }
            Sql::Function(call) if is_aggregate(call) => {
                self.aggregate_met.set(true);
                let fault =
                    SqlFault::new(format!("`{}` is an aggregate, and here rows are not grouped yet", call.name));
                Err(fault.hint("a condition on groups stands in HAVING"))
            }
            Sql::Function(call) if call.over.is_some() => Err(over(call)),
            _ => Ok(None),
        }
    }
}

/// Whether this is a call of an aggregate, here or in other systems.
pub(super) fn is_aggregate(call: &Function) -> bool {
    call.over.is_none() && AGGREGATES.contains(&name_of(call).as_str())
}

pub(super) fn name_of(call: &Function) -> String {
    call.name.to_string().to_ascii_lowercase()
}

fn over(call: &Function) -> SqlFault {
    let fault = SqlFault::new(format!("`{}(…) over …` is possible in QUALIFY only", call.name));
    fault.hint(super::top::EXAMPLE)
}
