//! Is a share below its limit? One answer of three, that stays true however often one looks.

use crate::drift::ln_gamma::ln_beta;
use crate::{CheckVerdict, Interval, WindowVerdict};

/// Odds to one at which a contract counts as broken.
const BROKEN: f64 = 1_000.0;
/// Odds to one at which it counts as kept: nobody is woken by that, so less will do.
const KEPT: f64 = 20.0;
/// The most evidence that a report states.
pub(crate) const MOST_EVIDENCE: f64 = 1e15;
/// More rows than this are not asked for.
const MOST_ROWS: f64 = 1e12;

/// A share that was counted, and the limit that it is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShareTest {
    /// The limit: above 0 and below 1.
    pub(crate) limit: f64,
    /// Rows.
    pub(crate) rows: f64,
    /// The least that the counted share can be (a sketch has bounds).
    pub(crate) low: f64,
    /// The most.
    pub(crate) high: f64,
    /// The design effect φ: so many rows of a burst are worth one.
    pub(crate) phi: f64,
    /// Among how many the counted one was chosen for being the largest.
    pub(crate) candidates: f64,
}

impl ShareTest {
    /// The verdict with the evidence against the limit (odds to one; 1 when nothing speaks against it).
    pub(crate) fn judge(&self) -> (CheckVerdict, f64) {
        let evidence = self.ln_above().min(MOST_EVIDENCE.ln()).exp();
        let verdict = match self.window() {
            WindowVerdict::Pass => CheckVerdict::Pass,
            WindowVerdict::Fail => CheckVerdict::Fail,
            WindowVerdict::Need => CheckVerdict::NeedData(self.more_rows()),
        };
        (verdict, evidence)
    }

    /// The verdict without saying how many rows it needs, which takes time to find out.
    pub(crate) fn window(&self) -> WindowVerdict {
        if self.ln_above() >= BROKEN.ln() {
            WindowVerdict::Fail
        } else if self.high < self.limit && self.ln_odds(self.high, self.rows) >= KEPT.ln() {
            WindowVerdict::Pass
        } else {
            WindowVerdict::Need
        }
    }

    fn ln_above(&self) -> f64 {
        if self.low > self.limit { self.ln_odds(self.low, self.rows).max(0.0) } else { 0.0 }
    }

    /// ln of the e-value of the beta mixture (Robbins; with Jeffreys' prior) against `share = limit`, divided by the number of
    /// candidates. Reaching x once in however many looks has a chance of at most 1/x while the limit is kept (Ville).
    fn ln_odds(&self, share: f64, rows: f64) -> f64 {
        let n = rows / self.phi.max(1.0);
        let (hits, misses) = (share * n, (1.0 - share) * n);
        let mixture = ln_beta(0.5 + hits, 0.5 + misses) - ln_beta(0.5, 0.5);
        mixture - hits * self.limit.ln() - misses * (1.0 - self.limit).ln() - self.candidates.max(1.0).ln()
    }

    /// How many more rows tell, if they are like these.
    fn more_rows(&self) -> u64 {
        let middle = (self.low + self.high) / 2.0;
        let enough = if middle > self.limit { BROKEN.ln() } else { KEPT.ln() };
        let tells = |rows: f64| self.ln_odds(middle, rows) >= enough;
        let mut rows = self.rows.max(1.0);
        while !tells(rows) && rows < MOST_ROWS {
            rows *= 2.0;
        }
        let mut too_few = (rows / 2.0).max(self.rows);
        while rows - too_few > rows * 0.01 {
            let between = f64::midpoint(rows, too_few);
            if tells(between) { rows = between } else { too_few = between }
        }
        round_up((rows - self.rows).max(1.0))
    }
}

/// Two significant digits, rounded up: an estimate is not a count.
pub(crate) fn round_up(rows: f64) -> u64 {
    let rows = rows.clamp(1.0, MOST_ROWS);
    let unit = 10_f64.powf((rows.log10().floor() - 1.0).max(0.0));
    ((rows / unit - 1e-9).ceil() * unit) as u64
}

/// Wilson's 95 % interval of a share, of rows that are worth `rows / phi` independent ones.
pub(crate) fn wilson(share: f64, rows: f64, phi: f64) -> Interval {
    let n = rows / phi.max(1.0);
    if n <= 0.0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let z2 = 1.96_f64 * 1.96;
    let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = (share * (1.0 - share) * z2 / n + z2 * z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    Interval { low: (middle - half).clamp(0.0, share), high: (middle + half).clamp(share, 1.0) }
}
