//! Which columns of a source a plan reads anywhere, so that no other is decoded.

use std::collections::BTreeSet;

use headwater::{Expr, OnFailure, Plan, Step};

/// The columns of the payload of the source `node` that a plan reads anywhere, in the schema's order; none when it needs all of
/// them, because they come out at its end.
pub fn used_columns(plan: &Plan, node: u32) -> Option<Vec<String>> {
    // Of each node the columns that its readers ask of it: from the end, where all are shown, to the sources.
    let mut asked: Vec<Option<BTreeSet<&str>>> = vec![Some(BTreeSet::new()); plan.nodes.len()];
    if let Some(last) = asked.last_mut() {
        *last = None;
    }
    for reader in plan.nodes.iter().rev() {
        for (number, input) in reader.inputs.iter().enumerate() {
            let own = of_input(&reader.step, number, asked[reader.id as usize].clone());
            let before = &mut asked[*input as usize];
            match (before.as_mut(), &own) {
                (Some(before), Some(own)) => before.extend(own),
                _ => *before = None,
            }
        }
    }
    let used = asked.get(node as usize)?.as_ref()?;
    let (_, source) = plan.sources().into_iter().find(|(id, _)| *id == node)?;
    let fields = &source.schema.as_ref()?.fields;
    Some(fields.iter().map(|field| field.name.clone()).filter(|name| used.contains(name.as_str())).collect())
}

/// What a step asks of an input, when so much is asked of it; all, when none. A name may be asked for that the input does not have:
/// a column that is made on the way.
fn of_input<'a>(step: &'a Step, input: usize, asked: Option<BTreeSet<&'a str>>) -> Option<BTreeSet<&'a str>> {
    let read: Vec<&str> = match step {
        Step::Source(_) | Step::Recall(_) | Step::Sink(_) | Step::Union => Vec::new(),
        Step::Filter { predicate } => predicate.columns(),
        Step::Select { exprs } => return Some(exprs.iter().flat_map(Expr::columns).collect()),
        Step::WithColumns { exprs } => exprs.iter().flat_map(Expr::columns).collect(),
        Step::Rename { columns } => columns.iter().map(|column| column.from.as_str()).collect(),
        // What is dropped must be there.
        Step::Drop { columns } => columns.iter().map(String::as_str).collect(),
        Step::Cast { columns } => columns.iter().map(|column| column.name.as_str()).collect(),
        Step::EventTime { column, .. } | Step::Explode { column } | Step::Unnest { column } => vec![column],
        Step::Join { left_on, .. } if input == 0 => left_on.iter().map(String::as_str).collect(),
        Step::Join { right_on, suffix, .. } => {
            let clashed = asked.iter().flatten().filter_map(|name| name.strip_suffix(suffix.as_str()));
            right_on.iter().map(String::as_str).chain(clashed).collect()
        }
        // Rows that are put aside are kept whole.
        Step::Expect { on_failure: OnFailure::DeadLetter | OnFailure::Stop, .. } => return None,
        Step::Expect { predicate, .. } | Step::ExpectRate { predicate, .. } => predicate.columns(),
        Step::ExpectKey { keys, .. } | Step::Unique { keys, .. } => keys.iter().flat_map(Expr::columns).collect(),
        Step::Top { by, per, .. } => {
            per.iter().chain([by]).flat_map(Expr::columns).chain(["window_start", "window_end"]).collect()
        }
        Step::Aggregate { keys, aggs, .. } => {
            let inputs = aggs.iter().filter_map(|agg| agg.input.as_ref());
            return Some(keys.iter().chain(inputs).flat_map(Expr::columns).collect());
        }
    };
    let mut asked = asked?;
    asked.extend(read);
    Some(asked)
}

#[cfg(test)]
mod tests {
    use headwater::prelude::*;

    use super::*;

    fn orders() -> Stream {
        kafka("localhost:9092", "orders")
            .json()
            .schema("ts TIMESTAMP, city STRING, amount DOUBLE, note STRING, id BIGINT")
    }

    fn names(stream: &Stream) -> String {
        used_columns(&stream.plan(), 0).map_or("all".to_owned(), |names| names.join(" "))
    }

    #[test]
    fn only_the_columns_that_are_read_are_decoded() {
        assert_eq!(names(&orders()), "all");
        assert_eq!(names(&orders().filter(col("id").gt(1))), "all");
        assert_eq!(names(&orders().select([col("id")]).filter(col("id").gt(1))), "id");
        assert_eq!(names(&orders().filter(col("city").eq("Rome")).select([col("id")])), "city id");
        let every_step = orders()
            .event_time("ts", "10s")
            .drop(["note"])
            .rename([("amount", "paid")])
            .cast([("id", DataType::String)])
            .filter(col("paid").gt(0))
            .with_columns([(col("paid") * 2).alias("double")])
            .group_by(["city"])
            .window(tumbling("1m"))
            .agg([sum("double").alias("total"), count(), max("id").alias("last")]);
        assert_eq!(names(&every_step), "ts city amount note id");
        let plain = orders().event_time("ts", "1s").group_by(["city"]).window(tumbling("1m")).agg([count()]);
        assert_eq!(names(&plain), "ts city");
    }

    #[test]
    fn what_any_reader_needs_is_decoded() {
        let fork = orders();
        assert_eq!(names(&fork.select(["id"]).union(&fork.filter(col("city").eq("Rome")).select(["id"]))), "city id");
        assert_eq!(names(&fork.select(["id"]).union(&fork.drop(["ts", "city", "amount", "note"]))), "all");
    }
}
