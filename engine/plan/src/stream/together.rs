//! The verbs that bring streams together or take rows apart: union, explode, unnest.

use std::panic::Location;

use super::Stream;
use crate::Step;

impl Stream {
    /// The rows of this stream and of others, which have the same columns (in any order) and the same event-time column, or
    /// none. A row comes as often as it is in any of them, as with SQL's `UNION ALL`; no order between the streams is promised.
    /// Time goes on as in the slowest of them.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let web = kafka("localhost:9092", "web-orders").json().schema("city STRING, amount DOUBLE");
    /// let shop = kafka("localhost:9092", "shop-orders").json().schema("amount DOUBLE, city STRING");
    /// let orders = web.union(&shop).filter(col("amount").gt(0));
    /// assert_eq!(orders.plan().sources().len(), 2);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn union(&self, others: impl IntoStreams) -> Stream {
        let others = others.into_streams().into_iter().map(|stream| stream.draft);
        Stream::of(self.draft.then_with(others, Step::Union, Vec::new(), Location::caller()))
    }

    /// A row for each element of the lists in this column, which becomes one of elements; the other columns are repeated. A row
    /// whose list is empty or null stays, with null for the element, as in polars (and with SQL's `LEFT JOIN UNNEST`).
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json().schema("id BIGINT, items ARRAY<STRUCT<sku STRING, qty INT>>");
    /// let items = orders.explode("items").unnest("items").filter(col("sku").is_not_null());
    /// # assert!(items.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn explode(&self, column: impl Into<String>) -> Stream {
        self.then(Step::Explode { column: column.into() }, Vec::new(), Location::caller())
    }

    /// The fields of the structs in this column become columns in its place; of a null struct they are null. A field whose name
    /// another column has is called after the struct too: `payload_id`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json().schema("id BIGINT, payload STRUCT<id STRING, city STRING>");
    /// let flat = orders.unnest("payload").select(["id", "payload_id", "city"]);
    /// # assert!(flat.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn unnest(&self, column: impl Into<String>) -> Stream {
        self.then(Step::Unnest { column: column.into() }, Vec::new(), Location::caller())
    }
}

/// Streams: one, an array or a vector.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no stream",
    note = "streams are given as `&orders`, or several as `[&orders, &returns]`"
)]
pub trait IntoStreams {
    /// The streams, in order.
    fn into_streams(self) -> Vec<Stream>;
}

impl IntoStreams for Stream {
    fn into_streams(self) -> Vec<Stream> {
        vec![self]
    }
}

impl IntoStreams for &Stream {
    fn into_streams(self) -> Vec<Stream> {
        vec![self.clone()]
    }
}

impl<S: IntoStreams, const N: usize> IntoStreams for [S; N] {
    fn into_streams(self) -> Vec<Stream> {
        self.into_iter().flat_map(S::into_streams).collect()
    }
}

impl<S: IntoStreams> IntoStreams for Vec<S> {
    fn into_streams(self) -> Vec<Stream> {
        self.into_iter().flat_map(S::into_streams).collect()
    }
}
