//! Other columns that could be the key, or a part of it: tried when the one that was asked for straggles.

use std::collections::HashSet;

use headwater::{DataType, Expr};
use headwater_exec::{Cancel, TapeSet};
use headwater_profile::{KeyRow, OtherKey};

use crate::key_plan::KeyPlan;
use crate::key_rows::rows_beside;

/// Columns that are tried.
const TRIED: usize = 6;
/// A column with fewer different values spreads nothing.
const LEAST: usize = 4;

/// The values of the columns that could help, beside `rows`. Empty where they would change which rows there are: a field that does not
/// fit is noticed only when it is read.
pub(crate) fn other_keys(plan: &KeyPlan, tapes: &TapeSet<'_>, rows: &[KeyRow], cancel: &Cancel) -> Vec<OtherKey> {
    let names = candidates(plan);
    let Some(wider) = plan.beside(&names) else { return Vec::new() };
    let Ok((beside, values)) = rows_beside(&wider, names.len(), tapes, cancel) else { return Vec::new() };
    if beside.len() != rows.len() {
        return Vec::new();
    }
    let found = names.into_iter().zip(values).map(|(name, values)| OtherKey { name, values });
    // Nearly as many values as rows is an id: a group of its own for each row.
    let spreads = |other: &OtherKey| {
        let different = other.values.iter().collect::<HashSet<_>>().len();
        different >= LEAST && different * 2 <= other.values.len()
    };
    found.filter(spreads).collect()
}

/// The columns of texts that are no part of the key: numbers are mostly measures, and nobody groups by an amount.
fn candidates(plan: &KeyPlan) -> Vec<String> {
    let own = |name: &str| plan.exprs.iter().any(|key| matches!(key, Expr::Column(own) if own == name));
    let fields = plan.columns.iter().filter(|field| field.data_type == DataType::String && !own(&field.name));
    fields.map(|field| field.name.clone()).take(TRIED).collect()
}
