//! What a Headwater pipeline is: a plan, its builders and its one JSON form. No dependency by default: cells compile it.

pub mod aggregate;
pub mod connector;
pub mod expr;
pub mod plan;
pub mod schema;

pub use aggregate::{Agg, AggFunction, Window};
pub use connector::{Envelope, Format, Sample, SampleFrom, Sink, Source, SourceConnector};
pub use expr::{BinaryOp, Branch, Expr, Function, Literal, UnaryOp};
pub use plan::{Node, PLAN_VERSION, Plan, Renamed, Step};
pub use schema::{DataType, Field, Schema};
