//! Finds the variables that must go when a type is defined anew.
//!
//! A cell that is compiled again gives its types the same identity as before, whatever their fields. A variable of the
//! old type would be read as one of the new type: not an error but garbage. So when a cell defines a type again with
//! other text, variables of the user's own types are given up; all of them, because a type may hold another.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The types that cells defined, each with a fingerprint of the cell's text.
#[derive(Default)]
pub(crate) struct UserTypes(BTreeMap<String, u64>);

impl UserTypes {
    /// Notes the types this cell defines; the names of those it defines otherwise than before.
    pub(crate) fn define(&mut self, code: &str) -> Vec<String> {
        let mut hasher = DefaultHasher::new();
        code.hash(&mut hasher);
        let fingerprint = hasher.finish();
        let names = defined(code);
        let changed = names
            .filter(|name| self.0.insert((*name).to_owned(), fingerprint).is_some_and(|before| before != fingerprint));
        changed.map(str::to_owned).collect()
    }

    /// Whether a type is made of one that a cell defined.
    pub(crate) fn concern(&self, type_name: &str) -> bool {
        words(type_name).any(|word| self.0.contains_key(word))
    }
}

/// The words that follow `struct` and its like. In a comment or a string that may be no type at all, which does no
/// harm: no variable has it.
fn defined(code: &str) -> impl Iterator<Item = &str> {
    let mut before = "";
    words(code).filter(move |word| matches!(std::mem::replace(&mut before, word), "struct" | "enum" | "union" | "type"))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|next: char| !next.is_alphanumeric() && next != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_counts_as_redefined_when_its_cell_changed() {
        let mut types = UserTypes::default();
        assert!(types.define("struct P { x: i32 }\nenum Q { A }").is_empty());
        assert!(types.define("struct P { x: i32 }\nenum Q { A }").is_empty(), "run again");
        assert_eq!(types.define("struct P { x: i64 }"), ["P"]);
        assert!(types.define("let p = P { x: 1 };").is_empty());
    }

    #[test]
    fn types_made_of_user_types_are_concerned() {
        let mut types = UserTypes::default();
        types.define("pub(crate) struct Point<T>(T);");
        assert!(types.concern("std::collections::HashMap<String, Vec<Point<i32>>>"));
        assert!(!types.concern("Stream"));
        assert!(!types.concern("Points"));
    }
}
