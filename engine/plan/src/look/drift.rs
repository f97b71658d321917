//! `Drift`: what became of a stream since a baseline was pinned; and `Pinned`, the baseline that was.

use std::sync::Arc;

use crate::display::print_text;
use crate::draft::Draft;
use crate::request::{Request, Verb};
use crate::{Expr, PlanError};

/// What became of a stream since its baseline was pinned. Shown when it ends a cell; made by [`crate::Stream::drift`].
#[derive(Clone, Debug)]
pub struct Drift {
    draft: Arc<Draft>,
    args: DriftArgs,
}

/// How drift is judged.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct DriftArgs {
    /// The baseline: its name, or the path of its file.
    pub baseline: String,
    /// How often a false alarm may come, in words: `1 false alarm per week`.
    pub budget: Option<String>,
    /// Rows of a window; the baseline's when absent.
    pub window_rows: Option<u32>,
}

/// What is pinned.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct PinArgs {
    /// The name of the baseline, or the path of its file.
    pub name: String,
    /// The keys whose skew is watched.
    pub keys: Vec<PinnedKey>,
    /// Whether values are kept as hashes only.
    pub redact: bool,
}

/// A key whose skew a baseline holds.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct PinnedKey {
    /// Its columns; when there are none, those of the pipeline's last group-by.
    pub exprs: Vec<Expr>,
    /// The workers it is spread over; eight when absent.
    pub parallelism: Option<u32>,
}

impl Drift {
    pub(crate) fn new(draft: Arc<Draft>, baseline: String) -> Drift {
        Drift { draft, args: DriftArgs { baseline, ..DriftArgs::default() } }
    }

    fn with(&self, change: impl FnOnce(&mut DriftArgs)) -> Drift {
        let mut drift = self.clone();
        change(&mut drift.args);
        drift
    }

    /// How often somebody may be woken for nothing: `"1 false alarm per week"`, or `"1 false alarm in 1000 windows"`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let drift = kafka("localhost:9092", "orders").drift("normal").budget("1 false alarm per week");
    /// # assert!(drift.mistakes().is_empty());
    /// ```
    pub fn budget(&self, words: impl Into<String>) -> Drift {
        let words = words.into();
        self.with(|args| args.budget = Some(words))
    }

    /// How many rows a window has, instead of as many as the baseline was measured with.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let drift = kafka("localhost:9092", "orders").drift("normal").window_rows(500);
    /// # assert!(drift.mistakes().is_empty());
    /// ```
    pub fn window_rows(&self, rows: u32) -> Drift {
        self.with(|args| args.window_rows = Some(rows))
    }

    /// How it is judged.
    pub fn args(&self) -> &DriftArgs {
        &self.args
    }

    /// All that is known to be wrong without looking at data.
    pub fn mistakes(&self) -> Vec<PlanError> {
        self.draft.mistakes()
    }

    /// Shows the report in the notebook; without the kernel, the plan as text.
    pub fn evcxr_display(&self) {
        Request::new(&self.draft, Verb::Drift(self.args.clone())).show();
    }
}

/// A pinned baseline.
#[derive(Clone, Debug)]
pub struct Pinned {
    path: Option<String>,
}

impl Pinned {
    pub(crate) fn carry_out(draft: &Arc<Draft>, args: PinArgs) -> Pinned {
        Pinned { path: Request::new(draft, Verb::Pin(args)).carry_out("pin") }
    }

    /// Where it is; `None` when there was no kernel to write it.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Prints nothing when the kernel has shown what it pinned.
    pub fn evcxr_display(&self) {
        if self.path.is_none() {
            print_text("no baseline: it was not written");
        }
    }
}
