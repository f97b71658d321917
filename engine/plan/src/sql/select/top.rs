//! QUALIFY: the best rows of each window.

use std::sync::Arc;

use sqlparser::ast::{
    BinaryOperator, Expr as Sql, Function, OrderBySort, Value, ValueWithSpan, WindowSpec, WindowType,
};

use super::scope::{BOUNDS, name_of};
use super::window::column_name;
use crate::draft::Draft;
use crate::expr::Expr;
use crate::sql::fault::SqlFault;
use crate::{JoinBound, Step};

/// How it is written.
pub(super) const EXAMPLE: &str =
    "`QUALIFY row_number() OVER (PARTITION BY window_start, window_end ORDER BY revenue DESC) <= 3`";

/// Whether the rows are those of windows.
pub(super) fn windowed(draft: &Arc<Draft>) -> bool {
    draft.plan().nodes.iter().any(|node| {
        matches!(
            node.step,
            Step::Aggregate { window: Some(_), .. } | Step::Join { bound: Some(JoinBound::Window { .. }), .. }
        )
    })
}

/// The step that keeps the best rows; `expr` knows the columns of what it is applied to.
pub(super) fn read(qualify: &Sql, expr: &mut dyn FnMut(&Sql) -> Result<Expr, SqlFault>) -> Result<Step, SqlFault> {
    let (call, n) = limit(qualify).ok_or_else(|| wrong("QUALIFY keeps the first rows of each window", qualify))?;
    if name_of(call) != "row_number" {
        return Err(wrong(&format!("`{}` is not possible, `row_number()` is", call.name), qualify));
    }
    let Some(WindowType::WindowSpec(over)) = &call.over else {
        return Err(wrong("`row_number()` needs its OVER", qualify));
    };
    let WindowSpec { window_name: None, partition_by, order_by, window_frame: None } = over else {
        return Err(wrong("OVER takes PARTITION BY and ORDER BY only", qualify));
    };
    let is_bound = |part: &Sql, bound: &str| column_name(part).is_some_and(|name| name.value == bound);
    if !BOUNDS.iter().all(|bound| partition_by.iter().any(|part| is_bound(part, bound))) {
        return Err(wrong("the best rows are those of a window: PARTITION BY names its bounds", qualify));
    }
    let keys = partition_by.iter().filter(|part| !BOUNDS.iter().any(|bound| is_bound(part, bound)));
    let per = keys.map(&mut *expr).collect::<Result<Vec<Expr>, _>>()?;
    let [best] = &order_by[..] else {
        return Err(wrong("rows are ranked by one value", qualify));
    };
    if best.options.nulls_first.is_some() || best.with_fill.is_some() {
        return Err(wrong("a row without the value is never among the best", qualify));
    }
    let largest = match best.options.sort {
        Some(OrderBySort::Desc) => true,
        None | Some(OrderBySort::Asc) => false,
        Some(_) => return Err(wrong("rows are ranked by ASC or DESC", qualify)),
    };
    Ok(Step::Top { n, by: expr(&best.expr)?, largest, per })
}

/// The call that is compared, and how many rows that leaves.
fn limit(qualify: &Sql) -> Option<(&Function, u32)> {
    match qualify {
        Sql::Nested(inner) => limit(inner),
        Sql::BinaryOp { left, op, right } => {
            let Sql::Function(call) = &**left else { return None };
            let Sql::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) = &**right else { return None };
            let number: u32 = digits.parse().ok()?;
            match op {
                BinaryOperator::LtEq => Some((call, number)),
                BinaryOperator::Lt => Some((call, number.checked_sub(1)?)),
                BinaryOperator::Eq if number == 1 => Some((call, 1)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn wrong(what: &str, qualify: &Sql) -> SqlFault {
    SqlFault::new(what).of(qualify).hint(format!("write {EXAMPLE}"))
}
