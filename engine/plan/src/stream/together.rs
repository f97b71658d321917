//! The verbs that bring streams together: union.

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
