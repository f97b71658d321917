//! One check as the windows go by: its evidence at every scale, its alarm, and the strip that shows its course.

use crate::WindowVerdict;
use crate::drift::evidence::{Finding, SCALES, Test};
use crate::drift::scales::{Block, Scales};

/// Cells of a strip; when there are more windows, neighbours share one.
const STRIP: usize = 240;
/// An alarm ends after so many blocks of its scale without evidence.
const CLEAN: u64 = 3;

/// A check that is looked at after every window.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pub(crate) test: Test,
    scales: Scales,
    /// The last block of 64 windows that is complete.
    before: Option<Block>,
    /// Everything.
    pub(crate) all: Block,
    candidate: Option<Stretch>,
    /// The block of the candidate.
    block: Block,
    /// All windows since the alarm that goes on began.
    pub(crate) during: Option<Block>,
    alarm: Option<(usize, u64)>,
    /// The first alarm, and the strongest.
    pub(crate) first: Option<Stretch>,
    pub(crate) strongest: Option<Stretch>,
    /// The strongest evidence of all blocks, alarm or not.
    pub(crate) most: f64,
    strip: Strip,
}

/// A block of windows with what it says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stretch {
    pub(crate) finding: Finding,
    pub(crate) scale: usize,
    /// How many windows it has.
    pub(crate) windows: u64,
    /// Its first window (from 1).
    pub(crate) first: u64,
    /// The weight (rows) it is from.
    pub(crate) weight: f64,
}

impl Stretch {
    fn new(finding: Finding, scale: usize, block: &Block) -> Self {
        Self { finding, scale, windows: block.windows, first: block.first, weight: block.weight }
    }
}

impl Watch {
    pub(crate) fn new(test: Test) -> Self {
        Self {
            test,
            scales: Scales::new(),
            before: None,
            all: Block::default(),
            candidate: None,
            block: Block::default(),
            during: None,
            alarm: None,
            first: None,
            strongest: None,
            most: 0.0,
            strip: Strip::default(),
        }
    }

    /// Takes what `window` (from 1) holds; the strongest evidence of the blocks that end with it.
    pub(crate) fn push(&mut self, window: u64, numbers: &[f64], weight: f64) -> Option<f64> {
        self.all.add(window, numbers, weight);
        if let Some(during) = &mut self.during {
            during.add(window, numbers, weight);
        }
        self.candidate = None;
        let (test, before, candidate, best) = (&self.test, &mut self.before, &mut self.candidate, &mut self.block);
        self.scales.push(window, numbers, weight, |scale, block| {
            if scale == SCALES - 1 {
                *before = Some(block.clone());
            }
            let Some(finding) = test.find(scale, &block.sums, block.weight) else { return };
            if candidate.is_none_or(|c: Stretch| c.finding.ln_evidence < finding.ln_evidence) {
                *candidate = Some(Stretch::new(finding, scale, block));
                best.clone_from(block);
            }
        });
        let evidence = self.candidate.map(|stretch| stretch.finding.ln_evidence);
        self.most = self.most.max(evidence.unwrap_or(0.0));
        evidence
    }

    /// At the end of all rows: the evidence of the last block of 64 windows, although it is not complete. Its size follows from
    /// the number of rows and not from what they hold, so that its e-value is as good as any.
    pub(crate) fn finish(&mut self) -> Option<f64> {
        let block = self.scales.longest().clone();
        self.candidate = None;
        if block.windows < 2 || block.weight <= 0.0 {
            return None;
        }
        let scale = (block.windows.ilog2() as usize + 1).min(SCALES - 1);
        let finding = self.test.find(scale, &block.sums, block.weight)?;
        self.candidate = Some(Stretch::new(finding, scale, &block));
        self.block = block;
        self.most = self.most.max(finding.ln_evidence);
        Some(finding.ln_evidence)
    }

