//! The notebook's pipelines by name. A pipeline lives as a variable in the process that runs the cells; what the kernel needs to look at it, to
//! complete its columns, to go on with it in SQL and to make it anew after that process has ended, is kept here.

use headwater::{Request, Verb};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A pipeline that has a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// The name of its variable.
    pub name: String,
    /// Counts definitions, from 1; a later one of the same name has another.
    pub serial: u64,
    /// The request that shows it: a preview.
    pub request: Request,
}

/// The pipelines of a notebook. Every version of each is kept: a variable that was made of an older one still means that one.
#[derive(Debug, Default)]
pub struct Pipelines {
    defined: Mutex<Vec<Arc<Pipeline>>>,
}

impl Pipelines {
    /// Their names, in the order in which each was defined first.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for pipeline in self.lock().iter() {
            if !names.contains(&pipeline.name) {
                names.push(pipeline.name.clone());
            }
        }
        names
    }

    /// The newest pipeline of this name.
    pub fn get(&self, name: &str) -> Option<Arc<Pipeline>> {
        self.lock().iter().rev().find(|pipeline| pipeline.name == name).cloned()
    }

    /// The pipeline that was defined as the one of this number.
    pub fn version(&self, serial: u64) -> Option<Arc<Pipeline>> {
        let at = usize::try_from(serial.checked_sub(1)?).ok()?;
        self.lock().get(at).cloned()
    }

    /// Gives a name to what a request is about. The same as before stays the one it was.
    pub fn define(&self, name: &str, request: Request) -> Arc<Pipeline> {
        let request = Request { verb: Verb::Preview, ..request };
        let mut defined = self.lock();
        let before = defined.iter().rev().find(|pipeline| pipeline.name == name);
        if let Some(before) = before.filter(|before| before.request == request) {
            return Arc::clone(before);
        }
        let pipeline = Arc::new(Pipeline { name: name.to_owned(), serial: defined.len() as u64 + 1, request });
        defined.push(Arc::clone(&pipeline));
        pipeline
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Pipeline>>> {
        self.defined.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater::prelude::*;

    fn request(stream: &Stream) -> Request {
        let (places, problems, samples) = (Vec::new(), Vec::new(), stream.samples());
        Request { verb: Verb::Tapes, plan: stream.plan(), places, problems, samples }
    }

    #[test]
    fn a_name_means_its_newest_pipeline_and_older_ones_are_kept() {
        let pipelines = Pipelines::default();
        let orders = kafka("localhost:9092", "orders").json();
        assert_eq!(pipelines.get("orders"), None);
        let first = pipelines.define("orders", request(&orders));
        assert_eq!((first.serial, &first.request.verb), (1, &Verb::Preview));
        assert_eq!(pipelines.define("paid", request(&orders)).serial, 2, "another name for the same");
        assert_eq!(pipelines.define("orders", request(&orders)).serial, 1, "nothing has changed");
        let second = pipelines.define("orders", request(&orders.filter(col("amount").gt(0))));
        assert_eq!(second.serial, 3);
        assert_eq!(pipelines.get("orders"), Some(second));
        assert_eq!(pipelines.version(1), Some(first));
        assert_eq!((pipelines.version(0), pipelines.version(4)), (None, None));
        assert_eq!(pipelines.names(), ["orders", "paid"]);
    }
}
