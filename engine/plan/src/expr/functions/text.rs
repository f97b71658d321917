//! Functions of texts.

use super::constant;
use crate::expr::{Expr, Function, IntoColumns};

impl Expr {
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

    /// A text without spaces at its beginning.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").ltrim().to_string(), "ltrim(city)");
    /// ```
    pub fn ltrim(&self) -> Expr {
        self.call(Function::Ltrim, Vec::new())
    }

    /// A text without spaces at its end.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").rtrim().to_string(), "rtrim(city)");
    /// ```
    pub fn rtrim(&self) -> Expr {
        self.call(Function::Rtrim, Vec::new())
    }

    /// A text with `fill` repeated before it until it has `length` characters; a longer one is cut at its end.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("code").lpad(5, "0").to_string(), "lpad(code, 5, '0')");
    /// ```
    pub fn lpad(&self, length: impl Into<Expr>, fill: impl Into<Expr>) -> Expr {
        self.call(Function::Lpad, vec![length.into(), fill.into()])
    }

    /// A text with `fill` repeated after it until it has `length` characters; a longer one is cut at its end.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("code").rpad(5, " ").to_string(), "rpad(code, 5, ' ')");
    /// ```
    pub fn rpad(&self, length: impl Into<Expr>, fill: impl Into<Expr>) -> Expr {
        self.call(Function::Rpad, vec![length.into(), fill.into()])
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

    /// All of a text from the character `start` on; the first is 1, and -3 begins three before the end.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("code").substring_from(-3).to_string(), "substring(code, -3)");
    /// ```
    pub fn substring_from(&self, start: impl Into<Expr>) -> Expr {
        self.call(Function::Substring, vec![start.into()])
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

    /// Whether the whole text is as a pattern of SQL says: `%` stands for any text, `_` for one character.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").like("New%").to_string(), "city like 'New%'");
    /// ```
    pub fn like(&self, pattern: impl Into<String>) -> Expr {
        self.call(Function::Like, vec![constant(pattern)])
    }

    /// The character at which `part` begins in a text, the first being 1; 0 where it is not in it.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("email").position("@").to_string(), "position(email, '@')");
    /// ```
    pub fn position(&self, part: impl Into<Expr>) -> Expr {
        self.call(Function::Position, vec![part.into()])
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

    /// The characters of a text in reverse order.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").reverse().to_string(), "reverse(city)");
    /// ```
    pub fn reverse(&self) -> Expr {
        self.call(Function::Reverse, Vec::new())
    }

    /// The parts of a text between the separators, as a list.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("path").split("/").get(0).to_string(), "get(split(path, '/'), 0)");
    /// ```
    pub fn split(&self, separator: impl Into<Expr>) -> Expr {
        self.call(Function::Split, vec![separator.into()])
    }

    /// Whether a regular expression matches somewhere in a text; `^` and `$` tie it to the ends.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("code").regex_matches("^[A-Z]{2}[0-9]+$").to_string(), "regex_matches(code, '^[A-Z]{2}[0-9]+$')");
    /// ```
    pub fn regex_matches(&self, pattern: impl Into<String>) -> Expr {
        self.call(Function::RegexMatches, vec![constant(pattern)])
    }

    /// What a group of a regular expression matches first in a text; group 0 is the whole match. Null without a match.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("path").regex_extract("^/user/([0-9]+)", 1).to_string(), "regex_extract(path, '^/user/([0-9]+)', 1)");
    /// ```
    pub fn regex_extract(&self, pattern: impl Into<String>, group: u32) -> Expr {
        self.call(Function::RegexExtract, vec![constant(pattern), group.into()])
    }

    /// A text with every match of a regular expression replaced by `to`, in which `$1` stands for the first group.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("phone").regex_replace("[^0-9]", "").to_string(), "regex_replace(phone, '[^0-9]', '')");
    /// ```
    pub fn regex_replace(&self, pattern: impl Into<String>, to: impl Into<Expr>) -> Expr {
        self.call(Function::RegexReplace, vec![constant(pattern), to.into()])
    }
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

/// These texts, parted by the separator; those that are null are left out.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(concat_ws(", ", [col("city"), col("country")]).to_string(), "concat_ws(', ', city, country)");
/// ```
pub fn concat_ws(separator: impl Into<Expr>, texts: impl IntoColumns) -> Expr {
    let args = std::iter::once(separator.into()).chain(texts.into_columns()).collect();
    Expr::Function { function: Function::ConcatWs, args }
}
