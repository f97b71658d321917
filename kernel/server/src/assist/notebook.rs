//! What completion and tooltips know of the notebook: its pipelines with their columns, and the topics of its brokers. Whoever knows
//! must answer at once: what is not known yet is not waited for.

use headwater::{DataType, Field, Plan, SourceConnector};
use std::path::PathBuf;

/// A column, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: Option<DataType>,
}

impl Column {
    /// A column whose type is not known.
    pub fn untyped(name: impl Into<String>) -> Column {
        Column { name: name.into(), data_type: None }
    }

    /// What it is, for the list of proposals: one short word, because JupyterLab breaks longer ones into the next line. The tooltip has it whole.
    pub fn kind(&self) -> String {
        let whole = self.data_type.as_ref().map_or_else(|| "column".to_owned(), ToString::to_string);
        whole.split(['<', '(', ' ']).next().unwrap_or_default().to_owned()
    }
}

impl From<&Field> for Column {
    fn from(field: &Field) -> Column {
        Column { name: field.name.clone(), data_type: Some(field.data_type.clone()) }
    }
}

/// A pipeline of the notebook.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its plan; with the columns of its sources where they are known.
    pub plan: Plan,
    /// The columns that leave it, when they are known.
    pub columns: Option<Vec<Column>>,
}

/// A topic of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: usize,
}

/// What the values of a column are like, in a sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// Of what the sample is, and how large.
    pub sample: String,
    /// How many rows were looked at.
    pub rows: u64,
    /// How many of them have no value.
    pub nulls: u64,
    /// How many different values there are.
    pub distinct: u64,
    /// Some of them, the most frequent first, with how often they come.
    pub examples: Vec<(String, u64)>,
}

/// Somebody who knows the notebook.
pub trait Notebook {
    /// The names of its pipelines, the newest first.
    fn pipelines(&self) -> Vec<String>;

    /// The pipeline of this name.
    fn pipeline(&self, name: &str) -> Option<Known>;

    /// The columns of a source that has been looked at, in whatever pipeline.
    fn source_columns(&self, source: &SourceConnector) -> Option<Vec<Column>>;

    /// About how many records a source holds, and how its sample was drawn, when it has been looked at.
    fn records(&self, source: &SourceConnector) -> Option<(u64, String)>;

    /// The addresses of the clusters that its pipelines read and write.
    fn brokers(&self) -> Vec<String>;

    /// The topics of a cluster that are known; asks the cluster behind the scenes when they are not, or have been for long.
    fn topics(&self, brokers: &str) -> Vec<Topic>;

    /// What a sample tells of a column of a pipeline that is its source's own.
    fn values(&self, pipeline: &str, column: &str) -> Option<Values>;

    /// The folder that paths begin in.
    fn folder(&self) -> PathBuf;
}
