//! Other columns beside a key that straggles: those that could be the key, or a part of it, and the one whose hash splits a key best.

use std::collections::HashSet;

use headwater::{DataType, Expr, Field};
use headwater_exec::{Cancel, TapeSet};
use headwater_profile::{KeyRow, KeyValue, OtherKey};

use crate::key_plan::KeyPlan;
use crate::key_rows::rows_beside;

/// Columns of texts that are tried as keys.
const TRIED: usize = 6;
/// Columns that are looked at for one that differs from row to row.
const LOOKED_AT: usize = 12;
/// A column with fewer different values spreads nothing.
const LEAST: usize = 4;

/// A column splits a key when one value in so many rows is new, at least.
const SPREADS: usize = 4;

/// The columns that help.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Those that could be the key, or a part of it.
    pub(crate) others: Vec<OtherKey>,
    /// The one, as SQL text, that differs most from row to row.
    pub(crate) spread: Option<OtherKey>,
}

/// The values of the columns that could help, beside `rows`. Without those that would change which rows there are: a field that does not
/// fit is noticed only when it is read.
pub(crate) fn other_keys(plan: &KeyPlan, tapes: &TapeSet<'_>, rows: &[KeyRow], cancel: &Cancel) -> Beside {
    let texts = candidates(plan, TRIED, |data_type| *data_type == DataType::String);
    let all = candidates(plan, LOOKED_AT, |data_type| !data_type.is_nested() && *data_type != DataType::Boolean);
    let all: Vec<String> = texts.iter().chain(all.iter().filter(|name| !texts.contains(name))).cloned().collect();
    let found = values(plan, &all, tapes, rows, cancel).map(|values| (all, values));
    let found = found.or_else(|| values(plan, &texts, tapes, rows, cancel).map(|values| (texts.clone(), values)));
    let Some((names, values)) = found else { return Beside::default() };
    let mut beside = Beside::default();
    let mut most = rows.len() / SPREADS;
    for (name, values) in names.into_iter().zip(values) {
        let different = values.iter().collect::<HashSet<_>>().len();
        let is_key = texts.contains(&name) && different >= LEAST && different * 2 <= values.len();
        if different > most {
            most = different;
            beside.spread = Some(OtherKey { name: Expr::Column(name.clone()).to_string(), values: values.clone() });
        }
        // Nearly as many values as rows is an id: a group of its own for each row.
        if is_key {
            beside.others.push(OtherKey { name, values });
        }
    }
    beside
}

fn values(
    plan: &KeyPlan,
    names: &[String],
    tapes: &TapeSet<'_>,
    rows: &[KeyRow],
    cancel: &Cancel,
) -> Option<Vec<Vec<KeyValue>>> {
    let (beside, values) = rows_beside(&plan.beside(names)?, names.len(), tapes, cancel).ok()?;
    (beside.len() == rows.len()).then_some(values)
}

/// The columns of these types that are no part of the key. Numbers are mostly measures, and nobody groups by an amount.
fn candidates(plan: &KeyPlan, most: usize, fits: impl Fn(&DataType) -> bool) -> Vec<String> {
    let own = |name: &str| plan.exprs.iter().any(|key| matches!(key, Expr::Column(own) if own == name));
    let fields = plan.columns.iter().filter(|field: &&Field| fits(&field.data_type) && !own(&field.name));
    fields.map(|field| field.name.clone()).take(most).collect()
}
