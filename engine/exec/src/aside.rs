//! Rows that a step took out of the stream, and why: what it must not lose, but does not pass on either.

use headwater::Plan;
use polars::prelude::DataFrame;

use crate::json_rows::JsonRows;
use crate::sources::DeadLetter;
use crate::{Domain, Error, ErrorKind, Result};

/// Rows that a step took out of the stream.
#[derive(Clone, Debug)]
pub struct Aside {
    /// The plan node; the chain fills it in.
    pub node: u32,
    /// The source partition of the batch they were in.
    pub partition: u32,
    /// The rows, with the columns that the step reads.
    pub frame: DataFrame,
    /// Why they were taken out.
    pub why: Why,
}

/// Why rows were taken out of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A check of this name does not hold for them.
    Check {
        /// Its name.
        name: String,
        /// Whether a job stops at the first such row.
        stop: bool,
    },
    /// The watermark had passed them, or everything they belong to, before they came.
    Late,
    /// Their event time is too far ahead to be true.
    Future,
}

impl Aside {
    /// Rows of a batch of `partition`; of which node, the chain says.
    pub fn new(partition: u32, frame: DataFrame, why: Why) -> Self {
        Aside { node: 0, partition, frame, why }
    }

    /// The rows as dead letters: their columns as JSON, since their records' bytes are not known any more.
    ///
    /// # Errors
    /// A column is of a type that no plan has.
    pub fn dead_letters(&self, plan: &Plan) -> Result<Vec<DeadLetter>> {
        let reason = format!("{} ({})", self.reason(), plan.describe(self.node));
        let behind = plan.up_to(self.node);
        let origins: Vec<String> = behind.sources().iter().map(|(_, source)| source.connector.to_string()).collect();
        let origin = origins.join(" and ");
        let rows = JsonRows::new(&self.frame)?;
        let letter = |row: usize| {
            let mut value = Vec::new();
            rows.write(row, &mut value);
            DeadLetter {
                origin: origin.clone(),
                partition: self.partition,
                position: None,
                timestamp_ms: None,
                key: None,
                value,
                reason: reason.clone(),
            }
        };
        Ok((0..self.frame.height()).map(letter).collect())
    }

    /// The error of a job that was told to stop at the first such row.
    pub(crate) fn stops(&self) -> Option<Error> {
        let Why::Check { name, stop: true } = &self.why else { return None };
        let mut row = Vec::new();
        if let Ok(rows) = JsonRows::new(&self.frame.head(Some(1))) {
            rows.write(0, &mut row);
        }
        let message = format!("the check `{name}` does not hold for the row {}", String::from_utf8_lossy(&row));
        let hint = "The check was told to stop the job (`.or_stop()`). Without that, such rows go to the dead letters.";
        Some(Error::new(ErrorKind::Decode, message).domain(Domain::User).hint(hint).at(self.node))
    }

    fn reason(&self) -> String {
        match &self.why {
            Why::Check { name, .. } => format!("the check `{name}` does not hold"),
            Why::Late => "it came too late: the watermark had passed it".to_owned(),
            Why::Future => "its event time is too far ahead to be true".to_owned(),
        }
    }
}
