//! Window after window against a baseline, in memory that does not grow: for a sample at once, or for a job that runs.

use crate::drift::describe;
use crate::drift::evidence::{CellsTest, FlowTest, MeanTest, Test};
use crate::drift::input::{DriftInput, DriftOptions};
use crate::drift::pin::span_ms;
use crate::drift::sieve::{ColumnWindow, Sieve};
use crate::drift::walk::{Ordered, Walk};
use crate::drift::watch::{Watch, e_bh};
use crate::{Baseline, DriftReport, RateBaseline, Rows, WindowStatistic};

/// Compares rows with a baseline: is the stream still what it was?
pub fn drift(baseline: &Baseline, input: &DriftInput<'_>, options: &DriftOptions) -> DriftReport {
    let rows = Ordered::new(&input.rows, &input.times_ms);
    let size = options.window_rows.unwrap_or(baseline.window_rows).max(1) as usize;
    let windows = rows.len().div_ceil(size).max(1) as u64;
    let window_ms = span_ms(input).map(|span| span / windows as f64);
    let mut monitor = DriftMonitor::new(baseline, options, window_ms);
    for (from, at) in (0..rows.len()).step_by(size).zip(0..) {
        let found = rows.tell(from, size, &mut monitor.walk);
        let undecodable = found + portion(input.undecodable, at, windows);
        let late = input.late.map(|late| portion(late, at, windows));
        monitor.end_window(&WindowExtra { undecodable, late, span_ms: None });
    }
    monitor.finish(input);
    let mut report = monitor.report();
    report.name.clone_from(&input.name);
    report.sample.clone_from(&input.sample);
    describe::note_input(&mut report, baseline, input);
    report
}

/// What one of so many windows has of something of which only the whole is known: as much as every other.
pub(crate) fn portion(whole: u64, at: u64, windows: u64) -> u64 {
    let until = |window: u64| (u128::from(whole) * u128::from(window) / u128::from(windows.max(1))) as u64;
    until(at + 1) - until(at)
}

/// What a window of a running stream brings beside its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowExtra {
    /// Records that could not be decoded (those that are found among JSON rows are counted by themselves).
    pub undecodable: u64,
    /// Rows that came too late; `None` when that was not looked at.
    pub late: Option<u64>,
    /// How long the window lasted (ms): rows a second.
    pub span_ms: Option<u64>,
}

/// Watches a stream, window after window. A window should have about as many rows as the baseline's.
#[derive(Debug)]
pub struct DriftMonitor {
    pub(crate) baseline: Baseline,
    pub(crate) options: DriftOptions,
    pub(crate) alpha: f64,
    pub(crate) notes: Vec<String>,
    pub(crate) walk: Walk<Sieve>,
    pub(crate) watches: Vec<(Subject, Watch)>,
    pub(crate) windows: u64,
    pub(crate) rows: u64,
}

/// What a check is about: a column or a key by its place in the baseline, or the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Absent(usize),
    Null(usize),
    OffType(usize),
    Distribution(usize),
    NewValues(usize),
    Duplicates(usize),
    Distinct(usize),
    TopShare(usize),
    EffectiveKeys(usize),
    Straggler(usize),
    Undecodable,
    Late,
    Volume,
}

impl DriftMonitor {
    /// Nothing seen yet. `window_ms` is how long a window lasts, for a budget in time.
    pub fn new(baseline: &Baseline, options: &DriftOptions, window_ms: Option<f64>) -> Self {
        let (alpha, note) = options.budget.level(window_ms);
        let mut notes: Vec<String> = note.into_iter().collect();
        let same_size =
            options.window_rows.is_none_or(|rows| rows.abs_diff(baseline.window_rows) * 10 <= baseline.window_rows);
        if !same_size {
            notes.push(format!(
                "the baseline was measured in windows of {} rows: bursts may count for more or less in windows of another size, \
                 and numbers of different values and keys are not compared",
                baseline.window_rows
            ));
        }
        Self {
            walk: Walk::new(Sieve::new(baseline)),
            watches: watches(baseline, options, same_size),
            baseline: baseline.clone(),
            options: options.clone(),
            alpha,
            notes,
            windows: 0,
            rows: 0,
        }
    }

