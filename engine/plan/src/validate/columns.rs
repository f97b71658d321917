//! Checks of the steps that choose, make, rename, remove and cast columns, and of filters.

use super::{Checker, expr_type, no_column};
use crate::expr::{Expr, Literal};
use crate::mistake::Mistake;
use crate::{DataType, Field, Renamed, Schema};

impl Checker<'_> {
    pub(super) fn filter(&mut self, node: u32, predicate: &Expr, before: Option<Schema>) -> Option<Schema> {
        self.filtered.get_or_insert(node);
        self.condition(node, "filter", predicate, before)
    }

    /// A boolean expression over the rows, of the step of this name.
    pub(super) fn condition(
        &mut self,
        node: u32,
        verb: &str,
        predicate: &Expr,
        before: Option<Schema>,
    ) -> Option<Schema> {
        if let Expr::Literal(Literal::Boolean(always)) = predicate {
            let mistake = Mistake::new(format!("`{verb}({always})` says the same of every row"));
            self.wrong(
                node,
                mistake.hint("compare with `.eq(…)` or `.neq(…)`: `==` and `!=` compare the expressions themselves"),
            );
        }
        let schema = before?;
        match self.type_of(node, predicate, &schema) {
            None | Some(DataType::Boolean) => {}
            Some(found) => {
                let mistake = Mistake::new(format!("`{verb}` needs a BOOLEAN; `{predicate}` is {found}"));
                self.wrong(node, mistake.hint("compare it: `.gt(0)`, `.eq(\"…\")`, `.is_not_null()`"));
            }
        }
        Some(schema)
    }

    pub(super) fn select(&mut self, node: u32, exprs: &[Expr], before: Option<Schema>) -> Option<Schema> {
        let kept = |column: &str| exprs.iter().any(|expr| is_same(expr, column));
        self.loses_time(node, |column| !kept(column));
        if exprs.is_empty() {
            self.wrong(node, Mistake::new("`select` keeps no column").hint("name at least one"));
        }
        let made = self.made(node, exprs, before.as_ref())?;
        Some(Schema::new(made))
    }

    pub(super) fn with_columns(&mut self, node: u32, exprs: &[Expr], before: Option<Schema>) -> Option<Schema> {
        let makes = |expr: &Expr, column: &str| expr.output_name().as_deref() == Some(column);
        self.loses_time(node, |column| exprs.iter().any(|expr| makes(expr, column) && !is_same(expr, column)));
        let made = self.made(node, exprs, before.as_ref());
        let mut schema = before?;
        for field in made? {
            match schema.index_of(&field.name) {
                Some(place) => schema.fields[place] = field,
                None => schema.fields.push(field),
            }
        }
        Some(schema)
    }

    /// The columns these expressions make; `None` if a type cannot be known or a name is wrong.
    fn made(&mut self, node: u32, exprs: &[Expr], schema: Option<&Schema>) -> Option<Vec<Field>> {
        let names: Vec<Option<String>> = exprs.iter().map(|expr| self.output_name(node, expr)).collect();
        let named = self.unique(node, names.iter().flatten().map(String::as_str).collect());
        let schema = schema?;
        let mut fields = Vec::with_capacity(exprs.len());
        for (expr, name) in exprs.iter().zip(&names) {
            let data_type = match expr_type::type_of(expr, schema) {
                Ok(data_type) => Some(data_type),
                Err(mistakes) => {
                    for mistake in mistakes {
                        self.wrong(node, sibling_hint(mistake, expr, &names, schema));
                    }
                    None
                }
            };
            fields.push(name.clone().zip(data_type).map(|(name, data_type)| Field { name, data_type }));
        }
        fields.into_iter().collect::<Option<Vec<_>>>().filter(|_| named)
    }

    /// The name of the column an expression makes.
    pub(super) fn output_name(&mut self, node: u32, expr: &Expr) -> Option<String> {
        let name = expr.output_name();
        match name.as_deref() {
            None => {
                let mistake = Mistake::new(format!("`{expr}` has no name"));
                self.wrong(node, mistake.hint("give it one: `.alias(\"…\")`"));
            }
            Some("") => self.wrong(node, Mistake::new(format!("the name of `{expr}` is empty"))),
            Some(_) => {}
        }
        name
    }

    pub(super) fn rename(&mut self, node: u32, columns: &[Renamed], before: Option<Schema>) -> Option<Schema> {
        self.loses_time(node, |time| columns.iter().any(|c| c.from != c.to && (c.from == time || c.to == time)));
        let schema = before?;
        let unknown: Vec<&Renamed> = columns.iter().filter(|renamed| schema.field(&renamed.from).is_none()).collect();
        for renamed in &unknown {
            self.wrong(node, no_column(&renamed.from, &schema));
        }
        let twice = !self.unique(node, columns.iter().map(|renamed| renamed.from.as_str()).collect());
        if twice || !unknown.is_empty() {
            return None;
        }
        let mut renamed = schema.clone();
        for Renamed { from, to } in columns {
            if let Some(place) = schema.index_of(from) {
                renamed.fields[place].name.clone_from(to);
            }
        }
        self.unique(node, renamed.names()).then_some(renamed)
    }

    pub(super) fn drop(&mut self, node: u32, columns: &[String], before: Option<Schema>) -> Option<Schema> {
        self.loses_time(node, |time| columns.iter().any(|column| column == time));
        let mut schema = before?;
        for column in columns {
            if schema.field(column).is_none() {
                self.wrong(node, no_column(column, &schema));
            }
        }
        schema.fields.retain(|field| !columns.contains(&field.name));
        if schema.fields.is_empty() {
            self.wrong(node, Mistake::new("`drop` removes every column").hint("keep at least one"));
        }
        Some(schema)
    }

    pub(super) fn cast(&mut self, node: u32, columns: &[Field], before: Option<Schema>) -> Option<Schema> {
        self.loses_time(node, |time| columns.iter().any(|field| field.name == time));
        let mut schema = before?;
        for Field { name, data_type: to } in columns {
            let Some(place) = schema.index_of(name) else {
                self.wrong(node, no_column(name, &schema));
                continue;
            };
            let from = std::mem::replace(&mut schema.fields[place].data_type, to.clone());
            if !expr_type::can_cast(&from, to) {
                self.wrong(node, expr_type::cast_mistake(&format!("`cast` of `{name}`"), &from, to));
            }
        }
        Some(schema)
    }

    /// Notes each name that comes twice; whether none did.
    pub(super) fn unique(&mut self, node: u32, names: Vec<&str>) -> bool {
        let mut single = true;
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                single = false;
                let mistake = Mistake::new(format!("two columns are called `{name}`"));
                self.wrong(node, mistake.hint("give one of them another name, with `.alias(\"…\")` or `rename`"));
            }
        }
        single
    }
}

/// Whether an expression gives a column as it is, under its own name.
fn is_same(expr: &Expr, column: &str) -> bool {
    match expr {
        Expr::Column(name) => name == column,
        Expr::Alias { input, name } => name == column && is_same(input, column),
        _ => false,
    }
}

/// A column that this same step makes is not there yet for its neighbours; say so instead of guessing a spelling.
fn sibling_hint(mistake: Mistake, expr: &Expr, siblings: &[Option<String>], schema: &Schema) -> Mistake {
    let own = expr.output_name();
    let made_here = expr.columns().into_iter().find(|column| {
        let sibling = siblings.iter().any(|name| name.as_deref() == Some(column)) && own.as_deref() != Some(column);
        sibling && schema.field(column).is_none() && mistake.message == format!("no column `{column}`")
    });
    match made_here {
        Some(column) => mistake.hint(format!(
            "`{column}` is made in this same step; read it in a second `.with_columns` or `.select` after this one"
        )),
        None => mistake,
    }
}
