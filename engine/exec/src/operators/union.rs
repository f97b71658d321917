//! Brings the rows of several inputs together, with the columns in the order of the first.

use polars::prelude::DataFrame;

use super::{MergeOperator, Output};
use crate::{Batch, Message, Result};

/// The `union` step. It keeps no state: rows pass as they come, and the runtime keeps the watermark of the slowest input.
///
/// ```
/// use headwater_exec::operators::{MergeOperator, Union};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let (web, shop) = (df!("city" => ["Rome"], "n" => [1_i64])?, df!("n" => [2_i64], "city" => ["Oslo"])?);
/// let mut union = Union::new(&[&web, &shop]);
/// let mut out = Vec::new();
/// union.on_batch(1, Batch { partition: 0, frame: shop }, &mut out)?;
/// let [Message::Batch(batch)] = &out[..] else { panic!("{out:?}") };
/// assert_eq!(batch.frame.get_column_names(), ["city", "n"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Union {
    columns: Vec<String>,
}

impl Union {
    /// A union of inputs with the columns of these frames, whose rows do not matter. Columns that not all have are left out: a later
    /// step has no use for them.
    pub fn new(inputs: &[&DataFrame]) -> Self {
        let in_all = |name: &&str| inputs.iter().all(|input| input.get_column_index(name).is_some());
        let names = inputs.first().map(|first| first.get_column_names()).unwrap_or_default();
        Union { columns: names.into_iter().map(|name| name.as_str()).filter(in_all).map(str::to_owned).collect() }
    }

    /// The columns of the rows that come out, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }
}

impl MergeOperator for Union {
    fn on_batch(&mut self, _input: usize, batch: Batch, out: &mut Output) -> Result<()> {
        let frame = batch.frame.select(self.columns.iter().map(String::as_str))?;
        out.push(Message::Batch(Batch { partition: 0, frame }));
        Ok(())
    }
}
