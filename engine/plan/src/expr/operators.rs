//! Operators: arithmetic signs, comparisons, logic, null tests, casts and names.

use std::ops::{Add, Div, Mul, Neg, Not, Rem, Sub};

use super::{BinaryOp, Expr, UnaryOp};
use crate::schema::DataType;

impl Expr {
    fn binary(&self, op: BinaryOp, right: Expr) -> Expr {
        Expr::Binary { op, left: Box::new(self.clone()), right: Box::new(right) }
    }

    fn unary(&self, op: UnaryOp) -> Expr {
        Expr::Unary { op, input: Box::new(self.clone()) }
    }

    /// `self = other`; null if either is null.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").eq("Oslo").to_string(), "city = 'Oslo'");
    /// ```
    pub fn eq(&self, other: impl Into<Expr>) -> Expr {
        self.binary(BinaryOp::Eq, other.into())
    }

    /// `self != other`; null if either is null.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").neq("Oslo").to_string(), "city != 'Oslo'");
    /// ```
    pub fn neq(&self, other: impl Into<Expr>) -> Expr {
        self.binary(BinaryOp::NotEq, other.into())
    }

    /// `self < other`; null if either is null.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").lt(col("limit")).to_string(), "amount < limit");
    /// ```
    pub fn lt(&self, other: impl Into<Expr>) -> Expr {
        self.binary(BinaryOp::Lt, other.into())
    }

    /// `self <= other`; null if either is null.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").lt_eq(9.5).to_string(), "amount <= 9.5");
    /// ```
    pub fn lt_eq(&self, other: impl Into<Expr>) -> Expr {
        self.binary(BinaryOp::LtEq, other.into())
    }

    /// `self > other`; null if either is null.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").gt(0).to_string(), "amount > 0");
    /// ```
    pub fn gt(&self, other: impl Into<Expr>) -> Expr {
        self.binary(BinaryOp::Gt, other.into())
    }

    /// `self >= other`; null if either is null.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").gt_eq(0).to_string(), "amount >= 0");
    /// ```
    pub fn gt_eq(&self, other: impl Into<Expr>) -> Expr {
        self.binary(BinaryOp::GtEq, other.into())
    }

    /// Both are true.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("paid").and(col("amount").gt(0)).to_string(), "paid and amount > 0");
    /// ```
    pub fn and(&self, other: impl Into<Expr>) -> Expr {
        self.binary(BinaryOp::And, other.into())
    }

    /// At least one is true.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("paid").or(col("gift")).to_string(), "paid or gift");
    /// ```
    pub fn or(&self, other: impl Into<Expr>) -> Expr {
        self.binary(BinaryOp::Or, other.into())
    }

    /// It is false. `!expr` says the same.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("paid").not().to_string(), (!col("paid")).to_string());
    /// ```
    pub fn not(&self) -> Expr {
        self.unary(UnaryOp::Not)
    }

    /// It has no value.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").is_null().to_string(), "city is null");
    /// ```
    pub fn is_null(&self) -> Expr {
        self.unary(UnaryOp::IsNull)
    }

    /// It has a value.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").is_not_null().to_string(), "city is not null");
    /// ```
    pub fn is_not_null(&self) -> Expr {
        self.unary(UnaryOp::IsNotNull)
    }

    /// The value as another type; null where it does not fit.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").cast(BIGINT).to_string(), "cast(amount as BIGINT)");
    /// ```
    pub fn cast(&self, to: DataType) -> Expr {
        Expr::Cast { input: Box::new(self.clone()), to }
    }

    /// The same value under another column name.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let eur = (col("amount") * col("rate")).alias("eur");
    /// assert_eq!(eur.output_name().as_deref(), Some("eur"));
    /// ```
    pub fn alias(&self, name: impl Into<String>) -> Expr {
        Expr::Alias { input: Box::new(self.clone()), name: name.into() }
    }
}

/// One arithmetic sign: `expr + x`, `&expr + x` and `2 + expr`.
macro_rules! sign {
    ($trait:ident, $method:ident, $op:ident) => {
        impl<R: Into<Expr>> $trait<R> for Expr {
            type Output = Expr;
            fn $method(self, right: R) -> Expr {
                self.binary(BinaryOp::$op, right.into())
            }
        }
        impl<R: Into<Expr>> $trait<R> for &Expr {
            type Output = Expr;
            fn $method(self, right: R) -> Expr {
                self.binary(BinaryOp::$op, right.into())
            }
        }
        sign!($trait, $method, $op, i32);
        sign!($trait, $method, $op, i64);
        sign!($trait, $method, $op, f64);
    };
    ($trait:ident, $method:ident, $op:ident, $left:ty) => {
        impl $trait<Expr> for $left {
            type Output = Expr;
            fn $method(self, right: Expr) -> Expr {
                Expr::from(self).binary(BinaryOp::$op, right)
            }
        }
    };
}

sign!(Add, add, Add);
sign!(Sub, sub, Sub);
sign!(Mul, mul, Mul);
sign!(Div, div, Div);
sign!(Rem, rem, Mod);

impl Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        self.unary(UnaryOp::Negate)
    }
}

impl Not for Expr {
    type Output = Expr;
    fn not(self) -> Expr {
        self.unary(UnaryOp::Not)
    }
}
