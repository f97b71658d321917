//! Functions that look into JSON texts, lists and structs.

use super::constant;
use crate::expr::{Expr, Function};

impl Expr {
    /// The text, number or boolean at a path of a JSON text, as text: `$.user.tags[0]`. Null where there is none.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("payload").json_value("$.user.id").to_string(), "json_value(payload, '$.user.id')");
    /// ```
    pub fn json_value(&self, path: impl Into<String>) -> Expr {
        self.call(Function::JsonValue, vec![constant(path)])
    }

    /// A member of a struct; the column is called after it.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("user").field("name").to_string(), "user.name");
    /// ```
    pub fn field(&self, name: impl Into<String>) -> Expr {
        self.call(Function::Field, vec![constant(name)])
    }

    /// An element of a list, the first being 0 and the last -1; null where there is none.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("tags").get(0).to_string(), "get(tags, 0)");
    /// ```
    pub fn get(&self, index: impl Into<Expr>) -> Expr {
        self.call(Function::Get, vec![index.into()])
    }

    /// How many elements a list has.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("tags").list_length().to_string(), "list_length(tags)");
    /// ```
    pub fn list_length(&self) -> Expr {
        self.call(Function::ListLength, Vec::new())
    }

    /// Whether a list has this element.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("tags").list_contains("new").to_string(), "list_contains(tags, 'new')");
    /// ```
    pub fn list_contains(&self, value: impl Into<Expr>) -> Expr {
        self.call(Function::ListContains, vec![value.into()])
    }
}
