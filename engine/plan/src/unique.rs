//! `Unique`: the first row of each key, on its way to the time within which there is but one.

use std::panic::Location;
use std::sync::Arc;

use crate::display::print_text;
use crate::draft::Draft;
use crate::duration::parse_duration;
use crate::mistake::Mistake;
use crate::{Expr, Step, Stream};

/// The first row of each key; `.within("10m")` says in which time, and makes rows of it.
#[derive(Clone, Debug)]
pub struct Unique {
    draft: Arc<Draft>,
    keys: Vec<Expr>,
    location: &'static Location<'static>,
}

impl Unique {
    pub(crate) fn new(draft: Arc<Draft>, keys: Vec<Expr>, location: &'static Location<'static>) -> Unique {
        Unique { draft, keys, location }
    }

    /// A row is kept unless one with the same key was kept less than this before it, in event time. A key is remembered for as long.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let once = kafka("localhost:9092", "orders").event_time("ts", "10s").unique(["order_id"]).within("10m");
    /// # assert!(once.mistakes().is_empty());
    /// ```
    pub fn within(&self, time: impl AsRef<str>) -> Stream {
        let (within_ms, wrong) = match parse_duration(time.as_ref()) {
            Ok(millis) => (millis, Vec::new()),
            Err(message) => (1, vec![Mistake::new(message).of("`within`")]),
        };
        let step = Step::Unique { keys: self.keys.clone(), within_ms };
        Stream::of(self.draft.then(step, wrong, self.location))
    }

    /// Prints what is missing to make rows of it.
    pub fn evcxr_display(&self) {
        let keys: Vec<String> = self.keys.iter().map(Expr::to_string).collect();
        let of = if keys.is_empty() { "all".into() } else { format!("each {}", keys.join(", ")) };
        print_text(&format!("the first row of {of}; add `.within(\"10m\")` to say in which time, and make rows of it"));
    }
}
