//! The verbs that end a pipeline and make a job of it.

use std::panic::Location;

use super::Stream;
use crate::Sink;
use crate::job::Job;

impl Stream {
    /// Rows go to a Kafka topic, a JSON object a record. Looking at the job writes nothing.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").filter(col("amount").gt(0)).to_kafka("localhost:9092", "paid").key("city");
    /// # assert!(job.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn to_kafka(&self, brokers: impl Into<String>, topic: impl Into<String>) -> Job {
        let sink = Sink::Kafka { brokers: brokers.into(), topic: topic.into(), key: None };
        self.ending_in(sink, Location::caller())
    }

    /// Rows go to newline-delimited JSON files in a folder. Looking at the job writes nothing.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").filter(col("amount").gt(0)).to_files("out/paid");
    /// # assert!(job.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn to_files(&self, path: impl Into<String>) -> Job {
        self.ending_in(Sink::Files { path: path.into() }, Location::caller())
    }

    /// Rows go to the job's standard output, a JSON object a line.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let job = kafka("localhost:9092", "orders").filter(col("amount").gt(0)).print();
    /// # assert!(job.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn print(&self) -> Job {
        self.ending_in(Sink::Print, Location::caller())
    }
}
