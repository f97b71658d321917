//! `Top`: the best rows of each window, on their way to the value they are best by.

use std::panic::Location;
use std::sync::Arc;

use crate::display::print_text;
use crate::draft::Draft;
use crate::expr::{IntoColumn, IntoColumns};
use crate::{Expr, Step, Stream};

/// The rows of each window with the largest or smallest value; `.by("amount")` says which value, and makes rows of it.
#[derive(Clone, Debug)]
pub struct Top {
    draft: Arc<Draft>,
    n: u32,
    largest: bool,
    per: Vec<Expr>,
    location: &'static Location<'static>,
}

impl Top {
    pub(crate) fn new(draft: Arc<Draft>, n: u32, largest: bool, location: &'static Location<'static>) -> Top {
        Top { draft, n, largest, per: Vec::new(), location }
    }

    /// So many rows of each key, not of the whole window.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let revenue = kafka("localhost:9092", "orders")
    ///     .event_time("ts", "10s")
    ///     .group_by(["country", "city"])
    ///     .window(tumbling("1m"))
    ///     .agg(sum("amount").alias("revenue"));
    /// let best_of_each_country = revenue.top(3).per("country").by("revenue");
    /// # assert!(best_of_each_country.mistakes().is_empty());
    /// ```
    pub fn per(&self, keys: impl IntoColumns) -> Top {
        Top { per: keys.into_columns(), ..self.clone() }
    }

    /// The rows with the largest (of `bottom`, the smallest) value of this column or expression, best first; null comes last. Of rows
    /// with the same value those come first whose other columns are smaller, from the left.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let revenue = kafka("localhost:9092", "orders")
    ///     .event_time("ts", "10s")
    ///     .group_by("city")
    ///     .window(tumbling("1m"))
    ///     .agg(sum("amount").alias("revenue"));
    /// let best = revenue.top(3).by("revenue");
    /// # assert!(best.mistakes().is_empty());
    /// ```
    pub fn by(&self, value: impl IntoColumn) -> Stream {
        let Top { n, largest, per, .. } = self.clone();
        let step = Step::Top { n, by: value.into_column(), largest, per };
        Stream::of(self.draft.then(step, Vec::new(), self.location))
    }

    /// Prints what is missing to make rows of it.
    pub fn evcxr_display(&self) {
        let which = if self.largest { "largest" } else { "smallest" };
        print_text(&format!("the {} {which} rows of each window; add `.by(\"…\")` to say by which value", self.n));
    }
}
