//! Named functions over texts and numbers, and those that choose among or join several values.

use super::{Expr, Function, IntoColumns};

impl Expr {
    fn call(&self, function: Function, rest: Vec<Expr>) -> Expr {
        let mut args = Vec::with_capacity(1 + rest.len());
        args.push(self.clone());
        args.extend(rest);
        Expr::Function { function, args }
    }

    /// A text in lower case.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").lower().to_string(), "lower(city)");
    /// ```
    pub fn lower(&self) -> Expr {
        self.call(Function::Lower, Vec::new())
    }

    /// A text in upper case.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").upper().to_string(), "upper(city)");
    /// ```
    pub fn upper(&self) -> Expr {
        self.call(Function::Upper, Vec::new())
    }

    /// A text without spaces at both ends.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").trim().to_string(), "trim(city)");
    /// ```
    pub fn trim(&self) -> Expr {
        self.call(Function::Trim, Vec::new())
    }

    /// How many characters a text has.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").length().gt(3).to_string(), "length(city) > 3");
    /// ```
    pub fn length(&self) -> Expr {
        self.call(Function::Length, Vec::new())
    }

    /// `length` characters of a text from the character `start`; the first is 1, as in SQL.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("code").substring(1, 2).to_string(), "substring(code, 1, 2)");
    /// ```
    pub fn substring(&self, start: impl Into<Expr>, length: impl Into<Expr>) -> Expr {
        self.call(Function::Substring, vec![start.into(), length.into()])
    }

    /// Whether a text has this one in it. Not a pattern.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").contains("York").to_string(), "contains(city, 'York')");
    /// ```
    pub fn contains(&self, text: impl Into<Expr>) -> Expr {
        self.call(Function::Contains, vec![text.into()])
    }

    /// Whether a text begins with this one.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").starts_with("New").to_string(), "starts_with(city, 'New')");
    /// ```
    pub fn starts_with(&self, text: impl Into<Expr>) -> Expr {
        self.call(Function::StartsWith, vec![text.into()])
    }

    /// Whether a text ends with this one.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").ends_with("York").to_string(), "ends_with(city, 'York')");
    /// ```
    pub fn ends_with(&self, text: impl Into<Expr>) -> Expr {
        self.call(Function::EndsWith, vec![text.into()])
    }

    /// A text with every `from` in it replaced by `to`. Not a pattern.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").replace(",", ".").to_string(), "replace(amount, ',', '.')");
    /// ```
    pub fn replace(&self, from: impl Into<Expr>, to: impl Into<Expr>) -> Expr {
        self.call(Function::Replace, vec![from.into(), to.into()])
    }

    /// A number without its sign.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("delta").abs().to_string(), "abs(delta)");
    /// ```
    pub fn abs(&self) -> Expr {
        self.call(Function::Abs, Vec::new())
    }

    /// A number rounded to so many decimal digits, half away from zero.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").round(2).to_string(), "round(amount, 2)");
    /// ```
    pub fn round(&self, digits: u32) -> Expr {
        self.call(Function::Round, vec![digits.into()])
    }
}

/// The first of these that is not null.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(coalesce([col("city"), lit("unknown")]).to_string(), "coalesce(city, 'unknown')");
/// ```
pub fn coalesce(values: impl IntoColumns) -> Expr {
    Expr::Function { function: Function::Coalesce, args: values.into_columns() }
}

/// These texts, one after the other; null if any is null.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(concat([col("city"), lit("/"), col("country")]).to_string(), "concat(city, '/', country)");
/// ```
pub fn concat(texts: impl IntoColumns) -> Expr {
    Expr::Function { function: Function::Concat, args: texts.into_columns() }
}
