//! Checks of the two ends of a plan: its source and its sink.

use super::{Checker, no_column};
use crate::mistake::Mistake;
use crate::{DataType, Format, Recalled, Schema, Sink, Source, SourceConnector};

impl Checker<'_> {
    pub(super) fn source(&mut self, node: u32, source: &Source) -> Option<Schema> {
        match &source.connector {
            SourceConnector::Kafka { brokers, topic } => {
                self.topic(node, brokers, topic);
                if source.format == Some(Format::Parquet) {
                    let mistake = Mistake::new("`parquet` is a format of files, not of Kafka records");
                    self.wrong(node, mistake.hint("formats of Kafka records: `.json()`, `.csv()`"));
                }
                if source.format == Some(Format::Csv) && source.schema.is_none() {
                    let mistake = Mistake::new("`csv` records in Kafka do not name their columns");
                    self.wrong(node, mistake.hint("say which they are: `.schema(\"city STRING, amount DOUBLE\")`"));
                }
            }
            SourceConnector::Files { path } => {
                if path.trim().is_empty() {
                    self.wrong(
                        node,
                        Mistake::new("the path is empty").hint("give one, such as `files(\"data/*.json\")`"),
                    );
                }
                if !source.envelope.is_empty() {
                    let mistake = Mistake::new("`envelope` is for Kafka records; files have none");
                    self.wrong(node, mistake.hint("leave it out"));
                }
            }
        }
        let schema = source.columns()?;
        self.unique(node, schema.names()).then_some(schema)
    }

    /// A pipeline of the kernel that nobody has put in its place.
    pub(super) fn recalled(&mut self, node: u32, recalled: &Recalled) -> Option<Schema> {
        let mistake = Mistake::new(format!("the pipeline `{}` is known to a kernel only", recalled.name));
        self.wrong(node, mistake.hint("look at it in its notebook"));
        None
    }

    pub(super) fn sink(&mut self, node: u32, sink: &Sink, before: Option<Schema>) -> Option<Schema> {
        if let Some(next) = self.plan.nodes.get(node as usize + 1) {
            let name = sink.name();
            let mistake =
                Mistake::new(format!("`{name}` is not the last step: {} comes after it", self.plan.describe(next.id)));
            self.wrong(node, mistake.hint("a sink ends the pipeline"));
        }
        match sink {
            Sink::Kafka { brokers, topic, key } => {
                self.topic(node, brokers, topic);
                self.loops_back(node, brokers, topic);
                if let (Some(key), Some(schema)) = (key, &before) {
                    self.sink_key(node, key, schema);
                }
            }
            Sink::KafkaUpsert { brokers, topic, .. } => {
                self.topic(node, brokers, topic);
                self.loops_back(node, brokers, topic);
            }
            Sink::Files { path } if path.trim().is_empty() => {
                self.wrong(node, Mistake::new("the path is empty").hint("give a folder, such as `to_files(\"out\")`"));
            }
            Sink::Files { .. } | Sink::Print => {}
        }
        before
    }

    fn sink_key(&mut self, node: u32, key: &str, schema: &Schema) {
        match schema.field(key).map(|field| &field.data_type) {
            None => self.wrong(node, no_column(key, schema).of("`key`")),
            Some(found) if found.is_nested() || *found == DataType::Binary => {
                let mistake = Mistake::new(format!("`key`: `{key}` is {found}, which has no text form"));
                self.wrong(node, mistake.hint("take a column of numbers, texts or times"));
            }
            Some(_) => {}
        }
    }

    /// A Kafka address that can exist.
    fn topic(&mut self, node: u32, brokers: &str, topic: &str) {
        if brokers.trim().is_empty() {
            self.wrong(
                node,
                Mistake::new("the brokers are missing").hint("give `host:port`, such as `localhost:9092`"),
            );
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
        if topic.is_empty() || topic.len() > 249 || topic == "." || topic == ".." || !topic.chars().all(legal) {
            let mistake = Mistake::new(format!("`{topic}` cannot be the name of a topic"));
            self.wrong(node, mistake.hint("a topic's name has 1 to 249 letters, digits, `.`, `_` or `-`"));
        }
    }

    /// A job that reads what it writes never ends and grows.
    fn loops_back(&mut self, node: u32, brokers: &str, topic: &str) {
        let same = |source: &Source| matches!(&source.connector, SourceConnector::Kafka { brokers: b, topic: t } if b == brokers && t == topic);
        if self.plan.sources().into_iter().any(|(_, source)| same(source)) {
            let mistake = Mistake::new(format!("`to_kafka` writes to `{topic}`, the topic this pipeline reads"));
            self.wrong(node, mistake.hint("write to another topic"));
        }
    }
}
