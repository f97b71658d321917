//! What a sample lets one believe of the loads of workers: heavy keys one by one, the many light ones as a whole.
//!
//! The largest of many noisy loads is larger than the largest load, so what is counted cannot simply be scaled up. Heavy keys are
//! believed as counted, give or take their sampling error. Of the light ones each worker has a sum, whose true variance among workers
//! is known far better than any single sum, from how often two blocks have the same key: E(Σ p²). A worker's light load is therefore
//! drawn towards the mean as far as its noise demands (the posterior of a normal mean under a normal prior; Efron and Morris 1975),
//! and the straggler factor is read off many draws from that belief.

use crate::Placement;
use crate::keys::report::Interval;
use crate::keys::tally::Tally;
use crate::random::SplitMix;

/// Draws from the belief.
const DRAWS: usize = 200;
/// Loads drawn in all: with very many workers there are fewer draws.
const LOADS: usize = 4_000_000;
const SEED: u64 = 0x4845_4144_5741_5445;
/// Keys whose own variance between blocks counts, as far as it is above the pooled one.
const OWN: usize = 10;
/// Parts that the light keys are put into, to see how much their blocks differ.
const PARTS: usize = 64;
/// Standard errors are themselves estimates, from some forty blocks.
const MARGIN: f64 = 1.05;

/// What is believed of the keys of a sample.
#[derive(Debug)]
pub(crate) struct Belief {
    /// How many keys, from the most frequent one, are believed one by one.
    heavy: usize,
    /// Their loads in each draw.
    draws: Vec<Vec<f64>>,
    /// By how much neighbours resemble each other: the variance of the light keys over that of independent rows.
    design: f64,
    /// E(Σ p²) of the light keys in each draw.
    same_key: Vec<f64>,
}

/// The forecast for so many workers.
#[derive(Debug)]
pub(crate) struct Loads {
    /// The expected load of each worker, as a multiple of the mean.
    pub(crate) mean: Vec<f64>,
    /// The straggler factor.
    pub(crate) factor: f64,
    /// Its 90 % interval.
    pub(crate) interval: Interval,
}

impl Belief {
    pub(crate) fn of(tally: &Tally<'_>) -> Self {
        let first = tally.keys.len().min(20);
        let design_of_first = pooled_design(tally, first);
        let heavy = heavy(tally, design_of_first);
        let design_of_heavy = pooled_design(tally, heavy);
        let mut random = SplitMix::new(SEED);
        let errors: Vec<f64> = (0..heavy).map(|key| error(tally, key, design_of_heavy)).collect();
        let draw = |random: &mut SplitMix| {
            let own = tally.keys.iter().zip(&errors);
            own.map(|(key, error)| (key.weight + MARGIN * error * random.normal()).max(0.0)).collect()
        };
        let draws = (0..DRAWS).map(|_| draw(&mut random)).collect();
        let design = light_design(tally, heavy);
        let same_key = same_key(tally, heavy, design, &mut random);
        Self { heavy, draws, design, same_key }
    }

    /// The loads of so many workers.
    pub(crate) fn loads(&self, tally: &Tally<'_>, placement: Placement, workers: u32) -> Loads {
        let (n, p) = (tally.rows.max(1) as f64, f64::from(workers));
        let slots: Vec<Option<u32>> = tally.keys.iter().map(|key| placement.slot(key.value, workers)).collect();
        let mut light = vec![0.0; workers as usize];
        // What goes anywhere is spread evenly, and so is what was not listed.
        let mut anywhere = tally.unlisted;
        for (key, slot) in tally.keys.iter().zip(&slots).skip(self.heavy) {
            match slot {
                Some(slot) => light[*slot as usize] += key.weight,
                None => anywhere += key.weight,
            }
        }
        let total: f64 = light.iter().sum();
        let parts = placement.parts(workers).unwrap_or_else(|| vec![1.0 / p; workers as usize]);
        let means = parts.iter().map(|part| part * total).collect();
        let prior = Prior { means, n, p, mean: total / p, design: self.design, drawn: tally.drawn };
        let even = anywhere / p;
        let mut mean = prior.expect(&light, average(&self.same_key));
        for (key, slot) in tally.keys.iter().zip(&slots).take(self.heavy) {
            match slot {
                Some(slot) => mean[*slot as usize] += key.weight,
                None => mean.iter_mut().for_each(|load| *load += key.weight / p),
            }
        }
        let mean: Vec<f64> = mean.iter().map(|load| (load + even) * p / n).collect();
        let mut random = SplitMix::new(SEED ^ u64::from(workers));
        let draws = (LOADS / workers as usize).clamp(20, DRAWS);
        let mut factors: Vec<f64> = (0..draws)
            .map(|at| {
                let mut loads = prior.draw(&light, self.same_key[at], &mut random);
                let mut everywhere = even;
                for (load, slot) in self.draws[at].iter().zip(&slots) {
                    match slot {
                        Some(slot) => loads[*slot as usize] += load,
                        None => everywhere += load / p,
                    }
                }
                let largest = loads.iter().copied().fold(0.0, f64::max);
                ((largest + everywhere) * p / n).clamp(1.0, p)
            })
            .collect();
        factors.sort_by(f64::total_cmp);
        let at = |q| crate::spread::quantile(&factors, q);
        let interval = Interval { low: at(0.05), high: at(0.95) };
        Loads { mean, factor: at(0.5), interval }
    }
}

