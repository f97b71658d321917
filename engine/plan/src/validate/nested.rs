//! Checks of the steps that take lists and structs apart.

use super::{Checker, no_column};
use crate::mistake::Mistake;
use crate::{DataType, Field, Schema};

impl Checker<'_> {
    pub(super) fn explode(&mut self, node: u32, column: &str, before: Option<Schema>) -> Option<Schema> {
        self.loses_time(node, |time| time == column);
        let mut schema = before?;
        let Some(place) = schema.index_of(column) else {
            self.wrong(node, no_column(column, &schema));
            return None;
        };
        match schema.fields[place].data_type.clone() {
            DataType::List(element) => {
                schema.fields[place].data_type = *element;
                Some(schema)
            }
            found => {
                let mistake = Mistake::new(format!("`explode` needs a column of lists; `{column}` is {found}"));
                self.wrong(node, mistake.hint("name a column that is an ARRAY<…>"));
                None
            }
        }
    }

    pub(super) fn unnest(&mut self, node: u32, column: &str, before: Option<Schema>) -> Option<Schema> {
        self.loses_time(node, |time| time == column);
        let schema = before?;
        let Some(place) = schema.index_of(column) else {
            self.wrong(node, no_column(column, &schema));
            return None;
        };
        let DataType::Struct(fields) = &schema.fields[place].data_type else {
            let found = &schema.fields[place].data_type;
            let mistake = Mistake::new(format!("`unnest` needs a column of structs; `{column}` is {found}"));
            self.wrong(
                node,
                mistake.hint("name a column that is a STRUCT<…>; a list becomes rows with `.explode(…)` first"),
            );
            return None;
        };
        let taken = |name: &str| schema.fields.iter().any(|field| field.name == name && field.name != column);
        let renamed = fields.iter().map(|field| match taken(&field.name) {
            true => Field { name: format!("{column}_{}", field.name), data_type: field.data_type.clone() },
            false => field.clone(),
        });
        let after: Vec<Field> = schema.fields[..place]
            .iter()
            .cloned()
            .chain(renamed)
            .chain(schema.fields[place + 1..].iter().cloned())
            .collect();
        let after = Schema::new(after);
        if after.fields.is_empty() {
            self.wrong(node, Mistake::new(format!("`unnest` of `{column}` leaves no column: the struct has no field")));
            return None;
        }
        self.unique(node, after.names()).then_some(after)
    }
}
