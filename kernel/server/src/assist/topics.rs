//! The topics of clusters, asked for behind the scenes: who wants to know them waits for a moment, and finds them the next time.

use super::notebook::Topic;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long who asks may wait: a cluster at hand has answered by then.
const PATIENCE: Duration = Duration::from_millis(120);
/// How long a cluster may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// After so long it is asked again; what it said before is good until then.
const AGE: Duration = Duration::from_secs(20);

/// Asks a cluster for its topics.
type Ask = fn(&str, Duration) -> Option<Vec<Topic>>;

/// The topics of the clusters that were asked for.
pub struct Topics {
    shared: Arc<Shared>,
    ask: Ask,
}

#[derive(Default)]
struct Shared {
    clusters: Mutex<HashMap<String, Cluster>>,
    told: Condvar,
}

#[derive(Default)]
struct Cluster {
    topics: Option<Vec<Topic>>,
    asked: Option<Instant>,
    is_asked: bool,
}

impl Default for Topics {
    fn default() -> Topics {
        Topics::asking(|brokers, patience| {
            let found = headwater_exec::list_topics(brokers, patience).ok()?;
            Some(found.into_iter().map(|(name, partitions)| Topic { name, partitions }).collect())
        })
    }
}

impl Topics {
    fn asking(ask: Ask) -> Topics {
        Topics { shared: Arc::default(), ask }
    }

    /// What is known of a cluster, sorted by name.
    pub fn of(&self, brokers: &str) -> Vec<Topic> {
        let mut clusters = self.shared.lock();
        let cluster = clusters.entry(brokers.to_owned()).or_default();
        if !cluster.is_asked && cluster.asked.is_none_or(|asked| asked.elapsed() > AGE) {
            cluster.is_asked = self.begin(brokers);
        }
        let unknown = |clusters: &mut HashMap<String, Cluster>| {
            clusters.get(brokers).is_some_and(|cluster| cluster.topics.is_none() && cluster.is_asked)
        };
        let waited = self.shared.told.wait_timeout_while(clusters, PATIENCE, unknown);
        let (clusters, _) = waited.unwrap_or_else(PoisonError::into_inner);
        clusters.get(brokers).and_then(|cluster| cluster.topics.clone()).unwrap_or_default()
    }

    /// Asks in a thread of its own. Says whether it could be started.
    fn begin(&self, brokers: &str) -> bool {
        let (shared, brokers, ask) = (Arc::clone(&self.shared), brokers.to_owned(), self.ask);
        let body = move || {
            let found = ask(&brokers, ANSWER).map(|mut topics| {
                topics.sort_by(|one, other| one.name.cmp(&other.name));
                topics
            });
            let mut clusters = shared.lock();
            let cluster = clusters.entry(brokers).or_default();
            cluster.topics = found.or(cluster.topics.take());
            (cluster.asked, cluster.is_asked) = (Some(Instant::now()), false);
            shared.told.notify_all();
        };
        std::thread::Builder::new().name("headwater-topics".to_owned()).spawn(body).is_ok()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Cluster>> {
        self.clusters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_cluster_is_not_waited_for_and_known_the_next_time() {
        let topics = Topics::asking(|brokers, _| {
            std::thread::sleep(Duration::from_millis(if brokers == "slow" { 400 } else { 0 }));
            let named = |name: &str| Topic { name: format!("{brokers}-{name}"), partitions: 3 };
            (brokers != "down").then(|| vec![named("b"), named("a")])
        });
        let names = |brokers: &str| topics.of(brokers).into_iter().map(|topic| topic.name).collect::<Vec<_>>();
        assert_eq!(names("fast"), ["fast-a", "fast-b"]);
        let began = Instant::now();
        assert!(names("slow").is_empty() && began.elapsed() < Duration::from_millis(300), "{:?}", began.elapsed());
        while names("slow").is_empty() {
            assert!(began.elapsed() < Duration::from_secs(10));
        }
        assert_eq!(names("slow"), ["slow-a", "slow-b"]);
        assert!(names("down").is_empty());
    }
}