/// What is known of the light load of any worker before its own is looked at.
struct Prior {
    /// The mean of each.
    means: Vec<f64>,
    /// The mean of all.
    mean: f64,
    n: f64,
    p: f64,
    design: f64,
    drawn: f64,
}

impl Prior {
    /// The variance of the true light loads among workers: that of keys over slots, `Σ p² (1 − 1/P) / P`, and what chance did to
    /// the rows of the source itself.
    fn spread(&self, same_key: f64) -> f64 {
        let keys = same_key * self.n * self.n * (1.0 - 1.0 / self.p) / self.p;
        keys + self.mean * self.design * self.drawn
    }

    /// The sampling variance of a worker's light load.
    fn noise(&self) -> f64 {
        self.mean * self.design * (1.0 - self.drawn)
    }

    /// How far a counted load is believed, 0 to 1, and the variance that is left.
    fn trust(&self, same_key: f64) -> (f64, f64) {
        let (spread, noise) = (self.spread(same_key), self.noise());
        if noise <= 0.0 { (1.0, 0.0) } else { (spread / (spread + noise), spread * noise / (spread + noise)) }
    }

    fn draw(&self, light: &[f64], same_key: f64, random: &mut SplitMix) -> Vec<f64> {
        let (trust, left) = self.trust(same_key);
        let deviation = MARGIN * left.sqrt();
        let own = |(load, mean): (&f64, &f64)| {
            let expected = mean + trust * (load - mean);
            if deviation > 0.0 { (expected + deviation * random.normal()).max(0.0) } else { expected }
        };
        light.iter().zip(&self.means).map(own).collect()
    }

