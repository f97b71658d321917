//! A key contract: how the keys of the rows that pass are spread. Every row passes; the contract only counts.

use headwater::Expr;
use headwater_profile::{Check, KeyContract, KeyTap};

use super::{Operator, Output};
use crate::runtime::count_keys;
use crate::{Batch, Message, Result};

/// The `expect_key` step. Its memory does not grow with the keys: see `KeyTap`.
///
/// ```
/// use headwater::prelude::*;
/// use headwater_exec::operators::{ExpectKey, Operator};
/// use headwater_exec::Batch;
/// use headwater_profile::{CheckVerdict, KeyContract};
/// use polars::prelude::df;
///
/// let contract = KeyContract { key: "city".into(), top_share_below: Some(0.5), ..KeyContract::default() };
/// let mut cities = ExpectKey::new(vec![col("city")], contract);
/// let mut out = Vec::new();
/// cities.on_batch(Batch { partition: 0, frame: df!("city" => ["Rome", "Rome", "Oslo"])? }, &mut out)?;
/// assert_eq!(cities.check().map(|check| check.judge(true)[0].verdict), Some(CheckVerdict::Fail));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ExpectKey {
    keys: Vec<Expr>,
    check: Check,
}

impl ExpectKey {
    /// What is promised of these columns or expressions, one key together.
    pub fn new(keys: Vec<Expr>, contract: KeyContract) -> Self {
        let workers: Vec<u32> = contract.straggler_below.iter().map(|(workers, _)| *workers).collect();
        let check = Check::Key { contract, tap: Box::new(KeyTap::new(&workers)) };
        ExpectKey { keys, check }
    }
}

impl Operator for ExpectKey {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()> {
        if let Check::Key { tap, .. } = &mut self.check {
            count_keys(&self.keys, &batch, tap)?;
        }
        out.push(Message::Batch(batch));
        Ok(())
    }

    fn check(&self) -> Option<&Check> {
        Some(&self.check)
    }
}
