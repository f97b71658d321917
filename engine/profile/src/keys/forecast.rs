//! From counted keys to what so many workers would get: loads, the curve over workers, every target, combining, bytes.

use crate::Placement;
use crate::keys::belief::Belief;
use crate::keys::input::{KeyInput, Operator};
use crate::keys::interval::noise_floor;
use crate::keys::report::{
    ByBytes, CombinedFactor, CurvePoint, HotState, SkewParts, SlotForecast, SlotLoad, TargetForecast,
};
use crate::keys::tally::Tally;

/// Workers that the curve is drawn for, besides those that were asked for.
const CURVE: [u32; 17] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 160, 200, 256];
/// Rows that are combined before they are sent on.
const FLUSHES: [u32; 3] = [100, 1_000, 5_000];

/// Everything that forecasts are made from.
pub(crate) struct Forecaster<'a> {
    pub(crate) tally: &'a Tally<'a>,
    pub(crate) belief: &'a Belief,
    pub(crate) effective_rows: f64,
    /// How many keys are hot.
    pub(crate) hot: usize,
}

impl Forecaster<'_> {
    /// The loads of `workers`.
    pub(crate) fn slots(&self, placement: Placement, workers: u32) -> SlotForecast {
        let loads = self.belief.loads(self.tally, placement, workers);
        let p = f64::from(workers);
        let mean = self.tally.rows.max(1) as f64 / p;
        let mut hot = vec![0.0; workers as usize];
        for key in self.tally.keys.iter().take(self.hot) {
            if let Some(slot) = placement.slot(key.value, workers) {
                hot[slot as usize] += key.weight / mean;
            }
        }
        let largest = (0..loads.mean.len()).max_by(|a, b| loads.mean[*a].total_cmp(&loads.mean[*b]).then(b.cmp(a)));
        SlotForecast {
            placement,
            idle: loads.mean.iter().filter(|load| **load < 0.005).count() as u32,
            loads: loads
                .mean
                .iter()
                .zip(&hot)
                .map(|(load, hot)| SlotLoad { load: *load, hot: hot.min(*load) })
                .collect(),
            factor: loads.factor,
            interval: loads.interval,
            noise_floor: noise_floor(self.effective_rows, workers),
            wasted: p * (1.0 - 1.0 / loads.factor),
            speed_up: p / loads.factor,
            largest: largest.unwrap_or(0) as u32,
        }
    }

    /// The forecast for more and fewer workers; `asked` is among them.
    pub(crate) fn curve(&self, placement: Placement, asked: u32) -> Vec<CurvePoint> {
        let mut all = CURVE.to_vec();
        all.push(asked);
        all.sort_unstable();
        all.dedup();
        let point = |workers: u32| {
            let loads = self.belief.loads(self.tally, placement, workers);
            CurvePoint {
                workers,
                factor: loads.factor,
                interval: loads.interval,
                noise_floor: noise_floor(self.effective_rows, workers),
                speed_up: f64::from(workers) / loads.factor,
            }
        };
        all.into_iter().map(point).collect()
    }

    /// The same forecast for every target, the asked one first.
    pub(crate) fn targets(&self, asked: Placement, workers: u32) -> Vec<TargetForecast> {
        let alike = |other: &Placement| std::mem::discriminant(other) != std::mem::discriminant(&asked);
        let all = std::iter::once(asked).chain(Placement::ALL.into_iter().filter(alike));
        let one = |placement: Placement| {
            let loads = self.belief.loads(self.tally, placement, workers);
            TargetForecast {
                placement,
                name: placement.name(),
                factor: loads.factor,
                interval: loads.interval,
                rounding: placement.rounding(workers),
                caveat: placement.caveat(),
            }
        };
        all.map(one).collect()
    }

    /// What the straggler factor consists of.
    pub(crate) fn parts(&self, placement: Placement, workers: u32) -> SkewParts {
        let p = f64::from(workers);
        // Without the hot keys: what is left is how evenly the many land.
        let spread = self.tally.effective_keys(self.hot).map_or(0.0, |keys| 2.0 * p.ln() * p / keys);
        let value = self.tally.top_share(1) * p;
        SkewParts { value, placement: 1.0 + spread.sqrt(), rounding: placement.rounding(workers) }
    }

    /// The straggler factor when so many rows at a time are combined before they are sent on.
    ///
    /// Of a key with share p, a flush of m rows sends one row with probability `1 − (1 − p)^m`. A key that came once stands for
    /// many unseen ones: such rows are sent on as they are, and land anywhere.
    pub(crate) fn combined(&self, placement: Placement, workers: u32) -> Vec<CombinedFactor> {
        let n = self.tally.rows.max(1) as f64;
        let of_flush = |flush_rows: u32| {
            let m = f64::from(flush_rows);
            let (mut loads, mut anywhere) = (vec![0.0; workers as usize], self.tally.unlisted / n * m);
            for key in &self.tally.keys {
                let share = key.weight / n;
                let sent = if key.count == 1 { m * share } else { 1.0 - (1.0 - share.min(1.0)).powf(m) };
                match placement.slot(key.value, workers).filter(|_| key.count > 1) {
                    Some(slot) => loads[slot as usize] += sent,
                    None => anywhere += sent,
                }
            }
            let sent = loads.iter().sum::<f64>() + anywhere;
            let p = f64::from(workers);
            let largest = loads.iter().copied().fold(0.0, f64::max) + anywhere / p;
            CombinedFactor { flush_rows, factor: (largest * p / sent).clamp(1.0, p), sent: (sent / m).min(1.0) }
        };
        FLUSHES.into_iter().map(of_flush).collect()
    }

    /// The skew by bytes; `None` when sizes are not known.
    pub(crate) fn bytes(&self, placement: Placement, workers: u32) -> Option<ByBytes> {
        let all: f64 = self.tally.keys.iter().map(|key| key.bytes).sum();
        let top = self.tally.keys.iter().max_by(|a, b| a.bytes.total_cmp(&b.bytes))?;
        if all <= 0.0 {
            return None;
        }
        let (mut loads, mut anywhere) = (vec![0.0; workers as usize], 0.0);
        for key in &self.tally.keys {
            match placement.slot(key.value, workers) {
                Some(slot) => loads[slot as usize] += key.bytes,
                None => anywhere += key.bytes,
            }
        }
        let p = f64::from(workers);
        let largest = loads.iter().copied().fold(0.0, f64::max) + anywhere / p;
        Some(ByBytes {
            mean: all / self.tally.rows.max(1) as f64,
            top: top.value.shown(),
            top_share: top.bytes / all,
            factor: largest * p / all,
        })
    }

    /// What the hottest worker has to hold and to do; `None` without the rate of rows.
    pub(crate) fn hot_state(&self, input: &KeyInput, factor: f64, workers: u32) -> Option<HotState> {
        let rate = input.rows_per_second?;
        let window = input.window_ms.map(|ms| ms as f64 / 1_000.0);
        let rows_per_window = window.map(|seconds| self.tally.top_share(1) * rate * seconds);
        let mean = self.tally.keys.iter().map(|key| key.bytes).sum::<f64>() / self.tally.rows.max(1) as f64;
        let keeps = !matches!(input.operator, Operator::Combining) && mean > 0.0;
        let bytes = rows_per_window.filter(|_| keeps).map(|rows| rows * mean);
        Some(HotState { rows_per_second: Some(factor * rate / f64::from(workers)), rows_per_window, bytes })
    }
}