    /// Takes the rows of a window, in any order; gives the alarms that it raised, one sentence each.
    pub fn push_window(&mut self, rows: &Rows<'_>, extra: WindowExtra) -> Vec<String> {
        let rows = Ordered::new(rows, &[]);
        let undecodable = extra.undecodable + rows.tell(0, rows.len(), &mut self.walk);
        let raised = self.end_window(&WindowExtra { undecodable, ..extra });
        raised.into_iter().map(|at| describe::result(self, at).sentence).collect()
    }

    /// What is known now. Costs time: not for every window.
    pub fn report(&self) -> DriftReport {
        describe::report(self)
    }

    /// The rows that were told are a window. The places of the watches that raised an alarm.
    fn end_window(&mut self, extra: &WindowExtra) -> Vec<usize> {
        self.windows += 1;
        self.walk.sink.end(self.windows);
        self.rows += self.walk.sink.rows;
        let (sink, windows) = (&self.walk.sink, self.windows);
        let full =
            sink.rows.abs_diff(u64::from(self.baseline.window_rows)) * 10 <= u64::from(self.baseline.window_rows);
        let (mut evidence, mut tests) = (Vec::new(), 0);
        for (at, (subject, watch)) in self.watches.iter_mut().enumerate() {
            let Some((numbers, weight)) = subject.window(sink, extra, full).filter(|(_, weight)| *weight > 0.0) else {
                continue;
            };
            tests += 1;
            evidence.extend(watch.push(windows, &numbers, weight).map(|ln| (at, ln)));
        }
        let raised = self.settle(&evidence, tests);
        self.watches.iter_mut().for_each(|(_, watch)| watch.mark());
        self.walk.sink.clear();
        raised
    }

    fn settle(&mut self, evidence: &[(usize, f64)], tests: usize) -> Vec<usize> {
        let alarms = e_bh(evidence, tests, self.alpha);
        let watches = self.watches.iter_mut().enumerate();
        watches.filter_map(|(at, (_, watch))| watch.settle(alarms.contains(&at)).then_some(at)).collect()
    }

    /// All rows were seen: what is counted as a whole is judged, and blocks that are not complete.
    fn finish(&mut self, input: &DriftInput<'_>) {
        let windows = self.windows.max(1);
        let log = input.log.iter().fold((0, 0), |(rows, span), of| (rows + of.records, span + of.span_ms));
        let mut evidence = Vec::new();
        for (at, (subject, watch)) in self.watches.iter_mut().enumerate() {
            let found = match subject {
                Subject::Volume if log.1 > 0 => watch.push(windows, &[log.0 as f64], log.1 as f64),
                _ => watch.finish(),
            };
            evidence.extend(found.map(|ln| (at, ln)));
        }
        let tests = self.watches.len();
        let alarms = e_bh(&evidence, tests, self.alpha);
        // No window has passed: what is quiet stays as it is.
        alarms.into_iter().for_each(|at| self.watches[at].1.alarm_at_the_end());
    }
}