    /// After all checks of a window have been weighed: whether the evidence of this one is an alarm. `true` for a new alarm.
    pub(crate) fn settle(&mut self, is_alarm: bool) -> bool {
        let was_quiet = self.alarm.is_none();
        match (is_alarm.then_some(self.candidate).flatten(), self.alarm) {
            (Some(stretch), _) => {
                self.alarm = Some((stretch.scale, 0));
                self.during.get_or_insert_with(|| self.block.clone());
                self.scales.clear();
                self.before = None;
                self.first = self.first.or(Some(stretch));
                if self.strongest.is_none_or(|s| s.finding.ln_evidence < stretch.finding.ln_evidence) {
                    self.strongest = Some(stretch);
                }
            }
            (None, Some((scale, quiet))) => {
                let over = quiet + 1 >= CLEAN << scale;
                self.alarm = (!over).then_some((scale, quiet + 1));
                if over {
                    self.during = None;
                }
            }
            (None, None) => {}
        }
        was_quiet && self.alarm.is_some()
    }

    /// The evidence of [`Watch::finish`] is an alarm.
    pub(crate) fn alarm_at_the_end(&mut self) {
        self.settle(true);
        if let Some(last) = self.strip.cells.last_mut() {
            *last = WindowVerdict::Fail;
        }
    }

    /// Adds the verdict of the window to the strip.
    pub(crate) fn mark(&mut self) {
        let verdict = match (self.alarm, self.recent_settles()) {
            (Some(_), _) => WindowVerdict::Fail,
            (None, Ok(())) => WindowVerdict::Pass,
            (None, Err(_)) => WindowVerdict::Need,
        };
        self.strip.push(verdict);
    }

    /// Whether the last 64 to 128 windows (fewer after an alarm) lie inside the tolerance, or how much more weight could tell.
    pub(crate) fn recent_settles(&self) -> Result<(), f64> {
        let open = self.scales.longest();
        let Some(before) = &self.before else { return self.test.settle(&open.sums, open.weight) };
        let sums: Vec<f64> = match open.windows {
            0 => before.sums.clone(),
            _ => before.sums.iter().zip(&open.sums).map(|(a, b)| a + b).collect(),
        };
        self.test.settle(&sums, before.weight + open.weight)
    }

    pub(crate) fn ongoing(&self) -> bool {
        self.alarm.is_some()
    }

    pub(crate) fn strip(&self) -> &[WindowVerdict] {
        &self.strip.cells
    }
}

/// Verdicts, one a window or the worst of several.
#[derive(Debug, Clone)]
struct Strip {
    cells: Vec<WindowVerdict>,
    width: u64,
    pushes: u64,
}

impl Default for Strip {
    fn default() -> Self {
        Self { cells: Vec::new(), width: 1, pushes: 0 }
    }
}

impl Strip {
    fn push(&mut self, verdict: WindowVerdict) {
        match self.cells.last_mut().filter(|_| !self.pushes.is_multiple_of(self.width)) {
            Some(last) => *last = verdict.max(*last),
            None => self.cells.push(verdict),
        }
        self.pushes += 1;
        if self.cells.len() > STRIP {
            let worst = |pair: &[WindowVerdict]| pair.iter().copied().max().unwrap_or(WindowVerdict::Need);
            self.cells = self.cells.chunks(2).map(worst).collect();
            self.width *= 2;
        }
    }
}

/// Which of these are alarms at level α: e-BH (Wang and Ramdas, False Discovery Rate Control with E-values, 2022), valid however the
/// checks depend on each other. `tests` is how many checks were looked at; of each with evidence, its place and ln of its e-value.
pub(crate) fn e_bh(evidence: &[(usize, f64)], tests: usize, alpha: f64) -> Vec<usize> {
    let mut sorted = evidence.to_vec();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
    let enough = |k: usize| (tests as f64 / (k as f64 * alpha)).ln();
    let alarms = (1..=sorted.len()).rev().find(|k| sorted[k - 1].1 >= enough(*k)).unwrap_or(0);
    sorted.truncate(alarms);
    sorted.into_iter().map(|(at, _)| at).collect()
}
