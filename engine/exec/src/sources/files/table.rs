//! Parquet files as one table that is read whole, by as many columns at once as the reader likes.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType as Arrow, Field, Schema as ArrowSchema};
use headwater::{Format, Source, SourceConnector};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::parquet::Footer;
use super::{BATCH_ROWS, damaged, list, one_format};
use crate::Result;
use crate::tape::{PartitionNote, PositionUnit, SampleNote, Tape};

/// Parquet files of which any columns can be read, on any number of threads.
pub struct Table {
    origin: String,
    files: Vec<TableFile>,
    opened: Instant,
}

struct TableFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    rows: u64,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// What its pages take, uncompressed.
    pub bytes: u64,
}

impl Table {
    /// The files of `source`; `None` when they are not Parquet.
    ///
    /// # Errors
    /// They are not there, are damaged, or have a column of a type that no pipeline has.
    pub fn of(source: &Source) -> Result<Option<Table>> {
        let SourceConnector::Files { path } = &source.connector else { return Ok(None) };
        let opened = Instant::now();
        let paths = list(path)?;
        if source.format.map_or_else(|| one_format(&paths), Ok)? != Format::Parquet {
            return Ok(None);
        }
        let open = |path: PathBuf| {
            let footer = Footer::read(&path)?;
            footer.schema()?;
            let rows = footer.rows;
            let metadata = with_text_as_views(footer).map_err(|error| damaged(&path, error))?;
            Ok(TableFile { path, metadata, rows })
        };
        let files = paths.into_iter().map(open).collect::<Result<_>>()?;
        Ok(Some(Table { origin: path.clone(), files, opened }))
    }

    /// All rows of all files.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// The columns of the first file, then those that others add.
    pub fn columns(&self) -> Vec<TableColumn> {
        let mut columns: Vec<TableColumn> = Vec::new();
        for metadata in self.files.iter().map(|file| &file.metadata) {
            let mut bytes = vec![0; metadata.schema().fields().len()];
            for group in metadata.metadata().row_groups() {
                for (leaf, chunk) in group.columns().iter().enumerate() {
                    let root = metadata.parquet_schema().get_column_root_idx(leaf);
                    bytes[root] += chunk.uncompressed_size().unsigned_abs();
                }
            }
            for (field, bytes) in metadata.schema().fields().iter().zip(bytes) {
                match columns.iter_mut().find(|column| column.name == *field.name()) {
                    Some(column) => column.bytes += bytes,
                    None => columns.push(TableColumn { name: field.name().clone(), bytes }),
                }
            }
        }
        columns
    }

    /// The columns `names`, batch by batch, each with the number of its file; a file that has none of them is passed over.
    pub fn batches<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = Result<(u32, RecordBatch)>> + 'a {
        let of_file = move |(number, file): (u32, &'a TableFile)| {
            let (batches, failed) = match file.batches(names) {
                Ok(batches) => (Some(batches), None),
                Err(error) => (None, Some(Err(error))),
            };
            let numbered = move |batch: Result<RecordBatch>| batch.map(|batch| (number, batch));
            batches.into_iter().flatten().map(numbered).chain(failed)
        };
        (0..).zip(&self.files).flat_map(of_file)
    }

    /// A tape without records: what is read whole needs no sample of it, but its plan is resolved by a tape.
    pub fn tape(&self) -> Tape {
        let origins = self.files.iter().map(|file| file.path.display().to_string()).collect();
        Tape::of_records(self.note(), origins, Vec::new())
    }

    /// The note of a source that was read whole.
    pub fn note(&self) -> SampleNote {
        let partition = |(number, file): (u32, &TableFile)| PartitionNote {
            partition: number,
            low: 0,
            high: file.rows,
            taken: file.rows,
        };
        SampleNote {
            origin: self.origin.clone(),
            partitions: (0..).zip(&self.files).map(partition).collect(),
            records: self.rows(),
            total: self.rows(),
            blocks: u32::try_from(self.files.len()).unwrap_or(u32::MAX),
            whole: true,
            took_ms: self.opened.elapsed().as_millis() as u64,
            unit: PositionUnit::Rows,
            format: Some(Format::Parquet.name().to_owned()),
            ..SampleNote::default()
        }
    }
}

impl TableFile {
    fn batches(&self, names: &[String]) -> Result<impl Iterator<Item = Result<RecordBatch>> + '_> {
        let wrong = |error: &dyn std::fmt::Display| damaged(&self.path, error);
        let fields = self.metadata.schema().fields();
        let roots: Vec<usize> = (0..fields.len()).filter(|at| names.contains(fields[*at].name())).collect();
        let reader = if roots.is_empty() {
            None
        } else {
            let file = File::open(&self.path).map_err(|error| wrong(&error))?;
            let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
            let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
            Some(reader.map_err(|error| wrong(&error))?)
        };
        Ok(reader.into_iter().flatten().map(|batch| batch.map_err(|error| damaged(&self.path, error))))
    }
}

/// Texts and bytes are read as views: short ones whole, long ones where they lie in their page.
fn with_text_as_views(footer: Footer) -> parquet::errors::Result<ArrowReaderMetadata> {
    let builder = footer.into_builder();
    let viewed = |field: &Arc<Field>| {
        let data_type = match text_of(field.data_type()) {
            Arrow::Utf8 | Arrow::LargeUtf8 => Arrow::Utf8View,
            Arrow::Binary | Arrow::LargeBinary => Arrow::BinaryView,
            _ => return field.clone(),
        };
        Arc::new(field.as_ref().clone().with_data_type(data_type))
    };
    let schema = builder.schema();
    let fields: Vec<Arc<Field>> = schema.fields().iter().map(viewed).collect();
    let schema = ArrowSchema::new_with_metadata(fields, schema.metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(builder.metadata().clone(), options)
}

/// What the values of a dictionary are.
fn text_of(data_type: &Arrow) -> &Arrow {
    match data_type {
        Arrow::Dictionary(_, values) => values,
        other => other,
    }
}
