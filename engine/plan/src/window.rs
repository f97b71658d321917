//! Windows: how rows are cut in event time, and the functions that write one in a cell.

use std::fmt;

use crate::duration::{format_duration, parse_duration};
use crate::mistake::Mistake;

/// How rows are cut in event time. Windows are counted from 1970-01-01 00:00 UTC, moved by the offset; a window `[start, end)` holds
/// the rows from its start to before its end.
///
/// An offset that came later than the rest of the plan's JSON is written only when there is one, so that the fingerprint of a
/// pipeline without one stays what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum Window {
    /// Windows of one size, side by side: `[offset + n·size, offset + (n+1)·size)`.
    Tumbling {
        /// Their length, milliseconds; at least 1.
        size_ms: u64,
        /// How far they are moved, milliseconds; less than the size.
        #[cfg_attr(feature = "serde", serde(default))]
        offset_ms: u64,
    },
    /// Windows of one size, of which one begins every `slide`: a row is in several.
    Hopping {
        /// Their length, milliseconds.
        size_ms: u64,
        /// The time between the starts of two, milliseconds; at least 1, at most the size.
        slide_ms: u64,
        /// How far they are moved, milliseconds; less than the slide.
        #[cfg_attr(feature = "serde", serde(default))]
        offset_ms: u64,
    },
    /// Windows that begin together and end a step after each other, until the longest has its full size; then anew.
    Cumulating {
        /// The length of the longest, milliseconds: a multiple of the step.
        size_ms: u64,
        /// The time between the ends of two, milliseconds; at least 1.
        step_ms: u64,
        /// How far they are moved, milliseconds; less than the size.
        #[cfg_attr(feature = "serde", serde(default))]
        offset_ms: u64,
    },
    /// One window a burst of rows of one key: it ends when there was no row for the gap.
    Session {
        /// The silence that ends a session, milliseconds; at least 1.
        gap_ms: u64,
    },
}

impl Window {
    /// The length of its longest windows, milliseconds; of a session the gap, since nobody knows how long one is.
    ///
    /// ```
    /// # use headwater::Window;
    /// assert_eq!(Window::Hopping { size_ms: 60_000, slide_ms: 1_000, offset_ms: 0 }.length_ms(), 60_000);
    /// ```
    pub fn length_ms(&self) -> u64 {
        match self {
            Window::Tumbling { size_ms, .. } | Window::Hopping { size_ms, .. } | Window::Cumulating { size_ms, .. } => {
                *size_ms
            }
            Window::Session { gap_ms } => *gap_ms,
        }
    }

    /// Its offset, milliseconds.
    pub(crate) fn offset_ms(&self) -> u64 {
        match self {
            Window::Tumbling { offset_ms, .. }
            | Window::Hopping { offset_ms, .. }
            | Window::Cumulating { offset_ms, .. } => *offset_ms,
            Window::Session { .. } => 0,
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |millis: &u64| format!("\"{}\"", format_duration(*millis));
        match self {
            Window::Tumbling { size_ms, .. } => write!(f, "tumbling({})", length(size_ms)),
            Window::Hopping { size_ms, slide_ms, .. } => {
                write!(f, "hopping({}, {})", length(size_ms), length(slide_ms))
            }
            Window::Cumulating { size_ms, step_ms, .. } => {
                write!(f, "cumulating({}, {})", length(size_ms), length(step_ms))
            }
            Window::Session { gap_ms } => write!(f, "session({})", length(gap_ms)),
        }?;
        match self.offset_ms() {
            0 => Ok(()),
            offset => write!(f, ".offset({})", length(&offset)),
        }
    }
}

/// A window as a cell writes it; a text that is no length of time is remembered and reported with the step.
#[derive(Clone, Debug)]
pub struct WindowSpec {
    pub(crate) window: Window,
    pub(crate) mistakes: Vec<Mistake>,
}

impl WindowSpec {
    /// The same windows, moved by this much: `tumbling("1d").offset("6h")` begins its days at six in the morning, UTC.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let shifts = kafka("localhost:9092", "orders")
    ///     .event_time("ts", "10s")
    ///     .group_by("city")
    ///     .window(tumbling("8h").offset("6h"))
    ///     .agg(count());
    /// # assert!(shifts.mistakes().is_empty());
    /// ```
    pub fn offset(&self, offset: impl AsRef<str>) -> WindowSpec {
        let mut spec = self.clone();
        let millis = spec.length("offset", offset.as_ref());
        match &mut spec.window {
            Window::Tumbling { offset_ms, .. }
            | Window::Hopping { offset_ms, .. }
            | Window::Cumulating { offset_ms, .. } => *offset_ms = millis.unwrap_or(0),
            Window::Session { .. } => {
                let mistake = Mistake::new("`session` has no offset: a session begins with its first row");
                spec.mistakes.push(mistake.hint("leave `.offset(…)` out"));
            }
        }
        spec
    }

