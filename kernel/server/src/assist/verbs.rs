//! What cells are written with, read from the source of the crate `headwater` that the kernel carries: the methods of each type and
//! the functions of the prelude, with their documentation. So they are known while a cell runs, when rust-analyzer is not free.

use super::text::{Before, Chain, Head};
use headwater_cell::HEADWATER;
use std::sync::LazyLock;

/// A method or a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verb {
    /// The type that it is a method of; none for a function.
    pub of: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
    /// `filter(predicate: impl Into<Expr>) -> Stream`.
    pub signature: String,
    /// The type it gives, without its arguments.
    pub gives: String,
    /// What it does.
    pub doc: String,
}

/// All of them, in the order of the source.
pub fn verbs() -> &'static [Verb] {
    static VERBS: LazyLock<Vec<Verb>> = LazyLock::new(|| {
        let prelude = HEADWATER.iter().find(|(name, _)| *name == "prelude.rs").map_or("", |(_, text)| *text);
        let known: Vec<&str> = prelude.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let mut verbs: Vec<Verb> = HEADWATER.iter().flat_map(|(_, text)| read(text)).collect();
        verbs.retain(|verb| {
            let written = verb.of.unwrap_or(verb.name);
            (known.contains(&written) || matches!(written, "When" | "Then")) && verb.name != "evcxr_display"
        });
        verbs
    });
    &VERBS
}

/// The method of a type, or the function when there is none.
pub fn verb(of: Option<&str>, name: &str) -> Option<&'static Verb> {
    verbs().iter().find(|verb| verb.of == of && verb.name == name)
}

/// The type of what a chain gives; `is_pipeline` knows the names of pipelines.
pub fn type_of<'a>(before: &Before<'a>, chain: &Chain<'a>, is_pipeline: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    follow(before, chain, is_pipeline, 0)
}

fn follow<'a>(
    before: &Before<'a>,
    chain: &Chain<'a>,
    is_pipeline: &dyn Fn(&str) -> bool,
    depth: usize,
) -> Option<&'static str> {
    let mut own = match chain.head {
        Head::Name(name, place) => match before.definition(name, place).filter(|_| depth < 8) {
            Some(defined) => follow(before, &defined, is_pipeline, depth + 1)?,
            None => is_pipeline(name).then_some("Stream")?,
        },
        Head::Call(call) => verb(None, call.name)?.gives.as_str(),
        Head::Unknown => return None,
    };
    for step in &chain.verbs {
        own = verb(Some(own), step.name)?.gives.as_str();
    }
    Some(own)
}

/// The public methods and functions of a file that is formatted as `cargo fmt` does it.
fn read(text: &'static str) -> Vec<Verb> {
    let mut found = Vec::new();
    let (mut of, mut doc): (Option<&'static str>, Vec<&str>) = (None, Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        if let Some(head) = line.strip_prefix("impl ") {
            of = head.strip_suffix(" {").filter(|name| name.chars().all(char::is_alphanumeric));
        } else if line == "}" {
            of = None;
        } else if let Some(said) = trimmed.strip_prefix("///") {
            doc.push(said.strip_prefix(' ').unwrap_or(said));
        } else if trimmed.starts_with("#[") {
        } else if let Some(rest) = trimmed.strip_prefix("pub fn ").filter(|_| line.starts_with("pub") || of.is_some()) {
            let mut signature = rest.to_owned();
            while !signature.ends_with('{') {
                let Some(more) = lines.next() else { break };
                signature.push(' ');
                signature.push_str(more.trim());
            }
            found.extend(verb_of(of, rest, &signature, &doc));
            doc.clear();
        } else if !trimmed.is_empty() {
            doc.clear();
        }
    }
    found
}

fn verb_of(of: Option<&'static str>, first_line: &'static str, signature: &str, doc: &[&str]) -> Option<Verb> {
    let name = first_line.split(['(', '<']).next()?;
    let signature = signature.trim_end_matches('{').trim_end().replace("( ", "(").replace(", )", ")");
    let is_method = signature.contains("(&self") || signature.contains("(self");
    if of.is_some() != is_method {
        return None;
    }
    let own = signature.replace("(&self, ", "(").replace("(&self)", "()").replace("Self", of.unwrap_or("Self"));
    let gives = own.rsplit_once(" -> ").map_or("()", |(_, gives)| gives).to_owned();
    Some(Verb { of, name, gives, doc: plain(doc), signature: own })
}

/// The documentation without the lines that only its tests need.
fn plain(doc: &[&str]) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut in_code = false;
    for line in doc {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if !in_code || !["# ", "assert"].iter().any(|own| line.starts_with(own)) && *line != "#" {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_is_read_with_its_documentation() {
        let filter = verb(Some("Stream"), "filter").expect("it is there");
        assert_eq!(filter.signature, "filter(predicate: impl Into<Expr>) -> Stream");
        assert!(filter.doc.starts_with("Keeps the rows for which the condition is true"), "{}", filter.doc);
        assert!(!filter.doc.contains("# use"), "{}", filter.doc);
        assert_eq!(verb(None, "tumbling").expect("it is there").gives, "WindowSpec");
        assert_eq!(verb(Some("Expr"), "lower").expect("it is there").gives, "Expr");
        assert!(verb(None, "parse_duration").is_none(), "cells do not see it");
        let gives: Vec<&str> = verbs().iter().filter(|verb| verb.of == Some("GroupBy")).map(|verb| verb.name).collect();
        assert_eq!(gives, ["window", "expire_after", "agg"]);
    }

    #[test]
    fn the_type_of_a_chain_is_known() {
        let of = |code: &str| {
            let before = Before::new(code, code.len());
            type_of(&before, &before.before_dot()?, &|name| name == "orders")
        };
        assert_eq!(of("orders."), Some("Stream"));
        assert_eq!(of("orders.filter(col(\"a\").gt(0)).group_by([\"b\"])\n    .win"), Some("GroupBy"));
        assert_eq!(of("let a = orders.to_kafka(\"b\", \"t\"); a.ex"), Some("Job"));
        assert_eq!(of("orders.filter(col(\"a\")."), Some("Expr"));
        assert_eq!(of("unheard."), None);
    }
}
