//! Hashes: of any values for placing rows, of texts for fingerprints.

use crate::expr::{Expr, Function, IntoColumns};

impl Expr {
    /// The MD5 digest of a text, as 32 hexadecimal digits.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").md5().to_string(), "md5(city)");
    /// ```
    pub fn md5(&self) -> Expr {
        self.call(Function::Md5, Vec::new())
    }

    /// The SHA-256 digest of a text, as 64 hexadecimal digits.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").sha256().to_string(), "sha256(city)");
    /// ```
    pub fn sha256(&self) -> Expr {
        self.call(Function::Sha256, Vec::new())
    }
}

/// A whole number from 0 to 2147483647 that depends on the values alone, as this engine places keys on workers: the same in every
/// run. A planned salt is `hash("order_id") % 8`.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!((hash("order_id") % 8).to_string(), "hash(order_id) % 8");
/// ```
pub fn hash(values: impl IntoColumns) -> Expr {
    Expr::Function { function: Function::Hash, args: values.into_columns() }
}
