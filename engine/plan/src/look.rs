//! Looks at a stream that are not its rows: the shape of its data, and the skew of its keys.

use std::sync::Arc;

use crate::Expr;
use crate::draft::{Draft, make_tellable};
use crate::request::{Request, Verb};

/// What is in a stream. Shown when it ends a cell; made by [`crate::Stream::shape`].
#[derive(Clone, Debug)]
pub struct Shape {
    draft: Arc<Draft>,
}

impl Shape {
    pub(crate) fn new(draft: Arc<Draft>) -> Shape {
        Shape { draft }
    }

    /// Shows the report in the notebook; without the kernel, the plan as text.
    pub fn evcxr_display(&self) {
        Request::new(&self.draft, Verb::Shape).show();
    }
}

/// What grouping by keys would do to parallel workers. Shown when it ends a cell; made by [`crate::Stream::keys`].
#[derive(Clone, Debug)]
pub struct Keys {
    draft: Arc<Draft>,
    exprs: Vec<Expr>,
    parallelism: Option<u32>,
}

impl Keys {
    pub(crate) fn new(draft: Arc<Draft>, mut exprs: Vec<Expr>) -> Keys {
        let wrong: Vec<_> = exprs.iter_mut().filter_map(make_tellable).collect();
        let draft = wrong.into_iter().fold(draft, |draft, mistake| draft.noting(mistake.of("`keys`")));
        Keys { draft, exprs, parallelism: None }
    }

    /// How many workers the forecast is for.
    ///
    /// ```no_run
    /// # use headwater::prelude::*;
    /// kafka("localhost:9092", "orders").keys("city").parallelism(64);
    /// ```
    pub fn parallelism(&self, workers: u32) -> Keys {
        Keys { parallelism: Some(workers), ..self.clone() }
    }

    /// Shows the report and its charts in the notebook; without the kernel, the plan as text.
    pub fn evcxr_display(&self) {
        let verb = Verb::Keys { exprs: self.exprs.clone(), parallelism: self.parallelism };
        Request::new(&self.draft, verb).show();
    }
}
