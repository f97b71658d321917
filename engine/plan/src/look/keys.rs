//! `Keys`: what grouping by a key would do to parallel workers, for a target and its placement.

use std::sync::Arc;

use crate::draft::{Draft, make_tellable};
use crate::look::Target;
use crate::look::drift::{PinArgs, Pinned, PinnedKey};
use crate::request::{Request, Verb};
use crate::{Expr, PlanError};

/// What grouping by keys would do to parallel workers. Shown when it ends a cell; made by [`crate::Stream::keys`] and
/// [`crate::Stream::group_keys`].
#[derive(Clone, Debug)]
pub struct Keys {
    draft: Arc<Draft>,
    args: KeysArgs,
}

/// How a key report is made.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct KeysArgs {
    /// The columns or expressions that are the key together; when there are none, those of the pipeline's last group-by.
    pub exprs: Vec<Expr>,
    /// How many workers the forecast is for; eight, and said so, when absent.
    pub parallelism: Option<u32>,
    /// Whose placement the forecast is made with.
    pub target: Target,
    /// Whether keys are kept out of the report.
    pub redact: bool,
}

impl Keys {
    pub(crate) fn new(draft: Arc<Draft>, mut exprs: Vec<Expr>) -> Keys {
        let wrong: Vec<_> = exprs.iter_mut().filter_map(make_tellable).collect();
        let draft = wrong.into_iter().fold(draft, |draft, mistake| draft.noting(mistake.of("`keys`")));
        Keys { draft, args: KeysArgs { exprs, ..KeysArgs::default() } }
    }

    fn with(&self, change: impl FnOnce(&mut KeysArgs)) -> Keys {
        let mut keys = self.clone();
        change(&mut keys.args);
        keys
    }

    /// How many workers the forecast is for: partitions of a topic, subtasks of a job, threads.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let keys = kafka("localhost:9092", "orders").keys("city").parallelism(64);
    /// assert_eq!(keys.args().parallelism, Some(64));
    /// ```
    pub fn parallelism(&self, workers: u32) -> Keys {
        self.with(|args| args.parallelism = Some(workers))
    }

    /// Whose placement the forecast is made with: `"headwater"` (the default), `"kafka"` (Java's producer), `"librdkafka"`,
    /// `"flink"`, `"flink:128"` for so many key groups, or `"spark"`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let keys = kafka("localhost:9092", "orders").keys("city").parallelism(64).target("flink");
    /// # assert!(keys.mistakes().is_empty());
    /// ```
    pub fn target(&self, name: impl AsRef<str>) -> Keys {
        match Target::parse(name.as_ref()) {
            Ok(target) => self.with(|args| args.target = target),
            Err(mistake) => Keys { draft: self.draft.noting(mistake.of("`keys`")), args: self.args.clone() },
        }
    }

    /// No key in the report: numbers only.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let keys = kafka("localhost:9092", "orders").keys("user").redact();
    /// # assert!(keys.mistakes().is_empty());
    /// ```
    pub fn redact(&self) -> Keys {
        self.with(|args| args.redact = true)
    }

    /// Pins what is in the stream, and the skew of this key, as a baseline; see [`crate::Stream::pin`].
    ///
    /// ```no_run
    /// # use headwater::prelude::*;
    /// kafka("localhost:9092", "orders").keys("city").parallelism(64).pin("normal");
    /// ```
    pub fn pin(&self, name: impl Into<String>) -> Pinned {
        let KeysArgs { exprs, parallelism, redact, .. } = self.args.clone();
        let key = PinnedKey { exprs, parallelism };
        Pinned::carry_out(&self.draft, PinArgs { name: name.into(), keys: vec![key], redact })
    }

    /// How the report is made.
    pub fn args(&self) -> &KeysArgs {
        &self.args
    }

    /// All that is known to be wrong without looking at data.
    pub fn mistakes(&self) -> Vec<PlanError> {
        self.draft.mistakes()
    }

    /// Shows the report and its charts in the notebook; without the kernel, the plan as text.
    pub fn evcxr_display(&self) {
        Request::new(&self.draft, Verb::Keys(self.args.clone())).show();
    }
}
