//! A pipeline as a graph to draw: its steps, and where each stands. Each step has a lane, as a commit has in a log: a step goes on in the
//! lane of what it reads first, another source begins a lane, and where rows meet the lanes end.

/// One step of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphStep {
    /// The verb that makes it.
    pub name: String,
    /// What it does.
    pub text: String,
    /// The places of the steps whose rows it reads, all before it.
    pub inputs: Vec<usize>,
    /// How it stands to its rows.
    pub role: Role,
}

/// How a step stands to the rows it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It reads them from outside.
    Source,
    /// It takes them as they come.
    Plain,
    /// Rows of equal keys must meet in one lane of a job: they are exchanged before it, by these keys. Without keys all rows meet.
    Keyed(Vec<String>),
    /// It writes them outside.
    Sink,
}

impl Role {
    /// What is said of the exchange before it.
    pub fn exchange(&self) -> Option<String> {
        match self {
            Role::Keyed(keys) if keys.is_empty() => Some("all rows meet".to_owned()),
            Role::Keyed(keys) => Some(format!("exchanged by {}", keys.join(", "))),
            _ => None,
        }
    }
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) lane: usize,
    /// How far down, from 0.
    pub(crate) row: usize,
}

/// Where each step stands.
pub(crate) struct Layout {
    pub(crate) spots: Vec<Spot>,
    pub(crate) lanes: usize,
    pub(crate) rows: usize,
}

/// Gives each step a lane and a row. No two stand in one place, and what a step reads stands above it.
pub(crate) fn layout(steps: &[GraphStep]) -> Layout {
    let mut readers = vec![0_usize; steps.len()];
    steps.iter().flat_map(|step| &step.inputs).for_each(|input| readers[*input] += 1);
    // For each lane the step at its end, while someone is still to read that.
    let mut ends: Vec<Option<usize>> = Vec::new();
    // For each lane the first row that is free.
    let mut free: Vec<usize> = Vec::new();
    let mut spots: Vec<Spot> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let own = step
            .inputs
            .iter()
            .map(|input| spots[*input].lane)
            .filter(|lane| ends[*lane].is_some_and(|end| step.inputs.contains(&end)));
        let lane = own.min().or_else(|| ends.iter().position(Option::is_none)).unwrap_or(ends.len());
        if lane == ends.len() {
            ends.push(None);
            free.push(0);
        }
        let below = step.inputs.iter().map(|input| spots[*input].row + 1).max().unwrap_or(0);
        let row = below.max(free[lane]);
        free[lane] = row + 1;
        spots.push(Spot { lane, row });
        for input in &step.inputs {
            readers[*input] -= 1;
            let end = &mut ends[spots[*input].lane];
            if readers[*input] == 0 && *end == Some(*input) {
                *end = None;
            }
        }
        ends[lane] = (readers[at] > 0).then_some(at);
    }
    let rows = spots.iter().map(|spot| spot.row + 1).max().unwrap_or(0);
    Layout { lanes: ends.len(), rows, spots }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn step(name: &str, inputs: &[usize], role: Role) -> GraphStep {
        GraphStep { name: name.to_owned(), text: format!("what `{name}` does"), inputs: inputs.to_vec(), role }
    }

    pub(crate) fn line() -> Vec<GraphStep> {
        let keyed = Role::Keyed(vec!["city".to_owned()]);
        vec![
            GraphStep { text: "orders at localhost:9092, json".to_owned(), ..step("kafka", &[], Role::Source) },
            GraphStep { text: "ts, up to 10s late".to_owned(), ..step("event_time", &[0], Role::Plain) },
            GraphStep { text: "amount > 0 AND city <> '<b>'".to_owned(), ..step("filter", &[1], Role::Plain) },
            GraphStep {
                text: "city | window tumbling(\"1m\") | sum(amount * rate) as revenue, count() as orders, max(amount) as largest, \
                       approx_distinct(customer_id) as customers, collect(sku) as skus"
                    .to_owned(),
                ..step("group_by", &[2], keyed)
            },
            GraphStep { text: "city-revenue at localhost:9092, key city".to_owned(), ..step("to_kafka", &[3], Role::Sink) },
        ]
    }

    /// Orders joined with payments and a table of customers, and one of the inputs read twice.
    pub(crate) fn joined() -> Vec<GraphStep> {
        let keyed = |key: &str| Role::Keyed(vec![key.to_owned()]);
        vec![
            step("kafka", &[], Role::Source),
            step("event_time", &[0], Role::Plain),
            step("kafka", &[], Role::Source),
            step("event_time", &[2], Role::Plain),
            step("join", &[1, 3], keyed("order_id")),
            step("files", &[], Role::Source),
            step("join", &[4, 5], Role::Plain),
            step("filter", &[6], Role::Plain),
            step("select", &[6], Role::Plain),
            step("union", &[7, 8], Role::Plain),
            step("top", &[9], Role::Keyed(vec![])),
        ]
    }

    #[test]
    fn a_line_stays_in_its_lane() {
        let layout = layout(&line());
        assert_eq!((layout.lanes, layout.rows), (1, 5));
    }

    #[test]
    fn no_two_steps_stand_in_one_place_and_rows_go_down() {
        let steps = joined();
        let layout = layout(&steps);
        assert_eq!(layout.lanes, 2);
        for (at, step) in steps.iter().enumerate() {
            assert!(step.inputs.iter().all(|input| layout.spots[*input].row < layout.spots[at].row), "{at}");
            assert!(layout.spots[..at].iter().all(|other| *other != layout.spots[at]), "{at}");
        }
        assert_eq!(layout.spots[8].lane, 1, "what is read twice goes on in two lanes");
        assert_eq!(layout.spots[10].lane, 0);
    }
}
