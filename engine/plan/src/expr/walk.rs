//! Questions about an expression: which columns it reads, what its column is called, how deep it is.

use super::{Expr, Function, Literal};

impl Expr {
    /// The expressions directly inside this one, left to right.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Column(_) | Expr::Literal(_) | Expr::Sql(_) => Vec::new(),
            Expr::Binary { left, right, .. } => vec![left, right],
            Expr::Unary { input, .. } | Expr::Cast { input, .. } | Expr::Alias { input, .. } => vec![input],
            Expr::Function { args, .. } => args.iter().collect(),
            Expr::When { branches, otherwise } => {
                branches.iter().flat_map(|branch| [&branch.when, &branch.then]).chain([&**otherwise]).collect()
            }
        }
    }

    /// The same, to be changed.
    #[cfg(feature = "sql")]
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Expr::Column(_) | Expr::Literal(_) | Expr::Sql(_) => Vec::new(),
            Expr::Binary { left, right, .. } => vec![left, right],
            Expr::Unary { input, .. } | Expr::Cast { input, .. } | Expr::Alias { input, .. } => vec![input],
            Expr::Function { args, .. } => args.iter_mut().collect(),
            Expr::When { branches, otherwise } => {
                let both = branches.iter_mut().flat_map(|branch| [&mut branch.when, &mut branch.then]);
                both.chain([&mut **otherwise]).collect()
            }
        }
    }

    /// The columns it reads, each once, in the order they are met.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!((col("a") * col("b") + col("a")).columns(), ["a", "b"]);
    /// ```
    pub fn columns(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect_columns(&mut names);
        names
    }

    fn collect_columns<'a>(&'a self, names: &mut Vec<&'a str>) {
        if let Expr::Column(name) = self
            && !names.contains(&name.as_str())
        {
            names.push(name);
        }
        for child in self.children() {
            child.collect_columns(names);
        }
    }

    /// The name of the column it makes: its alias; or else, as in polars, that of a struct's member, or of the leftmost column in it
    /// (of the first value in a `when`). `None` for constants, and for SQL text that is not read yet.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!((col("amount") * 2).output_name().as_deref(), Some("amount"));
    /// assert_eq!(lit(1).output_name(), None);
    /// ```
    pub fn output_name(&self) -> Option<String> {
        match self {
            Expr::Alias { name, .. } | Expr::Column(name) => Some(name.clone()),
            Expr::When { branches, otherwise } => {
                branches.iter().map(|branch| &branch.then).chain([&**otherwise]).find_map(Expr::output_name)
            }
            Expr::Function { function: Function::Field, args } => match args.last() {
                Some(Expr::Literal(Literal::String(name))) => Some(name.clone()),
                _ => args.iter().find_map(Expr::output_name),
            },
            other => other.children().into_iter().find_map(Expr::output_name),
        }
    }

    /// Whether there is SQL text in it that is not read yet.
    pub(crate) fn has_sql(&self) -> bool {
        matches!(self, Expr::Sql(_)) || self.children().into_iter().any(Expr::has_sql)
    }

    /// How many objects and arrays its JSON nests.
    pub(crate) fn json_depth(&self) -> usize {
        let own = match self {
            Expr::Column(_) => return 1,
            Expr::Literal(_) | Expr::Sql(_) => return 2,
            Expr::Function { .. } => 3,
            Expr::When { .. } => 4,
            _ => 2,
        };
        own + self.children().into_iter().map(Expr::json_depth).max().unwrap_or(0)
    }

    /// A number in it that is infinite or not a number.
    pub(crate) fn non_finite(&self) -> Option<f64> {
        match self {
            Expr::Literal(Literal::Float(value)) if !value.is_finite() => Some(*value),
            other => other.children().into_iter().find_map(Expr::non_finite),
        }
    }
}
