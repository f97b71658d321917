//! Renames columns, all at once, so that two may swap their names.

use headwater::Renamed;
use polars::prelude::DataFrame;

use super::RowStep;
use crate::{Error, ErrorKind, Result};

/// The `rename` step.
///
/// ```
/// use headwater::Renamed;
/// use headwater_exec::operators::{Rename, RowStep};
/// use polars::prelude::df;
///
/// let renamed = |from: &str, to: &str| Renamed { from: from.into(), to: to.into() };
/// let swap = Rename::new(vec![renamed("a", "b"), renamed("b", "a")]);
/// assert_eq!(swap.apply(df!("a" => [1], "b" => [2])?)?, df!("b" => [1], "a" => [2])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rename {
    columns: Vec<Renamed>,
}

impl Rename {
    /// Which column gets which name.
    pub fn new(columns: Vec<Renamed>) -> Self {
        Rename { columns }
    }
}

impl RowStep for Rename {
    fn apply(&self, mut frame: DataFrame) -> Result<DataFrame> {
        let mut names = frame.get_column_names_owned();
        let before = names.clone();
        for renamed in &self.columns {
            let Some(at) = before.iter().position(|name| *name == renamed.from.as_str()) else {
                return Err(Error::new(ErrorKind::Plan, format!("no column `{}` to rename", renamed.from)));
            };
            names[at] = renamed.to.as_str().into();
        }
        frame.set_column_names(&names)?;
        Ok(frame)
    }
}
