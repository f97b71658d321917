//! `Job`: a pipeline with a sink and the promises of its run; `export` writes it as a job folder.

use std::sync::Arc;

use crate::display::print_text;
use crate::draft::Draft;
use crate::mistake::Mistake;
use crate::request::{Request, Verb};
use crate::{Plan, PlanError, Sink, Step};

/// How often a row may reach the sink when a job is stopped, killed and started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Guarantee {
    /// Never twice; perhaps not at all.
    AtMostOnce,
    /// Never lost; perhaps twice.
    #[default]
    AtLeastOnce,
    /// Exactly once.
    ExactlyOnce,
}

impl Guarantee {
    /// Its name, as in `job.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Guarantee::AtMostOnce => "at_most_once",
            Guarantee::AtLeastOnce => "at_least_once",
            Guarantee::ExactlyOnce => "exactly_once",
        }
    }
}

/// Where records go that cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum DeadLetters {
    /// To a Kafka topic.
    Topic(String),
    /// To a file.
    File(String),
    /// Nowhere: the job stops at the first.
    Stop,
}

/// Where rows go that come after their window was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum LateRows {
    /// To a Kafka topic.
    Topic(String),
    /// To a file.
    File(String),
}

/// What a job promises and how it is exported. It belongs to the job, not to the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct JobOptions {
    /// The folder to export to, as the cell wrote it; absent when the job is only looked at.
    pub path: Option<String>,
    /// How often a row may reach the sink.
    pub guarantee: Guarantee,
    /// Where undecodable records go; when absent, a file in the job's data folder.
    pub dead_letters: Option<DeadLetters>,
    /// Where rows go that come too late; when absent they are only counted.
    #[cfg_attr(feature = "serde", serde(default))]
    pub late: Option<LateRows>,
    /// Whether the sample and its expected answer go with the job, for `headwater check`.
    pub with_sample: bool,
    /// Whether a folder that holds another pipeline may be replaced.
    pub overwrite: bool,
}

/// A pipeline with a sink. Looking at it previews its rows and writes nothing; [`Job::export`] writes the job folder.
#[derive(Clone, Debug)]
pub struct Job {
    draft: Arc<Draft>,
    options: JobOptions,
}

impl Job {
    pub(crate) fn new(draft: Arc<Draft>) -> Job {
        Job { draft, options: JobOptions::default() }
    }

    fn with(&self, change: impl FnOnce(&mut JobOptions)) -> Job {
        let mut job = self.clone();
        change(&mut job.options);
        job
    }

    /// The column that becomes the key of each Kafka record, as text; it stays in the value too.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").to_kafka("localhost:9092", "copy").key("city");
    /// # assert!(job.mistakes().is_empty());
    /// ```
    pub fn key(&self, column: impl Into<String>) -> Job {
        let column = column.into();
        let draft = self.draft.changing_last(|step| match step {
            Step::Sink(Sink::Kafka { key, .. }) => {
                *key = Some(column);
                None
            }
            other => Some(
                Mistake::new(format!("`key` is for Kafka records; `{}` writes none", other.name()))
                    .hint("leave it out, or end the pipeline with `.to_kafka(…)`"),
            ),
        });
        Job { draft, options: self.options.clone() }
    }

    /// The newest row of each key takes the place of the one before: for the rows of a `group_by` without a window, which change. The
    /// record's key is a JSON object of the group's keys, such as `{"city":"Rome"}`; the topic should be compacted
    /// (`cleanup.policy=compact`), so that Kafka keeps the newest record of each.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").event_time("ts", "10s");
    /// let by_city = orders.group_by("city").expire_after("7d").agg(count());
    /// let job = by_city.to_kafka("localhost:9092", "cities").upsert();
    /// assert_eq!(job.plan().changing_keys(), Some(vec!["city".to_string()]));
    /// # assert!(job.mistakes().is_empty());
    /// ```
    pub fn upsert(&self) -> Job {
        let keys = self.draft.plan().changing_keys().unwrap_or_default();
        let draft = self.draft.changing_last(|step| match step {
            Step::Sink(sink @ Sink::Kafka { .. }) => {
                let Sink::Kafka { brokers, topic, key } = std::mem::replace(sink, Sink::Print) else { return None };
                *sink = Sink::KafkaUpsert { brokers, topic, keys };
                key.map(|_| {
                    Mistake::new("`upsert` has the keys of the `group_by`; `key` gives it another")
                        .hint("leave `.key(…)` out")
                })
            }
            Step::Sink(Sink::KafkaUpsert { .. }) => None,
            other => Some(
                Mistake::new(format!("`upsert` is for Kafka topics; `{}` only adds rows", other.name()))
                    .hint("end the pipeline with `.to_kafka(…).upsert()`"),
            ),
        });
        Job { draft, options: self.options.clone() }
    }

    /// Rows are never lost, but some come twice after a failure. This is the default.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").to_files("out").at_least_once();
    /// assert_eq!(job.options().guarantee, Guarantee::AtLeastOnce);
    /// ```
    pub fn at_least_once(&self) -> Job {
        self.with(|options| options.guarantee = Guarantee::AtLeastOnce)
    }

