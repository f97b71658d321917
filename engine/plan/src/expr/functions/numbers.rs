//! Functions of numbers.

use crate::expr::{Expr, Function};

impl Expr {
    /// A number without its sign.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").abs().to_string(), "abs(amount)");
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

    /// The largest whole number that is not greater.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").floor().to_string(), "floor(amount)");
    /// ```
    pub fn floor(&self) -> Expr {
        self.call(Function::Floor, Vec::new())
    }

    /// The smallest whole number that is not less.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").ceil().to_string(), "ceil(amount)");
    /// ```
    pub fn ceil(&self) -> Expr {
        self.call(Function::Ceil, Vec::new())
    }

    /// -1, 0 or 1.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").sign().to_string(), "sign(amount)");
    /// ```
    pub fn sign(&self) -> Expr {
        self.call(Function::Sign, Vec::new())
    }

    /// The square root; null of a negative number.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").sqrt().to_string(), "sqrt(amount)");
    /// ```
    pub fn sqrt(&self) -> Expr {
        self.call(Function::Sqrt, Vec::new())
    }

    /// A number raised to an exponent, a `DOUBLE`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("side").power(2).to_string(), "power(side, 2)");
    /// ```
    pub fn power(&self, exponent: impl Into<Expr>) -> Expr {
        self.call(Function::Power, vec![exponent.into()])
    }

    /// e raised to a number.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").exp().to_string(), "exp(amount)");
    /// ```
    pub fn exp(&self) -> Expr {
        self.call(Function::Exp, Vec::new())
    }

    /// The natural logarithm; null of what is not above zero.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").ln().to_string(), "ln(amount)");
    /// ```
    pub fn ln(&self) -> Expr {
        self.call(Function::Ln, Vec::new())
    }

    /// The logarithm to the base 10; null of what is not above zero.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").log10().to_string(), "log10(amount)");
    /// ```
    pub fn log10(&self) -> Expr {
        self.call(Function::Log10, Vec::new())
    }

    /// The quotient rounded down to a whole number; `/` gives the exact one.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("seconds").floor_div(60).to_string(), "floor_div(seconds, 60)");
    /// ```
    pub fn floor_div(&self, other: impl Into<Expr>) -> Expr {
        self.call(Function::FloorDiv, vec![other.into()])
    }

    /// The remainder with the sign of this number; `%` says the same.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("id").modulo(8).to_string(), (col("id") % 8).to_string());
    /// ```
    pub fn modulo(&self, other: impl Into<Expr>) -> Expr {
        self % other
    }
}
