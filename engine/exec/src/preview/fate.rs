//! Why a window that is still open at the end of a sample is open.

use std::collections::BTreeMap;

use super::WindowFate;
use super::reel::Reel;
use crate::operators::{OpenWindow, PartitionReport};
use crate::pipeline::Pipeline;

/// What decides the fate of open windows: what each source has shown at the end of the sample.
pub(crate) struct Fates(pub(crate) Vec<Fate>);

/// The same of one source.
pub(crate) struct Fate {
    /// Its node.
    pub(crate) source: u32,
    /// Files that were read to their end hold nothing more.
    pub(crate) complete: bool,
    /// Whether partitions can hold each other back: those of a topic can, files are read one after the other.
    pub(crate) side_by_side: bool,
    /// Allowed out-of-orderness.
    pub(crate) delay_ms: i64,
    pub(crate) partitions: Vec<PartitionReport>,
}

impl Fates {
    /// At the end of the sample, before the final watermark.
    pub(super) fn new(reels: &[Reel<'_>], pipeline: &Pipeline) -> Self {
        let of = |reel: &Reel<'_>| Fate {
            source: reel.node(),
            complete: reel.files && reel.tape.note().whole,
            side_by_side: !reel.files,
            delay_ms: reel.delay_ms(),
            partitions: reel.partitions(&pipeline.graph),
        };
        Fates(reels.iter().map(of).collect())
    }

    /// The ends of open windows in order, each with the fate of the windows that end there. Of two that end together, such as
    /// sessions, one that the sample cut decides.
    pub(crate) fn in_order(&self, open: &[OpenWindow]) -> Vec<(i64, WindowFate)> {
        let mut ends: BTreeMap<i64, WindowFate> = BTreeMap::new();
        for window in open {
            let fate = self.of(window.start, window.end.saturating_sub(window.start));
            let decided = ends.entry(window.end).or_insert(fate);
            if fate == WindowFate::Cut {
                *decided = fate;
            }
        }
        ends.into_iter().collect()
    }

    /// The fate of the open window that begins at `start`: held back if a source does that, closed if all are complete.
    pub(crate) fn of(&self, start: i64, length_ms: i64) -> WindowFate {
        let fates = || self.0.iter().map(|source| source.of(start, length_ms));
        let held = fates().find(|fate| matches!(fate, WindowFate::HeldBack { .. }));
        held.or_else(|| fates().find(|fate| *fate == WindowFate::Cut)).unwrap_or(WindowFate::Closed)
    }
}

impl Fate {
    /// The fate of the open window that begins at `start`.
    ///
    /// It is held back if some partition never reached its beginning, while at least half of the others are past its end
    /// (not just one of them, which a single record from the future can make). Otherwise the sample ended in it.
    fn of(&self, start: i64, length_ms: i64) -> WindowFate {
        if self.complete {
            return WindowFate::Closed;
        }
        let active = || (0_u32..).zip(&self.partitions).filter(|(_, partition)| !partition.idle);
        let behind = |partition: &PartitionReport| partition.newest.is_none_or(|newest| newest < start);
        let slowest = active().filter(|(_, p)| behind(p)).min_by_key(|(_, p)| p.newest);
        let there = active().filter(|(_, p)| !behind(p)).count();
        let end = start.saturating_add(length_ms - 1);
        let past = |p: &PartitionReport| p.newest.is_some_and(|newest| newest.saturating_sub(self.delay_ms) >= end);
        let past = active().filter(|(_, p)| past(p)).count();
        match slowest {
            Some((partition, _)) if self.side_by_side && past > 0 && past * 2 >= there => {
                WindowFate::HeldBack { source: self.source, partition }
            }
            _ => WindowFate::Cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(newest: &[Option<i64>]) -> Fate {
        let partitions = newest.iter().map(|newest| PartitionReport { newest: *newest, idle: false }).collect();
        Fate { source: 0, complete: false, side_by_side: true, delay_ms: 10, partitions }
    }

    #[test]
    fn a_silent_partition_holds_back_what_the_others_have_passed() {
        let fates = fates(&[Some(130), Some(140), None]);
        assert_eq!(fates.of(0, 60), WindowFate::HeldBack { source: 0, partition: 2 });
        assert_eq!(fates.of(60, 60), WindowFate::HeldBack { source: 0, partition: 2 });
        assert_eq!(fates.of(120, 60), WindowFate::Cut);
    }

    #[test]
    fn the_furthest_behind_is_named_and_silence_is_furthest() {
        assert_eq!(
            fates(&[Some(500), Some(20), Some(10)]).of(120, 60),
            WindowFate::HeldBack { source: 0, partition: 2 }
        );
        assert_eq!(fates(&[Some(500), None, Some(10)]).of(120, 60), WindowFate::HeldBack { source: 0, partition: 1 });
    }

    #[test]
    fn a_partition_that_reached_the_window_was_cut_by_the_end_of_the_sample() {
        assert_eq!(fates(&[Some(500), Some(120)]).of(120, 60), WindowFate::Cut);
    }

    #[test]
    fn one_record_from_the_future_holds_nobody_responsible() {
        let year_2099 = Some(4_070_908_800_000);
        assert_eq!(fates(&[year_2099, Some(130), Some(125), Some(110)]).of(120, 60), WindowFate::Cut);
    }

    #[test]
    fn an_idle_partition_holds_nothing_back_and_files_that_are_read_whole_are_closed() {
        let mut idle = fates(&[Some(130), None]);
        idle.partitions[1].idle = true;
        assert_eq!(idle.of(60, 120), WindowFate::Cut);
        let mut files = fates(&[Some(500), None]);
        files.side_by_side = false;
        assert_eq!(files.of(60, 60), WindowFate::Cut);
        files.complete = true;
        assert_eq!(files.of(60, 60), WindowFate::Closed);
    }

    #[test]
    fn of_several_sources_one_that_holds_back_is_named_and_all_must_be_complete() {
        let whole = || Fate { complete: true, side_by_side: false, ..fates(&[Some(500)]) };
        assert_eq!(Fates(vec![whole(), whole()]).of(60, 60), WindowFate::Closed);
        assert_eq!(Fates(vec![whole(), fates(&[Some(70)])]).of(60, 60), WindowFate::Cut);
        let silent = Fate { source: 4, ..fates(&[Some(130), None]) };
        assert_eq!(Fates(vec![whole(), silent]).of(60, 60), WindowFate::HeldBack { source: 4, partition: 1 });
    }
}
