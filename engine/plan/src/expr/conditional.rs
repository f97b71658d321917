//! `when(…).then(…).otherwise(…)`: the value of the first branch whose condition is true.

use super::{Branch, Expr, null};

/// Begins a choice; `.then(…)` says what it gives.
///
/// ```
/// # use headwater::prelude::*;
/// let size = when(col("amount").gt(1000)).then("big").when(col("amount").gt(10)).then("middling").otherwise("small");
/// assert_eq!(
///     size.alias("size").to_string(),
///     "case when amount > 1000 then 'big' when amount > 10 then 'middling' else 'small' end as size",
/// );
/// ```
pub fn when(condition: impl Into<Expr>) -> When {
    When { branches: Vec::new(), condition: condition.into() }
}

/// A condition that waits for its value.
#[derive(Clone, Debug)]
pub struct When {
    branches: Vec<Branch>,
    condition: Expr,
}

impl When {
    /// The value where the condition is true.
    pub fn then(&self, value: impl Into<Expr>) -> Then {
        self.then_expr(value.into())
    }

    fn then_expr(&self, then: Expr) -> Then {
        let mut branches = self.branches.clone();
        branches.push(Branch { when: self.condition.clone(), then });
        Then { branches }
    }
}

/// One branch or more: add another with `.when(…)`, or end with `.otherwise(…)`. Without an end, other rows get null.
#[derive(Clone, Debug)]
pub struct Then {
    branches: Vec<Branch>,
}

impl Then {
    /// Another condition, tried where those before are not true.
    pub fn when(&self, condition: impl Into<Expr>) -> When {
        When { branches: self.branches.clone(), condition: condition.into() }
    }

    /// The value where no condition is true.
    pub fn otherwise(&self, value: impl Into<Expr>) -> Expr {
        Expr::When { branches: self.branches.clone(), otherwise: Box::new(value.into()) }
    }
}

impl From<Then> for Expr {
    fn from(then: Then) -> Expr {
        then.otherwise(null())
    }
}