impl Subject {
    /// What the open window says about it: numbers and their weight.
    fn window(self, sink: &Sieve, extra: &WindowExtra, full: bool) -> Option<(Vec<f64>, f64)> {
        let column = |at: usize| sink.columns.get(at).map(|column| &column.window);
        let rate = |count: u64, of: u64| Some((vec![count as f64], of as f64));
        let mean = |number: f64| (full && number.is_finite()).then(|| (vec![number], 1.0));
        let key = |at: usize| sink.keys.get(at).filter(|key| key.window.rows() > 0);
        let on = |at: usize, of: fn(&ColumnWindow) -> (u64, u64)| column(at).map(of).and_then(|(n, of)| rate(n, of));
        match self {
            Subject::Absent(at) => on(at, |c| (c.chances.saturating_sub(c.present), c.chances)),
            Subject::Null(at) => on(at, |c| (c.null, c.present)),
            Subject::OffType(at) => on(at, |c| (c.off_type, c.present - c.null)),
            Subject::NewValues(at) => on(at, |c| (c.new, c.valued)),
            Subject::Duplicates(at) => on(at, |c| (c.repeats, c.valued)),
            Subject::Distribution(at) => column(at).map(|c| (c.cells.clone(), c.cells.iter().sum())),
            Subject::Distinct(at) => column(at).filter(|c| c.valued > 0).and_then(|c| mean(c.different.len() as f64)),
            Subject::TopShare(at) => key(at).and_then(|key| mean(key.window.top_share())),
            Subject::EffectiveKeys(at) => key(at).and_then(|key| mean(key.window.effective_keys()?)),
            Subject::Straggler(at) => key(at).and_then(|key| mean(key.window.straggler(key.workers()))),
            Subject::Undecodable => rate(extra.undecodable, sink.rows + extra.undecodable),
            Subject::Late => extra.late.and_then(|late| rate(late.min(sink.rows), sink.rows)),
            Subject::Volume => extra.span_ms.and_then(|span| rate(sink.rows, span)),
        }
    }
}

/// The checks that a baseline asks for.
fn watches(baseline: &Baseline, options: &DriftOptions, same_size: bool) -> Vec<(Subject, Watch)> {
    let mut all = Vec::new();
    let (points, relative) = (options.points.clamp(1e-6, 1.0), options.relative.clamp(1e-6, 1.0));
    let rate = |rate: &RateBaseline| {
        Watch::new(Test::Cells(CellsTest::rate(rate.count as f64, rate.of as f64, &rate.phi, points, relative)))
    };
    let mean = |statistic: &WindowStatistic| {
        Watch::new(Test::Mean(MeanTest::new(statistic.mean, statistic.deviation, statistic.windows, relative)))
    };
    all.push((Subject::Undecodable, rate(&baseline.undecodable)));
    all.extend(baseline.late.as_ref().map(|late| (Subject::Late, rate(late))));
    all.extend(baseline.volume.as_ref().map(|volume| {
        let test = FlowTest::new(volume.rows as f64, volume.span_ms as f64, &volume.phi, relative);
        (Subject::Volume, Watch::new(Test::Flow(test)))
    }));
    for (at, column) in baseline.columns.iter().enumerate() {
        if !column.path.ends_with("[]") {
            all.push((Subject::Absent(at), rate(&column.absent)));
        }
        all.push((Subject::Null(at), rate(&column.null)));
        if column.family != "nothing" {
            all.push((Subject::OffType(at), rate(&column.off_type)));
        }
        if let Some(cells) = &column.cells {
            let counts: Vec<f64> = cells.counts.iter().map(|count| *count as f64).collect();
            let test = CellsTest::distribution(&counts, &cells.phi, &cells.uneven, points, false);
            all.push((Subject::Distribution(at), Watch::new(Test::Cells(test))));
        }
        all.extend(column.new_values.as_ref().map(|new| (Subject::NewValues(at), rate(&new.once))));
        if column.unique {
            let none = RateBaseline { count: 0, of: column.absent.of, phi: vec![1.0] };
            all.push((Subject::Duplicates(at), rate(&none)));
        }
        all.extend(
            column.distinct.as_ref().filter(|_| same_size).map(|distinct| (Subject::Distinct(at), mean(distinct))),
        );
    }
    for (at, key) in baseline.keys.iter().enumerate().filter(|_| same_size) {
        all.extend(key.top_share_windows.as_ref().map(|s| (Subject::TopShare(at), mean(s))));
        all.extend(key.effective_keys_windows.as_ref().map(|s| (Subject::EffectiveKeys(at), mean(s))));
        all.extend(key.straggler_windows.as_ref().map(|s| (Subject::Straggler(at), mean(s))));
    }
    all
}
