//! `count_distinct` and `approx_count_distinct`: how many different values; exact while they are few, estimated beyond.

use hashbrown::HashSet;
use sha2::{Digest, Sha256};

use super::slots::Slot;
use super::{Input, Rows};
use crate::Result;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::datum::DatumRef;
use crate::state::values::{Builder, Form};

/// 2^12 registers: a standard error of 1.04 / √4096 = 1.6 %.
const PRECISION: u32 = 12;
const REGISTERS: usize = 1 << PRECISION;
/// The longest run of bits that a register counts.
const LONGEST: usize = 64 - PRECISION as usize;

/// The values seen: themselves while there are at most as many as the rule says, else the registers of a HyperLogLog. Both depend on the
/// set of values only, not on their order: that is why the sketch is not the one of the `datasketches` crate, whose estimate (HIP) does.
#[derive(Clone, Debug)]
pub(super) enum Distinct {
    /// Every value, in 16 bytes.
    Exact(HashSet<u128>),
    /// The registers.
    Estimated(Box<[u8; REGISTERS]>),
}

impl Distinct {
    fn insert(&mut self, value: u128, limit: usize) {
        match self {
            Distinct::Exact(values) => {
                values.insert(value);
                if values.len() > limit {
                    self.estimate();
                }
            }
            Distinct::Estimated(registers) => register(registers, value),
        }
    }

    /// Goes over to registers.
    fn estimate(&mut self) -> &mut [u8; REGISTERS] {
        if let Distinct::Exact(values) = self {
            let mut registers = Box::new([0; REGISTERS]);
            values.iter().for_each(|value| register(&mut registers, *value));
            *self = Distinct::Estimated(registers);
        }
        let Distinct::Estimated(registers) = self else { unreachable!("it has just become registers") };
        registers
    }

    fn count(&self) -> i64 {
        match self {
            Distinct::Exact(values) => i64::try_from(values.len()).unwrap_or(i64::MAX),
            Distinct::Estimated(registers) => estimated(registers) as i64,
        }
    }
}

/// A value in 16 bytes. What is longer than 14 bytes stands for itself by its SHA-256: two of them are taken for one with a probability
/// of 10⁻²⁸ among ten thousand.
fn packed(value: DatumRef<'_>) -> u128 {
    let tagged = |tag: u128, low: u128| (tag << 120) | low;
    match value {
        DatumRef::Int(value) => tagged(1, u128::from(value.cast_unsigned())),
        DatumRef::Float(ordered) => tagged(2, u128::from(ordered)),
        DatumRef::Bytes(bytes) if bytes.len() <= 14 => {
            let low = bytes.iter().fold(0_u128, |low, byte| (low << 8) | u128::from(*byte));
            tagged(3, ((bytes.len() as u128) << 112) | low)
        }
        DatumRef::Bytes(bytes) => {
            let digest = Sha256::digest(bytes);
            let low = digest[..15].iter().fold(0_u128, |low, byte| (low << 8) | u128::from(*byte));
            tagged(4, low)
        }
    }
}

/// Notes a value: the first bits of its hash name a register, which keeps the longest run of zeros seen behind them.
fn register(registers: &mut [u8; REGISTERS], value: u128) {
    let hash = mixed((value as u64) ^ mixed((value >> 64) as u64));
    let rest = (hash << PRECISION) | (1 << (PRECISION - 1));
    let run = rest.leading_zeros() as u8 + 1;
    let place = (hash >> (64 - PRECISION)) as usize;
    registers[place] = registers[place].max(run);
}

/// The finalizer of MurmurHash3: every bit of the input changes every bit of the output half of the time.
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// The improved estimator of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv 1702.01284), algorithm 6:
/// it depends on how many registers hold which run, and needs no corrections for few or many values.
fn estimated(registers: &[u8; REGISTERS]) -> f64 {
    let mut runs = [0.0_f64; LONGEST + 2];
    registers.iter().for_each(|run| runs[usize::from(*run).min(LONGEST + 1)] += 1.0);
    let all = REGISTERS as f64;
    let mut sum = all * tau(1.0 - runs[LONGEST + 1] / all);
    for run in runs[1..=LONGEST].iter().rev() {
        sum = 0.5 * (sum + run);
    }
    sum += all * sigma(runs[0] / all);
    (all * all / (2.0 * std::f64::consts::LN_2 * sum)).round()
}

/// Ertl's σ, for registers that are empty.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

/// Ertl's τ, for registers that are full.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

impl Slot for Distinct {
    /// How many values are counted exactly.
    type Rule = usize;

    const HEAP: bool = true;

    fn empty(_: &usize) -> Self {
        Distinct::Exact(HashSet::new())
    }

    fn update(slots: &mut [Self], limit: &usize, rows: Rows<'_>, input: &Input<'_>) {
        let values = input.values.expect("distinct values have a column");
        rows.data(values, |group, _, value| slots[group].insert(packed(value), *limit));
    }

    fn merge(&mut self, other: &Self, limit: &usize) {
        match other {
            Distinct::Exact(values) => values.iter().for_each(|value| self.insert(*value, *limit)),
            Distinct::Estimated(theirs) => {
                let own = self.estimate();
                own.iter_mut().zip(theirs.iter()).for_each(|(own, their)| *own = (*own).max(*their));
            }
        }
    }

    fn finish(&self, _: &usize, out: &mut Builder) {
        out.push_int(Some(self.count()));
    }

    fn builder(_: &usize) -> Builder {
        Builder::new(Form::Int)
    }

    fn save(&self, state: &mut StateWriter) {
        match self {
            Distinct::Exact(values) => {
                let mut values: Vec<u128> = values.iter().copied().collect();
                values.sort_unstable();
                state.byte(0);
                state.count(values.len());
                values.iter().for_each(|value| state.wide(value.cast_signed()));
            }
            Distinct::Estimated(registers) => {
                state.byte(1);
                state.run(&registers[..]);
            }
        }
    }

    fn load(limit: &usize, state: &mut StateReader<'_>) -> Result<Self> {
        match state.byte()? {
            0 => {
                let count = state.count()?;
                let mut values = HashSet::new();
                for _ in 0..count {
                    values.insert(state.wide()?.cast_unsigned());
                }
                if values.len() == count && count <= *limit {
                    Ok(Distinct::Exact(values))
                } else {
                    Err(state.damaged())
                }
            }
            1 => match <[u8; REGISTERS]>::try_from(state.run()?) {
                Ok(registers) => Ok(Distinct::Estimated(Box::new(registers))),
                Err(_) => Err(state.damaged()),
            },
            _ => Err(state.damaged()),
        }
    }

    fn heap(&self) -> usize {
        match self {
            Distinct::Exact(values) => values.capacity() * 17,
            Distinct::Estimated(_) => REGISTERS,
        }
    }
}
