//! Writes `job.toml`: every key with what it does and its default.

use headwater::{DeadLetters, LateRows, Sink, Source, SourceConnector};

use crate::write::JobRequest;

/// The text of `job.toml`. `plan_sha256` is the SHA-256 of the file `plan.json`.
pub(crate) fn job_toml(request: &JobRequest<'_>, plan_sha256: &str) -> String {
    let mut text = String::new();
    text.push_str(&identity(request, plan_sha256));
    text.push_str(&source(request));
    text.push_str(&sink(request));
    text.push_str(&dead_letters(request));
    text.push_str(&late(request));
    text.push_str(
        "[checkpoint]
# Where progress is kept: state, positions, watermarks. A path relative to this folder.
path = \"checkpoints\"
# How often. After a failure, what was written since the last checkpoint is written again.
interval = \"10s\"

[memory]
# How much the process may take. Close to it the source is read slowly; at it the job writes a checkpoint and ends. Half of what the
# machine or its container has, when absent: writing a checkpoint takes about as much again as the state.
# limit = \"4GiB\"

[metrics]
# The address that serves /metrics (Prometheus), /healthz and /readyz. Nothing is served when it is absent.
# listen = \"127.0.0.1:9464\"

[tap]
# Count how keys are spread while the job runs, and serve it with the metrics; nothing is counted when this is absent.
# keys: those of each group-by. columns: those, and every column that the job reads.
# count = \"keys\"
# For how many workers the straggler factor is shown.
# workers = [8, 64]
# Whether the metrics name the most frequent keys. They are values of your data.
# name_keys = false
",
    );
    text
}

fn identity(request: &JobRequest<'_>, plan_sha256: &str) -> String {
    format!(
        "# The settings of a Headwater job: what an operator may change. `headwater run .` reads this file at its start.

# The job's name in logs and metrics.
name = {name}
# How often a row may be written: at_least_once (rows written since the last checkpoint come again after a failure).
guarantee = {guarantee}
# In how many lanes the pipeline runs, each on threads of its own; as many as there are cores, less one for the source, when it is
# absent. A checkpoint is continued in as many lanes as it was written in or, if you set another number, in so many.
# parallelism = 4

# Which pipeline this is, and the SHA-256 of plan.json. Written by the export; a plan that was edited is refused.
fingerprint = {fingerprint}
plan_sha256 = {sha}

",
        name = quoted(&request.name()),
        guarantee = quoted(request.guarantee.name()),
        fingerprint = quoted(request.fingerprint),
        sha = quoted(plan_sha256),
    )
}

fn source(request: &JobRequest<'_>) -> String {
    let topic = |source: &Source| match &source.connector {
        SourceConnector::Kafka { brokers, .. } => Some(brokers.clone()),
        SourceConnector::Files { .. } => None,
    };
    let mut all: Vec<String> = request.plan.sources().into_iter().filter_map(|(_, source)| topic(source)).collect();
    all.dedup();
    let brokers = match all.as_slice() {
        [] => String::new(),
        [brokers] => format!("# The brokers, when they differ from the plan's.\n# brokers = {}\n", quoted(brokers)),
        _ => "# The brokers of every topic that is read, when they differ from the plan's.\n# brokers = \"…\"\n"
            .to_owned(),
    };
    format!(
        "[source]
{brokers}# Where to begin when there is no checkpoint: earliest or latest.
start = \"earliest\"

"
    )
}

fn sink(request: &JobRequest<'_>) -> String {
    match request.plan.sink() {
        Some(Sink::Kafka { brokers, .. } | Sink::KafkaUpsert { brokers, .. }) => {
            format!("[sink]\n# The brokers, when they differ from the plan's.\n# brokers = {}\n\n", quoted(brokers))
        }
        _ => String::new(),
    }
}

fn dead_letters(request: &JobRequest<'_>) -> String {
    let (policy, topic, path) = match &request.dead_letters {
        Some(DeadLetters::Topic(topic)) => ("topic", format!("topic = {}", quoted(topic)), commented_path()),
        Some(DeadLetters::File(path)) => ("file", commented_topic(), format!("path = {}", quoted(path))),
        Some(DeadLetters::Stop) => ("stop", commented_topic(), commented_path()),
        None => ("file", commented_topic(), "path = \"dead-letters.json\"".into()),
    };
    format!(
        "[dead_letters]
# What becomes of records that cannot be decoded: topic, file (a JSON object a line, with bytes, place and reason) or
# stop (the job ends at the first).
policy = \"{policy}\"
# For the policy topic: the topic, and its brokers when they differ from the source's.
{topic}
# brokers = \"localhost:9092\"
# For the policy file: its path, relative to this folder.
{path}

"
    )
}

fn late(request: &JobRequest<'_>) -> String {
    let (policy, topic, path) = match &request.late {
        Some(LateRows::Topic(topic)) => {
            ("topic", format!("topic = {}", quoted(topic)), "# path = \"late.json\"".into())
        }
        Some(LateRows::File(path)) => ("file", "# topic = \"late\"".into(), format!("path = {}", quoted(path))),
        None => ("drop", "# topic = \"late\"".into(), "# path = \"late.json\"".to_owned()),
    };
    format!(
        "[late]
# What becomes of rows that come after their window was closed: drop (they are counted), topic, or file (a JSON object a line).
policy = \"{policy}\"
# For the policy topic: the topic, and its brokers when they differ from the source's.
{topic}
# brokers = \"localhost:9092\"
# For the policy file: its path, relative to this folder.
{path}

"
    )
}

fn commented_topic() -> String {
    "# topic = \"dead-letters\"".into()
}

fn commented_path() -> String {
    "# path = \"dead-letters.json\"".into()
}

/// A TOML basic string; `toml` itself escapes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
