//! `Diff`: what an edit of a pipeline changed in its rows, over the same sample.

use std::borrow::Borrow;
use std::sync::Arc;

use crate::draft::Draft;
use crate::look::shape::Other;
use crate::request::{Request, Verb};
use crate::{IntoNames, PlanError, Stream};

/// What an edit changed: the rows of a pipeline beside those of an earlier one. Shown when it ends a cell; made by [`Stream::diff`].
#[derive(Clone, Debug)]
pub struct Diff {
    draft: Arc<Draft>,
    args: DiffArgs,
}

/// With what a pipeline is compared, and how their rows are matched.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct DiffArgs {
    /// The pipeline before the edit.
    pub previous: Box<Other>,
    /// The columns by which a row is known in both; when there are none, what the pipelines tell: the keys of their groups, or
    /// the record that a row is made of.
    pub by: Vec<String>,
}

impl Stream {
    /// What an edit changed: rows that are new, gone or changed beside those of `previous`, over the same sample. Keep the pipeline
    /// before the edit under another name, and end a cell with the difference.
    ///
    /// A row is matched with the one before by the keys of its group and its window; without groups, by the record that it is made of;
    /// by the columns of [`Diff::by`] if they are named. Columns that only one of them has are told, not compared.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json().event_time("ts", "10s");
    /// let revenue = |orders: &Stream| orders.group_by(["city"]).window(tumbling("1m")).agg([sum("amount").alias("revenue")]);
    /// let before = revenue(&orders);
    /// let after = revenue(&orders.filter(col("amount").gt(0)));
    /// let edit = after.diff(&before);
    /// # assert!(edit.mistakes().is_empty());
    /// ```
    pub fn diff(&self, previous: impl Borrow<Stream>) -> Diff {
        let previous = Box::new(Other::new(previous.borrow().draft()));
        Diff { draft: Arc::clone(self.draft()), args: DiffArgs { previous, by: Vec::new() } }
    }
}

impl Diff {
    /// The columns by which a row is known in both.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// # let (before, after) = (kafka("localhost:9092", "orders"), kafka("localhost:9092", "orders"));
    /// let edit = after.diff(&before).by(["order_id"]);
    /// # assert!(edit.mistakes().is_empty());
    /// ```
    pub fn by(&self, columns: impl IntoNames) -> Diff {
        let mut diff = self.clone();
        diff.args.by = columns.into_names();
        diff
    }

    /// With what it is compared, and how.
    pub fn args(&self) -> &DiffArgs {
        &self.args
    }

    /// All that is known to be wrong with the pipeline after the edit without looking at data.
    pub fn mistakes(&self) -> Vec<PlanError> {
        self.draft.mistakes()
    }

    /// Shows the difference in the notebook; without the kernel, the plan as text.
    pub fn evcxr_display(&self) {
        Request::new(&self.draft, Verb::Diff(self.args.clone())).show();
    }
}