    /// Every row reaches the sink exactly once, whatever fails.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").to_kafka("localhost:9092", "copy").exactly_once();
    /// assert_eq!(job.options().guarantee, Guarantee::ExactlyOnce);
    /// ```
    pub fn exactly_once(&self) -> Job {
        self.with(|options| options.guarantee = Guarantee::ExactlyOnce)
    }

    /// No row comes twice, but some are lost after a failure.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").to_files("out").at_most_once();
    /// assert_eq!(job.options().guarantee, Guarantee::AtMostOnce);
    /// ```
    pub fn at_most_once(&self) -> Job {
        self.with(|options| options.guarantee = Guarantee::AtMostOnce)
    }

    /// Records that cannot be decoded go to this topic, with their position and the reason.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").to_files("out").dead_letters_to_topic("orders-dead-letters");
    /// # assert_eq!(job.options().dead_letters, Some(DeadLetters::Topic("orders-dead-letters".into())));
    /// ```
    pub fn dead_letters_to_topic(&self, topic: impl Into<String>) -> Job {
        self.with(|options| options.dead_letters = Some(DeadLetters::Topic(topic.into())))
    }

    /// Records that cannot be decoded go to this file, with their position and the reason.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").to_files("out").dead_letters_to_file("dead.json");
    /// # assert_eq!(job.options().dead_letters, Some(DeadLetters::File("dead.json".into())));
    /// ```
    pub fn dead_letters_to_file(&self, path: impl Into<String>) -> Job {
        self.with(|options| options.dead_letters = Some(DeadLetters::File(path.into())))
    }

    /// The job stops at the first record that cannot be decoded.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").to_files("out").stop_on_dead_letter();
    /// # assert_eq!(job.options().dead_letters, Some(DeadLetters::Stop));
    /// ```
    pub fn stop_on_dead_letter(&self) -> Job {
        self.with(|options| options.dead_letters = Some(DeadLetters::Stop))
    }

    /// Rows that come after their window was closed go to this topic, as JSON; without that they are only counted.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").event_time("ts", "10s");
    /// let counts = orders.group_by("city").window(tumbling("1m")).agg(count());
    /// let job = counts.to_files("out").late_to_topic("orders-late");
    /// # assert_eq!(job.options().late, Some(LateRows::Topic("orders-late".into())));
    /// ```
    pub fn late_to_topic(&self, topic: impl Into<String>) -> Job {
        self.with(|options| options.late = Some(LateRows::Topic(topic.into())))
    }

    /// Rows that come after their window was closed go to this file, as JSON; without that they are only counted.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").event_time("ts", "10s");
    /// let counts = orders.group_by("city").window(tumbling("1m")).agg(count());
    /// let job = counts.to_files("out").late_to_file("late.json");
    /// # assert_eq!(job.options().late, Some(LateRows::File("late.json".into())));
    /// ```
    pub fn late_to_file(&self, path: impl Into<String>) -> Job {
        self.with(|options| options.late = Some(LateRows::File(path.into())))
    }

    /// The sample and the rows it gave go with the job, so that `headwater check` proves on any machine that it still
    /// gives them. The sample holds records of the source: mind who may read them.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").to_files("out").with_sample();
    /// assert!(job.options().with_sample);
    /// ```
    pub fn with_sample(&self) -> Job {
        self.with(|options| options.with_sample = true)
    }

    /// A folder that holds another pipeline is replaced by the export instead of refused.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").to_files("out").overwrite();
    /// assert!(job.options().overwrite);
    /// ```
    pub fn overwrite(&self) -> Job {
        self.with(|options| options.overwrite = true)
    }

    /// Writes the job folder: `plan.json`, `job.toml`, `README.md`, and the sample when asked. The kernel does it, with
    /// the plan as it was previewed; outside a notebook nothing is written, and standard error says so.
    ///
    /// ```no_run
    /// # use headwater::prelude::*;
    /// kafka("localhost:9092", "orders").filter(col("amount").gt(0)).to_files("out").export("jobs/paid");
    /// ```
    pub fn export(&self, path: impl Into<String>) -> JobFolder {
        self.export_to(path.into())
    }

    fn export_to(&self, path: String) -> JobFolder {
        let options = JobOptions { path: Some(path), ..self.options.clone() };
        JobFolder { path: Request::new(&self.draft, Verb::Export(options)).carry_out("export") }
    }

    /// The plan, its sink included.
    pub fn plan(&self) -> Plan {
        self.draft.plan()
    }

    /// What the job promises.
    pub fn options(&self) -> &JobOptions {
        &self.options
    }

    /// All that is known to be wrong without looking at data.
    pub fn mistakes(&self) -> Vec<PlanError> {
        self.draft.mistakes()
    }

    /// Shows a preview of what the job would write; without the kernel, the plan as text.
    pub fn evcxr_display(&self) {
        Request::new(&self.draft, Verb::Job(self.options.clone())).show();
    }
}

/// An exported job.
#[derive(Clone, Debug)]
pub struct JobFolder {
    path: Option<String>,
}

impl JobFolder {
    /// Where it is; `None` when there was no kernel to write it.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Prints nothing when the kernel has shown what it wrote.
    pub fn evcxr_display(&self) {
        if self.path.is_none() {
            print_text("no job folder: it was not written");
        }
    }
}
