//! SQL text in a plan and in the arguments of a request, put in its place before anything is validated: so that the plan, and
//! its fingerprint, are those of the builders.

use super::parse;
use crate::draft::exprs_mut;
use crate::expr::{Expr, null};
use crate::mistake::{Mistake, PlanError};
use crate::validate::untellable;
use crate::{Plan, Step};

impl Plan {
    /// The same plan with every SQL text read.
    ///
    /// ```
    /// use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders");
    /// let read = orders.filter(expr("amount > 0")).plan().with_sql_read().unwrap();
    /// assert_eq!(read.to_json(), orders.filter(col("amount").gt(0)).plan().to_json());
    /// ```
    ///
    /// # Errors
    /// Every text that cannot be read, with its step.
    pub fn with_sql_read(&self) -> Result<Plan, Vec<PlanError>> {
        let mut plan = self.clone();
        let wrong = plan.read_sql();
        if wrong.is_empty() { Ok(plan) } else { Err(wrong) }
    }

    /// Reads every SQL text in place; one that cannot be read becomes null, and is told.
    pub(crate) fn read_sql(&mut self) -> Vec<PlanError> {
        let mut wrong = Vec::new();
        for node in &mut self.nodes {
            for expr in exprs_mut(&mut node.step) {
                wrong.extend(read(expr).map(|mistake| mistake.at(node.id)));
            }
            if let Step::Aggregate { aggs, .. } = &mut node.step {
                // An aggregate is called after its column, which is known only now.
                aggs.iter_mut().for_each(crate::Agg::name_after_input);
            }
        }
        wrong
    }
}

/// Reads the SQL text in an expression, if there is any.
pub(crate) fn read(expr: &mut Expr) -> Option<Mistake> {
    if !expr.has_sql() {
        return None;
    }
    let mistake = replace(expr).err().or_else(|| untellable(expr))?;
    *expr = null().alias(expr.output_name().unwrap_or_default());
    Some(mistake)
}

fn replace(expr: &mut Expr) -> Result<(), Mistake> {
    if let Expr::Sql(text) = expr {
        *expr = parse(text)?;
        return Ok(());
    }
    expr.children_mut().into_iter().try_for_each(replace)
}
