//! Slices: the pieces of event time that windows are made of, and which windows are made of which slice.

use headwater::Window;

use crate::{Error, ErrorKind, Result};

/// How windows are cut into slices. A row is accumulated in one slice; a window is the merge of its slices. Tumbling windows are
/// their own slices, hopping ones share slices of the greatest common divisor of size and slide, cumulating ones of their step.
///
/// Times are moved into 128 bits where windows are computed, so that no event time, however wrong, overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slices {
    kind: Kind,
    size: i64,
    offset: i64,
    slice: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A window begins every so often; tumbling windows slide by their size.
    Sliding(i64),
    /// A window ends every slice, all that are within one size begin together.
    Cumulating,
}

impl Slices {
    /// The slices of `window`.
    ///
    /// # Errors
    /// It is a session, or its lengths are impossible; validation of the plan should have found it.
    pub(crate) fn of(window: &Window) -> Result<Self> {
        let refused = || Error::new(ErrorKind::Plan, format!("windows `{window}` are not possible"));
        let millis = |millis: u64| i64::try_from(millis).map_err(|_| refused());
        let (kind, size, offset, slice) = match *window {
            Window::Tumbling { size_ms, offset_ms } => {
                (Kind::Sliding(millis(size_ms)?), millis(size_ms)?, millis(offset_ms)?, millis(size_ms)?)
            }
            Window::Hopping { size_ms, slide_ms, offset_ms } => {
                let (size, slide) = (millis(size_ms)?, millis(slide_ms)?);
                (Kind::Sliding(slide), size, millis(offset_ms)?, gcd(size, slide))
            }
            Window::Cumulating { size_ms, step_ms, offset_ms } => {
                (Kind::Cumulating, millis(size_ms)?, millis(offset_ms)?, millis(step_ms)?)
            }
            Window::Session { .. } => return Err(refused()),
        };
        let whole = slice >= 1 && size >= slice && size % slice == 0;
        let gapless =
            matches!(kind, Kind::Cumulating) || matches!(kind, Kind::Sliding(slide) if (1..=size).contains(&slide));
        if whole && gapless { Ok(Slices { kind, size, offset, slice }) } else { Err(refused()) }
    }

    /// The start of the slice that a row of this time is accumulated in.
    pub(crate) fn start(&self, time: i64) -> i64 {
        time.saturating_sub(time.saturating_sub(self.offset).rem_euclid(self.slice))
    }

    /// The last event time of the slice that starts here.
    pub(crate) fn last(&self, start: i64) -> i64 {
        start.saturating_add(self.slice - 1)
    }

    /// The end of the slice that starts here.
    pub(crate) fn end(&self, start: i64) -> i128 {
        i128::from(start) + i128::from(self.slice)
    }

    /// Whether a window is one slice.
    pub(crate) fn is_one(&self) -> bool {
        self.size == self.slice
    }

    /// Whether windows that begin together grow.
    pub(crate) fn is_cumulating(&self) -> bool {
        self.kind == Kind::Cumulating
    }

    /// The slice that the windows around this slice begin with, if they all begin together.
    pub(crate) fn first_of(&self, start: i64) -> i64 {
        let from_base = i128::from(start) - i128::from(self.offset);
        clamped(i128::from(start) - from_base.rem_euclid(i128::from(self.size)))
    }

    /// Of the windows that hold the slice that starts here, the first that ends after `after + 1`: that is not complete when event time
    /// has reached `after`. None when all are.
    pub(crate) fn next(&self, slice: i64, after: i128) -> Option<(i128, i128)> {
        let (size, offset) = (i128::from(self.size), i128::from(self.offset));
        let earliest_end = self.end(slice).max(after + 2);
        match self.kind {
            Kind::Sliding(slide) => {
                let slide = i128::from(slide);
                let from = earliest_end - size;
                let start = from + (offset - from).rem_euclid(slide);
                (start <= i128::from(slice)).then_some((start, start + size))
            }
            Kind::Cumulating => {
                let step = i128::from(self.slice);
                let start = i128::from(slice) - (i128::from(slice) - offset).rem_euclid(size);
                let end = earliest_end + (start - earliest_end).rem_euclid(step);
                (end <= start + size).then_some((start, end))
            }
        }
    }

