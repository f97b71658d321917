//! The named functions as methods, by theme as in the catalogue, and those that begin with several values.

mod conditions;
mod hashes;
mod nested;
mod numbers;
mod text;
mod times;

pub use conditions::{coalesce, greatest, least};
pub use hashes::hash;
pub use text::{concat, concat_ws};
pub use times::{Duration, date_diff, duration};

use super::{Expr, Function, Literal};

impl Expr {
    fn call(&self, function: Function, rest: Vec<Expr>) -> Expr {
        let mut args = Vec::with_capacity(1 + rest.len());
        args.push(self.clone());
        args.extend(rest);
        Expr::Function { function, args }
    }
}

/// An argument that is the same in every row.
fn constant(text: impl Into<String>) -> Expr {
    Expr::Literal(Literal::String(text.into()))
}
