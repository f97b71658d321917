//! The columns of a table gathered side by side, each whole on one thread: no column has to be put together, and the report is the same
//! on any number of cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use headwater_exec::{Cancel, Progress, Result, Table, TableColumn, frame_of};
use headwater_profile::{PATHS, ShapeBuilder};

use crate::values;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// What is gathered of every column of `table` that a report shows, in their order; `new` is a builder that has nothing yet.
///
/// # Errors
/// The table cannot be read, or `cancel` was raised.
pub(crate) fn gather(
    table: &Table,
    new: &ShapeBuilder,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<ShapeBuilder>> {
    // One more than a report shows, so that it says that there are more.
    let columns: Vec<TableColumn> = table.columns().into_iter().take(PATHS + 1).collect();
    let work =
        Work { table, columns: &columns, order: heaviest_first(&columns), next: AtomicUsize::new(0), new, cancel };
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get).min(columns.len());
    let read = AtomicU64::new(0);
    let all = table.rows() * columns.len() as u64;
    let mut gathered: Vec<Option<ShapeBuilder>> = vec![None; columns.len()];
    let mut failed = Ok(());
    std::thread::scope(|scope| {
        let (sender, done) = channel();
        for _ in 0..cores {
            let (sender, work, read) = (sender.clone(), &work, &read);
            scope.spawn(move || while work.one(read, |at, column| sender.send((at, column)).is_ok()) {});
        }
        drop(sender);
        loop {
            match done.recv_timeout(TELL_EVERY) {
                Ok((at, Ok(column))) => gathered[at] = Some(column),
                Ok((_, Err(error))) => {
                    work.next.store(columns.len(), Ordering::Relaxed);
                    failed = Err(error);
                }
                Err(RecvTimeoutError::Timeout) => {
                    let what = "reading all columns".to_owned();
                    let rows = read.load(Ordering::Relaxed) / columns.len() as u64;
                    progress(Progress { what, done: rows, total: Some(all / columns.len() as u64) });
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    failed.map(|()| gathered.into_iter().flatten().collect())
}

/// The columns that are still to be read.
struct Work<'a> {
    table: &'a Table,
    columns: &'a [TableColumn],
    order: Vec<usize>,
    next: AtomicUsize,
    new: &'a ShapeBuilder,
    cancel: &'a Cancel,
}

impl Work<'_> {
    /// Gathers the next column and gives it away. Says whether there may be more.
    fn one(&self, read: &AtomicU64, give: impl Fn(usize, Result<ShapeBuilder>) -> bool) -> bool {
        let Some(at) = self.order.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return false };
        give(*at, self.column(&self.columns[*at].name, read))
    }

    fn column(&self, name: &str, read: &AtomicU64) -> Result<ShapeBuilder> {
        let mut builder = self.new.clone();
        let names = [name.to_owned()];
        for batch in self.table.batches(&names) {
            self.cancel.check()?;
            let (_, batch) = batch?;
            if !values::tell(&mut builder, name, batch.column(0)) {
                builder.push_frame(&frame_of(&batch)?);
            }
            read.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        }
        builder.seal();
        Ok(builder)
    }
}

/// Columns by what reading them takes: begun last, a heavy one would keep one thread busy while the others have nothing left.
fn heaviest_first(columns: &[TableColumn]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(columns[*at].bytes));
    order
}
