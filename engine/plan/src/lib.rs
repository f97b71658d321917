//! What a Headwater pipeline is: a plan, its builders and its one JSON form. No dependency by default: cells compile it.
//!
//! ```
//! use headwater::prelude::*;
//!
//! let orders = kafka("localhost:9092", "orders").json().event_time("ts", "10s");
//! let revenue = orders
//!     .filter(col("amount").gt(0))
//!     .with_columns([(col("amount") * col("rate")).alias("eur")])
//!     .group_by(["city"])
//!     .window(tumbling("1m"))
//!     .agg([sum("eur").alias("revenue"), count().alias("orders")]);
//! let job = revenue.to_kafka("localhost:9092", "city-revenue").key("city").at_least_once();
//!
//! assert!(job.mistakes().is_empty());
//! assert_eq!(job.plan().to_string(), "\
//! 1  kafka         orders at localhost:9092, json
//! 2  event_time    ts, up to 10s late
//! 3  filter        amount > 0
//! 4  with_columns  amount * rate as eur
//! 5  group_by      city | window tumbling(\"1m\") | sum(eur) as revenue, count() as orders
//! 6  to_kafka      city-revenue at localhost:9092, key city");
//! ```
//!
//! A cell works with a [`Stream`]. Its verbs make a [`Plan`]: pure data, in which the engine finds every mistake
//! ([`validate`]) before anything runs. Nothing here runs anything; `display` hands the plan to the kernel.

pub mod aggregate;
#[cfg(test)]
mod arbitrary;
pub mod catalogue;
mod check;
pub mod connector;
pub mod display;
mod draft;
pub mod duration;
pub mod expr;
pub mod group_by;
mod instant;
pub mod job;
pub mod join;
mod json;
pub mod json_path;
pub mod look;
mod mistake;
mod names;
pub mod places;
pub mod plan;
pub mod prelude;
#[cfg(feature = "serde")]
mod read;
pub mod request;
pub mod sample;
pub mod schema;
mod schema_text;
#[cfg(feature = "sql")]
pub mod sql;
pub mod stream;
pub mod top;
mod tree;
pub mod unique;
mod validate;
pub mod window;

pub use aggregate::{Agg, AggFunction, IntoAggs};
pub use check::{KeyPromise, OnFailure, RateBound, StragglerLimit};
pub use connector::{Envelope, Format, Sample, SampleFrom, Sink, Source, SourceConnector};
pub use duration::{format_duration, format_size, parse_duration, parse_size};
pub use expr::{BinaryOp, Branch, Expr, Function, IntoColumn, IntoColumns, Literal, Then, UnaryOp, When};
pub use group_by::GroupBy;
pub use instant::{format_instant, parse_instant};
pub use job::{DeadLetters, Guarantee, Job, JobFolder, JobOptions, LateRows};
pub use join::{Join, JoinBound, JoinKind};
pub use look::{
    Diff, DiffArgs, Drift, DriftArgs, Keys, KeysArgs, Other, PinArgs, Pinned, PinnedKey, Shape, ShapeArgs, ShapeSort,
    Tapes, Target, Versus, Watch, WatchArgs, WatchFrom, tapes,
};
pub use mistake::{Mistake, PlanError};
pub use names::suggest;
pub use places::Place;
pub use plan::{Node, PLAN_VERSION, Plan, Recalled, Renamed, Step};
#[cfg(feature = "serde")]
pub use read::ReadError;
pub use request::{NameArgs, Request, Verb};
pub use sample::sample_name;
pub use schema::{DataType, Field, Schema};
pub use stream::{ExpectedRate, IntoNames, IntoStreams, Stream, TypeSpec};
pub use top::Top;
pub use unique::Unique;
pub use validate::{mistakes, validate};
pub use window::{Window, WindowSpec};

/// The programs of the guide are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/time-windows-joins.md")]
struct Guide;