    fn new(window: Window) -> WindowSpec {
        WindowSpec { window, mistakes: Vec::new() }
    }

    /// A length of time; of a text that is none, nothing, and what is wrong is remembered.
    fn length(&mut self, function: &str, text: &str) -> Option<u64> {
        let read = parse_duration(text);
        read.map_err(|message| self.mistakes.push(Mistake::new(message).of(&format!("`{function}`")))).ok()
    }
}

/// Windows of one size, side by side, counted from 1970-01-01 00:00 UTC: `tumbling("1m")`, `tumbling("1h30m")`.
///
/// ```
/// # use headwater::prelude::*;
/// let revenue = kafka("localhost:9092", "orders")
///     .event_time("ts", "10s")
///     .group_by("city")
///     .window(tumbling("1m"))
///     .agg(sum("amount"));
/// assert_eq!(revenue.plan().nodes.len(), 3);
/// ```
pub fn tumbling(size: impl AsRef<str>) -> WindowSpec {
    let mut spec = WindowSpec::new(Window::Tumbling { size_ms: 1, offset_ms: 0 });
    if let Some(size_ms) = spec.length("tumbling", size.as_ref()) {
        spec.window = Window::Tumbling { size_ms, offset_ms: 0 };
    }
    spec
}

/// Windows of one size, one beginning every `slide`: `hopping("60s", "1s")` says every second what the last minute was. A row is
/// in `size / slide` windows; it is accumulated once all the same, in a slice that these windows share.
///
/// ```
/// # use headwater::prelude::*;
/// let busiest = kafka("localhost:9092", "orders")
///     .event_time("ts", "10s")
///     .group_by("city")
///     .window(hopping("60s", "1s"))
///     .agg(count());
/// # assert!(busiest.mistakes().is_empty());
/// ```
pub fn hopping(size: impl AsRef<str>, slide: impl AsRef<str>) -> WindowSpec {
    let mut spec = WindowSpec::new(Window::Hopping { size_ms: 1, slide_ms: 1, offset_ms: 0 });
    let size = spec.length("hopping", size.as_ref());
    let slide = spec.length("hopping", slide.as_ref());
    if let (Some(size_ms), Some(slide_ms)) = (size, slide) {
        spec.window = Window::Hopping { size_ms, slide_ms, offset_ms: 0 };
    }
    spec
}

/// Windows that begin together and grow by a step: `cumulating("1d", "10m")` says every ten minutes what the day was so far, and begins
/// anew at midnight UTC. The largest size is a multiple of the step.
///
/// ```
/// # use headwater::prelude::*;
/// let today = kafka("localhost:9092", "orders")
///     .event_time("ts", "10s")
///     .group_by("city")
///     .window(cumulating("1d", "10m"))
///     .agg(sum("amount"));
/// # assert!(today.mistakes().is_empty());
/// ```
pub fn cumulating(size: impl AsRef<str>, step: impl AsRef<str>) -> WindowSpec {
    let mut spec = WindowSpec::new(Window::Cumulating { size_ms: 1, step_ms: 1, offset_ms: 0 });
    let size = spec.length("cumulating", size.as_ref());
    let step = spec.length("cumulating", step.as_ref());
    if let (Some(size_ms), Some(step_ms)) = (size, step) {
        spec.window = Window::Cumulating { size_ms, step_ms, offset_ms: 0 };
    }
    spec
}

/// Sessions: the rows of a key with no more than `gap` between two neighbours. `window_start` is the time of the first, `window_end` the
/// time of the last plus the gap. Rows exactly the gap apart are in one session. Once the watermark has closed a session it is not
/// opened again: a row that would have lengthened it begins a new one.
///
/// ```
/// # use headwater::prelude::*;
/// let visits = kafka("localhost:9092", "clicks")
///     .event_time("ts", "10s")
///     .group_by("visitor")
///     .window(session("30m"))
///     .agg([count().alias("clicks"), count_of("bought")]);
/// # assert!(visits.mistakes().is_empty());
/// ```
pub fn session(gap: impl AsRef<str>) -> WindowSpec {
    let mut spec = WindowSpec::new(Window::Session { gap_ms: 1 });
    if let Some(gap_ms) = spec.length("session", gap.as_ref()) {
        spec.window = Window::Session { gap_ms };
    }
    spec
}
