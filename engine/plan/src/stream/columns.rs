//! The verbs about rows and columns: filter, select, with_columns, rename, drop, cast.

use std::panic::Location;

use super::Stream;
use crate::{DataType, Expr, Field, IntoColumns, Mistake, Renamed, Step};

impl Stream {
    /// Keeps the rows for which the condition is true; neither those where it is false nor those where it is null.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let paid = kafka("localhost:9092", "orders").filter(col("amount").gt(0).and(col("city").is_not_null()));
    /// # assert!(paid.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn filter(&self, predicate: impl Into<Expr>) -> Stream {
        self.then(Step::Filter { predicate: predicate.into() }, Vec::new(), Location::caller())
    }

    /// Keeps exactly these columns, each named by its alias or its column.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders");
    /// let two = orders.select(["city", "amount"]);
    /// let made = orders.select([col("city").upper(), (col("amount") * 100).alias("cents")]);
    /// # assert!(two.mistakes().is_empty() && made.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn select(&self, columns: impl IntoColumns) -> Stream {
        self.then(Step::Select { exprs: columns.into_columns() }, Vec::new(), Location::caller())
    }

    /// Adds these columns, or replaces the ones of the same name. They read the columns before this step, not each other.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").with_columns([(col("amount") * col("rate")).alias("eur")]);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn with_columns(&self, columns: impl IntoColumns) -> Stream {
        self.then(Step::WithColumns { exprs: columns.into_columns() }, Vec::new(), Location::caller())
    }

    /// Renames columns, all at once: `[("a", "b"), ("b", "a")]` swaps them.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").rename([("qty", "quantity"), ("amt", "amount")]);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn rename<A: Into<String>, B: Into<String>>(&self, columns: impl IntoIterator<Item = (A, B)>) -> Stream {
        let columns = columns.into_iter().map(|(from, to)| Renamed { from: from.into(), to: to.into() }).collect();
        self.then(Step::Rename { columns }, Vec::new(), Location::caller())
    }

    /// Removes columns.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").drop(["email", "phone"]);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn drop(&self, columns: impl IntoNames) -> Stream {
        self.then(Step::Drop { columns: columns.into_names() }, Vec::new(), Location::caller())
    }

    /// Changes the types of columns; a value that does not fit becomes null.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").cast([("amount", DOUBLE), ("quantity", BIGINT)]);
    /// let same = kafka("localhost:9092", "orders").cast([("amount", "DOUBLE"), ("quantity", "BIGINT")]);
    /// assert_eq!(orders.plan(), same.plan());
    /// ```
    #[track_caller]
    pub fn cast<A: Into<String>, T: Into<TypeSpec>>(&self, columns: impl IntoIterator<Item = (A, T)>) -> Stream {
        let columns = columns.into_iter().map(|(name, data_type)| (name.into(), data_type.into())).collect();
        self.cast_columns(columns, Location::caller())
    }

    fn cast_columns(&self, columns: Vec<(String, TypeSpec)>, location: &Location<'_>) -> Stream {
        let (mut fields, mut wrong) = (Vec::new(), Vec::new());
        for (name, spec) in columns {
            match spec.0 {
                Ok(data_type) => fields.push(Field { name, data_type }),
                Err(mistake) => wrong.push(mistake.of(&format!("`cast` of `{name}`"))),
            }
        }
        self.then(Step::Cast { columns: fields }, wrong, location)
    }
}

/// A type as a cell writes it: [`DataType`] or its text; a text that is no type is remembered and reported with the step.
#[derive(Clone, Debug)]
pub struct TypeSpec(Result<DataType, Mistake>);

impl From<DataType> for TypeSpec {
    fn from(data_type: DataType) -> TypeSpec {
        TypeSpec(Ok(data_type))
    }
}

impl From<&str> for TypeSpec {
    fn from(text: &str) -> TypeSpec {
        TypeSpec(DataType::parse(text))
    }
}

/// Names of columns: one, an array or a vector.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of names",
    note = "names are texts, `[\"city\", \"amount\"]`"
)]
pub trait IntoNames {
    /// The names, in order.
    fn into_names(self) -> Vec<String>;
}

impl IntoNames for &str {
    fn into_names(self) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl IntoNames for String {
    fn into_names(self) -> Vec<String> {
        vec![self]
    }
}

impl<S: Into<String>, const N: usize> IntoNames for [S; N] {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(S::into).collect()
    }
}

impl<S: Into<String>> IntoNames for Vec<S> {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(S::into).collect()
    }
}
