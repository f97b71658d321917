//! What a preview says of a join: how many rows of each input found a partner, and why the others did not.

use std::fmt;

use headwater::Plan;

use crate::operators::{Partners, SidePartners};
use crate::tape::grouped;

/// What became of the rows of a join in a preview.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Its node.
    pub node: u32,
    /// The left input.
    pub left: SidePartners,
    /// The right input.
    pub right: SidePartners,
    /// What the rows of each are called: by their source, where that tells them apart.
    names: [String; 2],
    /// Whether every source was read whole.
    whole: bool,
}

impl Joined {
    pub(super) fn new(plan: &Plan, node: u32, book: &Partners, whole: bool) -> Self {
        let [left, right] = book.sides(whole);
        Joined { node, left, right, names: names(plan, node), whole }
    }

    fn side(&self, input: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (own, name, other) = match input {
            0 => (&self.left, &self.names[0], &self.names[1]),
            _ => (&self.right, &self.names[1], &self.names[0]),
        };
        match own.rows {
            0 => write!(f, "no {name} came")?,
            1 if own.met == 1 => write!(f, "the only one of the {name} found a partner")?,
            rows if rows == own.met => write!(f, "all {} {name} found a partner", grouped(rows))?,
            rows => write!(f, "{} of {} {name} found a partner", grouped(own.met), grouped(rows))?,
        }
        let are = |n: u64, one: &str, many: &str| format!("{} {}", grouped(n), if n == 1 { one } else { many });
        let reasons = [
            (own.no_such_key, are(own.no_such_key, "has", "have") + &format!(" a key that none of the {other} has")),
            (own.out_of_time, are(own.out_of_time, "matches", "match") + " by key, but not in time"),
            (own.waiting, are(own.waiting, "was", "were") + " still waiting when the sample ended"),
            (own.null_key, are(own.null_key, "has", "have") + " a null key"),
            (own.late, grouped(own.late) + " came too late"),
            (own.without_time, are(own.without_time, "has", "have") + " no event time"),
        ];
        let reasons = reasons.iter().filter(|(rows, _)| *rows > 0).map(|(_, words)| words.as_str());
        for (at, words) in reasons.enumerate() {
            write!(f, "{} {words}", if at == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// The sentences about both inputs, and one about samples where it matters.
impl fmt::Display for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "join in step {}: ", self.node + 1)?;
        self.side(0, f)?;
        f.write_str("; ")?;
        self.side(1, f)?;
        if !self.whole && self.left.no_such_key + self.right.no_such_key > 0 {
            f.write_str(
                ". The sample has some of the records only, so partners may lie outside of it: `.sample(between(…))` of the same \
                 time in both takes them together",
            )?;
        }
        Ok(())
    }
}

/// What the rows of the inputs of a join are called.
fn names(plan: &Plan, node: u32) -> [String; 2] {
    let inputs = plan.nodes.get(node as usize).map(|node| node.inputs.as_slice()).unwrap_or_default();
    let origins: Vec<String> = inputs
        .iter()
        .filter_map(|input| match plan.up_to(*input).sources().as_slice() {
            [(_, source)] => Some(source.connector.origin().to_owned()),
            _ => None,
        })
        .collect();
    match <[String; 2]>::try_from(origins) {
        Ok(origins) if origins[0] != origins[1] => origins.map(|origin| format!("rows of {origin}")),
        _ => ["left", "right"].map(|side| format!("{side} rows")),
    }
}