    /// Whether every window that holds this slice is complete when event time has reached `watermark`.
    pub(crate) fn is_over(&self, slice: i64, watermark: i64) -> bool {
        self.next(slice, i128::from(watermark)).is_none()
    }
}

/// The nearest time that there is.
pub(crate) fn clamped(time: i128) -> i64 {
    i64::try_from(time).unwrap_or(if time < 0 { i64::MIN } else { i64::MAX })
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn windows(window: Window, slice: i64) -> Vec<(i128, i128)> {
        let slices = Slices::of(&window).unwrap();
        let mut found: Vec<(i128, i128)> = Vec::new();
        while let Some(next) = slices.next(slice, found.last().map_or(i128::MIN / 2, |last| last.1 - 1)) {
            found.push(next);
        }
        found
    }

    #[test]
    fn a_slice_knows_its_windows() {
        let tumbling = Window::Tumbling { size_ms: 60, offset_ms: 15 };
        assert_eq!(windows(tumbling, 15), [(15, 75)]);
        let hopping = Window::Hopping { size_ms: 60, slide_ms: 20, offset_ms: 0 };
        assert_eq!(windows(hopping, 0), [(-40, 20), (-20, 40), (0, 60)]);
        // Slices of 10: the one at 20 is in windows from 0 and from 20 only.
        let uneven = Window::Hopping { size_ms: 30, slide_ms: 20, offset_ms: 0 };
        assert_eq!(windows(uneven, 20), [(0, 30), (20, 50)]);
        assert_eq!(windows(uneven, 30), [(20, 50)]);
        let cumulating = Window::Cumulating { size_ms: 60, step_ms: 20, offset_ms: 0 };
        assert_eq!(windows(cumulating, 20), [(0, 40), (0, 60)]);
        assert_eq!(windows(cumulating, -20), [(-60, 0)]);
    }

    #[test]
    fn impossible_windows_are_refused() {
        for window in [
            Window::Tumbling { size_ms: 0, offset_ms: 0 },
            Window::Hopping { size_ms: 10, slide_ms: 0, offset_ms: 0 },
            Window::Hopping { size_ms: 10, slide_ms: 11, offset_ms: 0 },
            Window::Cumulating { size_ms: 10, step_ms: 3, offset_ms: 0 },
            Window::Session { gap_ms: 1 },
        ] {
            assert!(Slices::of(&window).is_err(), "{window}");
        }
    }

    proptest! {
        /// The windows of a row's slice are the windows that hold the row, for any time.
        #[test]
        fn the_windows_of_a_slice_hold_its_rows(
            time in prop_oneof![-500_i64..500, any::<i64>()],
            slide in 1_u64..20,
            times in 1_u64..10,
            extra in 0_u64..20,
            offset in 0_u64..20,
            cumulating: bool,
        ) {
            let window = if cumulating {
                Window::Cumulating { size_ms: slide * times, step_ms: slide, offset_ms: offset % (slide * times) }
            } else {
                Window::Hopping { size_ms: slide * times + extra, slide_ms: slide, offset_ms: offset % slide }
            };
            let slices = Slices::of(&window).unwrap();
            let slice = slices.start(time);
            prop_assume!(slice > i64::MIN + 1000);
            prop_assert!(slice <= time && time <= slices.last(slice));
            let found = windows(window, slice);
            prop_assert!(found.iter().all(|(start, end)| *start <= i128::from(time) && i128::from(time) < *end));
            let expected = match window {
                Window::Hopping { size_ms, slide_ms, offset_ms } => (-60..60_i128)
                    .map(|n| {
                        let base = i128::from(time) - (i128::from(time) - i128::from(offset_ms)).rem_euclid(i128::from(slide_ms));
                        (base + n * i128::from(slide_ms), base + n * i128::from(slide_ms) + i128::from(size_ms))
                    })
                    .filter(|(start, end)| *start <= i128::from(time) && i128::from(time) < *end)
                    .count(),
                _ => times as usize - ((i128::from(time) - found[0].0) / i128::from(slide)) as usize,
            };
            prop_assert_eq!(found.len(), expected);
        }
    }
}