    fn expect(&self, light: &[f64], same_key: f64) -> Vec<f64> {
        let (trust, _) = self.trust(same_key);
        light.iter().zip(&self.means).map(|(load, mean)| mean + trust * (load - mean)).collect()
    }
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// How many keys stand out so far that they are believed one by one: clearly more frequent than most, or counted well enough anyhow.
fn heavy(tally: &Tally<'_>, design: f64) -> usize {
    let mean = tally.rows as f64 / tally.keys.len().max(1) as f64;
    let enough = (6.0 * mean).max(5.0 * design).min(30.0 * design);
    tally.keys.iter().take_while(|key| key.weight >= enough).count()
}

/// The sampling error of a heavy key's weight: the pooled one, and its own where that is larger.
fn error(tally: &Tally<'_>, key: usize, design: f64) -> f64 {
    let pooled = tally.variance_of_independent_rows(key) * design;
    let own = if key < OWN { tally.variance_between_blocks(key) } else { 0.0 };
    (pooled.max(own) * (1.0 - tally.drawn)).sqrt()
}

/// The variance between blocks over that of independent rows, of the first `keys` keys together; 1 at least.
pub(crate) fn pooled_design(tally: &Tally<'_>, keys: usize) -> f64 {
    // With few blocks the variance itself is hardly known.
    if tally.blocks.len() < 5 {
        return 1.0;
    }
    let between: f64 = (0..keys).map(|key| tally.variance_between_blocks(key)).sum();
    let independent: f64 = (0..keys).map(|key| tally.variance_of_independent_rows(key)).sum();
    if independent > 0.0 { (between / independent).max(1.0) } else { 1.0 }
}

/// The same of the light keys, which are put into parts because each alone is too rare to tell.
fn light_design(tally: &Tally<'_>, heavy: usize) -> f64 {
    if tally.blocks.len() < 5 || heavy >= tally.keys.len() {
        return 1.0;
    }
    let parts: Vec<Vec<f64>> = tally.blocks.iter().map(|block| in_parts(&block.keys, heavy)).collect();
    let (mut between, mut independent) = (0.0, 0.0);
    for stratum in &tally.strata {
        let many = stratum.len() as f64;
        let weight: f64 = stratum.iter().map(|block| tally.blocks[*block].weight).sum();
        for part in 0..PARTS {
            let sum: f64 = stratum.iter().map(|block| parts[*block][part]).sum();
            let share = sum / weight.max(1e-9);
            let squares: f64 =
                stratum.iter().map(|block| (parts[*block][part] - share * tally.blocks[*block].weight).powi(2)).sum();
            between += squares * many / (many - 1.0).max(1.0);
            independent += sum * (1.0 - share);
        }
    }
    if independent > 0.0 { (between / independent).max(1.0) } else { 1.0 }
}

fn in_parts(keys: &[(u32, f64)], heavy: usize) -> Vec<f64> {
    let mut parts = vec![0.0; PARTS];
    for (key, weight) in keys.iter().filter(|(key, _)| *key as usize >= heavy) {
        // Neighbours in the tally are equally frequent; any mixing will do.
        parts[(key.wrapping_mul(0x9e37_79b1) >> 26) as usize] += weight;
    }
    parts
}

/// E(Σ p²) of the light keys for each draw, from how often rows of different blocks have the same key (rows of one block are
/// neighbours, which may be alike for that reason alone). So many coincidences are a Poisson number; its mean is drawn from its
/// gamma posterior.
fn same_key(tally: &Tally<'_>, heavy: usize, design: f64, random: &mut SplitMix) -> Vec<f64> {
    let n = tally.rows.max(1) as f64;
    if heavy >= tally.keys.len() {
        return vec![0.0; DRAWS];
    }
    let pairs = if tally.blocks.len() > 1 { pairs_of_blocks(tally, heavy) } else { pairs_of_rows(tally, heavy) };
    // Coincidences come in bunches where neighbours are alike.
    let independent = (pairs / 2.0 / (design * design)).max(0.0);
    let draw = |random: &mut SplitMix| random.gamma(independent + 0.5) * 2.0 * design * design / (n * n);
    (0..DRAWS).map(|_| draw(random)).collect()
}

/// Σ over light keys of the pairs of rows in different blocks, scaled to all pairs.
fn pairs_of_blocks(tally: &Tally<'_>, heavy: usize) -> f64 {
    let many = tally.keys.len();
    let (mut of_strata, mut of_stratum, mut of_blocks) = (vec![0.0; many], vec![0.0; many], vec![0.0; many]);
    let mut pairs = 0.0;
    for stratum in &tally.strata {
        let blocks =
            || stratum.iter().flat_map(|block| &tally.blocks[*block].keys).filter(|(key, _)| *key as usize >= heavy);
        for (key, weight) in blocks() {
            of_stratum[*key as usize] += weight;
            of_blocks[*key as usize] += weight * weight;
        }
        let within = 1.0 - 1.0 / (stratum.len() as f64).max(1.0);
        for (key, _) in blocks() {
            let at = *key as usize;
            let (sum, squares) = (std::mem::take(&mut of_stratum[at]), std::mem::take(&mut of_blocks[at]));
            // A stratum of one block has no pair of blocks.
            if within > 0.0 {
                pairs += (sum * sum - squares) / within;
            }
            of_strata[at] += sum;
            pairs -= sum * sum;
        }
    }
    pairs + of_strata.iter().map(|sum| sum * sum).sum::<f64>()
}

fn pairs_of_rows(tally: &Tally<'_>, heavy: usize) -> f64 {
    tally.keys.iter().skip(heavy).map(|key| key.weight * (key.weight - 1.0).max(0.0)).sum()
}
