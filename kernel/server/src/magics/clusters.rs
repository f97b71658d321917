//! The clusters that the notebook has used, as its tapes and pipelines tell: magics about topics need no address then.

use crate::service::Desk;
use headwater::{Sink, Source, SourceConnector, Step};
use headwater_exec::{Error, ErrorKind};
use headwater_look::{Outcome, one};
use std::collections::{BTreeMap, BTreeSet};

/// The brokers that were used, each with its topics.
pub fn used(desk: &Desk<'_>) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    desk.ensure_pipelines()?;
    for pipeline in desk.pipelines.names().iter().filter_map(|name| desk.pipelines.get(name)) {
        for (brokers, topic) in pipeline.request.plan.nodes.iter().filter_map(|node| topic_of(&node.step)) {
            found.entry(brokers.to_owned()).or_default().insert(topic.to_owned());
        }
    }
    for note in desk.tapes.list().map_err(one)?.into_iter().filter_map(|tape| tape.note) {
        if let Some(brokers) = note.brokers {
            found.entry(brokers).or_default().insert(note.origin);
        }
    }
    Ok(found)
}

/// Brokers and topic of a step that has to do with one.
fn topic_of(step: &Step) -> Option<(&str, &str)> {
    match step {
        Step::Source(Source { connector: SourceConnector::Kafka { brokers, topic }, .. })
        | Step::Sink(Sink::Kafka { brokers, topic, .. } | Sink::KafkaUpsert { brokers, topic, .. }) => {
            Some((brokers, topic))
        }
        _ => None,
    }
}

/// The brokers of a topic: those given, those that the notebook has used it at, or the only ones it has used.
///
/// # Errors
/// None of these, or several.
pub fn of_topic(desk: &Desk<'_>, topic: &str, given: Option<&str>) -> Outcome<String> {
    if let Some(brokers) = given {
        return Ok(brokers.to_owned());
    }
    let used = used(desk)?;
    let having: Vec<&String> =
        used.iter().filter(|(_, topics)| topics.contains(topic)).map(|(brokers, _)| brokers).collect();
    match (&having[..], used.len()) {
        ([brokers], _) => Ok((*brokers).clone()),
        ([], 1) => Ok(used.into_keys().next().unwrap_or_default()),
        ([], 0) => Err(one(Error::new(ErrorKind::Config, format!("no brokers are known yet to find `{topic}` at"))
            .hint(format!("name them: `%peek {topic} --brokers localhost:9092`")))),
        _ => {
            let several = if having.is_empty() { used.keys().collect() } else { having };
            let several: Vec<String> = several.into_iter().map(|brokers| format!("`{brokers}`")).collect();
            let message = format!("`{topic}` may be at {}", several.join(" or "));
            Err(one(Error::new(ErrorKind::Config, message).hint("say which with `--brokers`")))
        }
    }
}
