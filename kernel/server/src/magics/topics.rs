//! `%topics`: what there is at the brokers.

use super::options::Given;
use super::{Call, Group, Magic, clusters, misused};
use crate::display::MimeBundle;
use crate::display::topics::{Cluster, topics};
use crate::service::{Desk, aside};
use headwater_exec::{Cancel, Progress};
use headwater_look::{Outcome, one};
use std::sync::Mutex;

/// The magic.
pub struct Topics;

impl Magic for Topics {
    fn name(&self) -> &'static str {
        "topics"
    }

    fn usage(&self) -> &'static str {
        "[BROKERS] [--all]"
    }

    fn about(&self) -> &'static str {
        "The topics of these brokers, or of those that the notebook has used: size, rate, format, age of the newest record."
    }

    fn options(&self) -> &'static [(&'static str, &'static str)] {
        &[("--all", "Kafka's own topics too, whose names begin with `__`")]
    }

    fn group(&self) -> Group {
        Group::Sources
    }

    fn example(&self) -> &'static str {
        "%topics localhost:9092 --all"
    }

    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        let given = Given::of(self, call)?;
        let mut brokers: Vec<String> = given.words.iter().map(|word| (*word).to_owned()).collect();
        if brokers.is_empty() {
            brokers = clusters::used(desk)?.into_keys().collect();
        }
        if brokers.is_empty() {
            return Err(misused(self, "this notebook has used no brokers yet"));
        }
        let internal = given.has("--all");
        let mut found = aside(desk, move |voice, cancel| {
            Ok(all(&brokers, internal, cancel, &mut |progress| voice.progress(progress)))
        })?;
        // One that does not answer hides none that does; if none does, there is nothing to show.
        if found.iter().all(|cluster| cluster.topics.is_err())
            && let Some(Cluster { topics: Err(error), .. }) = found.pop()
        {
            return Err(one(error));
        }
        Ok(Some(topics(&found)))
    }
}

/// Asks all at once: one that does not answer costs the others no time.
fn all(
    brokers: &[String],
    internal: bool,
    cancel: &Cancel,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Vec<Cluster> {
    let progress = Mutex::new(progress);
    let ask = |brokers: &String| {
        let mut say = |said| {
            if let Ok(mut progress) = progress.lock() {
                progress(said);
            }
        };
        Cluster { brokers: brokers.clone(), topics: headwater_exec::topics(brokers, internal, cancel, &mut say) }
    };
    std::thread::scope(|scope| {
        let asked: Vec<_> = brokers.iter().map(|brokers| scope.spawn(|| ask(brokers))).collect();
        asked.into_iter().filter_map(|asked| asked.join().ok()).collect()
    })
}
