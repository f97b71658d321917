//! `Stream`, the handle on a pipeline that a cell works with. Its verbs are in the files of this folder, by theme.

mod checks;
mod columns;
mod sinks;
mod source;
mod time;
mod together;

pub use checks::ExpectedRate;
pub use columns::{IntoNames, TypeSpec};
#[doc(hidden)]
pub use source::recall;
pub use source::{files, kafka};
pub use together::IntoStreams;

use std::sync::Arc;

use crate::draft::Draft;
use crate::job::Job;
use crate::look::{Drift, Keys, Pinned, Shape, Watch};
use crate::request::{Request, Verb};
use crate::{IntoColumns, Plan, PlanError, Sample, Step};

/// A pipeline so far. Every verb gives a new one and leaves this one as it is; a verb never fails: what is wrong is
/// remembered, and reported with its step and line when the stream is looked at. As the last expression of a cell it
/// is previewed.
#[derive(Clone, Debug)]
pub struct Stream {
    draft: Arc<Draft>,
}

impl Stream {
    pub(crate) fn of(draft: Arc<Draft>) -> Stream {
        Stream { draft }
    }

    pub(crate) fn draft(&self) -> &Arc<Draft> {
        &self.draft
    }

    fn then(&self, step: Step, wrong: Vec<crate::Mistake>, location: &std::panic::Location<'_>) -> Stream {
        Stream::of(self.draft.then(step, wrong, location))
    }

    pub(crate) fn then_with(
        &self,
        other: &Stream,
        step: Step,
        wrong: Vec<crate::Mistake>,
        location: &std::panic::Location<'_>,
    ) -> Stream {
        Stream::of(self.draft.then_with([Arc::clone(&other.draft)], step, wrong, location))
    }

    fn ending_in(&self, sink: crate::Sink, location: &std::panic::Location<'_>) -> Job {
        Job::new(self.draft.then(Step::Sink(sink), Vec::new(), location))
    }

    /// The plan: what this pipeline is, as data.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let plan = kafka("localhost:9092", "orders").json().filter(col("amount").gt(0)).plan();
    /// assert_eq!(plan.describe(1), "step 2, `filter`");
    /// ```
    pub fn plan(&self) -> Plan {
        self.draft.plan()
    }

    /// How this pipeline's source, the first one of several, is sampled when it is looked at.
    pub fn sampling(&self) -> Sample {
        self.samples().into_iter().next().unwrap_or_default()
    }

    /// How each source is sampled when this pipeline is looked at, in the order of [`Plan::sources`].
    pub fn samples(&self) -> Vec<Sample> {
        self.draft.samples()
    }

    /// All that is known to be wrong without looking at data. A notebook shows it with the cell's own line. The SQL text of
    /// [`crate::expr::expr`] is not read here but by the kernel, so that nothing is said of a step that has some.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").event_time("ts", "ten seconds");
    /// assert_eq!(orders.mistakes()[0].node, 1);
    /// ```
    pub fn mistakes(&self) -> Vec<PlanError> {
        self.draft.mistakes()
    }

    /// What is in it: types, nulls, typical values and garbage, a row a path. Shown when it ends a cell.
    ///
    /// ```no_run
    /// # use headwater::prelude::*;
    /// kafka("localhost:9092", "orders").shape();
    /// ```
    pub fn shape(&self) -> Shape {
        Shape::new(Arc::clone(&self.draft))
    }

    /// What grouping by these columns would do to parallel workers. Several are one key; a key can be an expression. Shown when
    /// it ends a cell.
    ///
    /// ```no_run
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders");
    /// orders.keys("city").parallelism(64);
    /// orders.keys([col("city").lower(), col("currency")]).parallelism(64);
    /// ```
    pub fn keys(&self, columns: impl IntoColumns) -> Keys {
        Keys::new(Arc::clone(&self.draft), columns.into_columns())
    }

    /// What the last group-by of this pipeline does to parallel workers: the keys are its keys, and the verdict knows whether its
    /// aggregates can be combined before the rows are sent to the worker of their key. Shown when it ends a cell.
    ///
    /// ```no_run
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").event_time("ts", "10s");
    /// let revenue = orders.group_by(["city"]).window(tumbling("1m")).agg([sum("amount").alias("revenue")]);
    /// revenue.group_keys().parallelism(64);
    /// ```
    pub fn group_keys(&self) -> Keys {
        Keys::new(Arc::clone(&self.draft), Vec::new())
    }

    /// What became of this stream since `baseline` was pinned: a name, or the path of its file. Each check says pass, fail, or how
    /// many more rows would tell. Shown when it ends a cell.
    ///
    /// ```no_run
    /// # use headwater::prelude::*;
    /// kafka("localhost:9092", "orders").drift("normal");
    /// ```
    pub fn drift(&self, baseline: impl Into<String>) -> Drift {
        Drift::new(Arc::clone(&self.draft), baseline.into())
    }

    /// The rows that come from now on, in one view that changes in place until you interrupt it: the newest rows, windows that are open
    /// with how long until they close, records a second, how far behind the clock event time is. It joins no consumer group, commits and
    /// writes nothing. For topics; files have an end. Shown when it ends a cell.
    ///
    /// ```no_run
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").event_time("ts", "10s");
    /// orders.watch();
    /// orders.watch().since("5m").keys("city").stop_after("1m");
    /// ```
    pub fn watch(&self) -> Watch {
        Watch::new(Arc::clone(&self.draft))
    }

    /// Pins what is in this stream as a baseline that later looks are compared with: `pin("normal")` writes
    /// `baselines/normal.json` beside the notebook, a name with a `/` or the ending `.json` is the path of the file. It takes the
    /// place of an older one. `keys("city").pin(…)` pins the skew of a key too. The kernel does it; outside a notebook nothing is
    /// written, and standard error says so.
    ///
    /// ```no_run
    /// # use headwater::prelude::*;
    /// kafka("localhost:9092", "orders").pin("normal");
    /// ```
    pub fn pin(&self, name: impl Into<String>) -> Pinned {
        self.shape().pin(name)
    }

    /// Shows a preview in the notebook; without the kernel, the plan as text.
    pub fn evcxr_display(&self) {
        Request::new(&self.draft, Verb::Preview).show();
    }
}
