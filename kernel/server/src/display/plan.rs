//! A pipeline as a graph, and the pipelines of a notebook as a list.

use crate::display::escape::{html_isolated, html_sentence, visible};
use crate::display::listing::{Listing, Side};
use crate::display::style::{self, details, tag};
use crate::display::{MimeBundle, bundle};
use crate::pipelines::Pipeline;
use headwater::{Expr, JoinBound, Plan, Request, Step};
use headwater_charts::{GraphStep, Role, chart_image, graph_text, plan_graph};
use serde_json::{Value, json};
use std::sync::Arc;

/// Columns of the plain text.
const TEXT_WIDTH: usize = 110;

/// `%plan NAME` for a notebook.
pub fn plan(name: &str, request: &Request) -> MimeBundle {
    let steps: Vec<GraphStep> = request.plan.nodes.iter().map(|node| step(&node.step, &node.inputs)).collect();
    let drawn = plan_graph(name, &steps);
    let mut page = drawn.as_ref().map(chart_image).unwrap_or_default();
    let graph = graph_text(&steps, TEXT_WIDTH);
    let mut text = vec![format!("{}: {}", visible(name), crate::display::counted(steps.len() as u64, "step")), graph];
    for mistake in request.mistakes() {
        let said = format!("{}: {}", request.plan.describe(mistake.node), mistake.message);
        page.push_str(&tag("div", style::ALERT, &html_sentence(&said)));
        text.push(visible(&said));
    }
    let lines: Vec<String> = request.plan.to_string().lines().map(html_isolated).collect();
    page.push_str(&details("The steps as text", &tag("code", style::CODE, &lines.join("<br>"))));
    let json = json!({"name": name, "steps": steps.iter().map(as_json).collect::<Vec<_>>()});
    bundle::bundle("plan", tag("div", style::PANEL, &page), text.join("\n"), json)
}

/// `%plan` for a notebook: the pipelines it has.
pub fn list(pipelines: &[Arc<Pipeline>]) -> MimeBundle {
    let mut list = Listing::new(&[
        ("pipeline", Side::Left),
        ("steps", Side::Right),
        ("from", Side::Left),
        ("ends with", Side::Left),
    ]);
    for pipeline in pipelines {
        let plan = &pipeline.request.plan;
        list.push([pipeline.name.clone(), plan.nodes.len().to_string(), sources(plan), last(plan)]);
    }
    let hint = match pipelines.is_empty() {
        true => "No pipelines yet: a variable that holds a stream is one.",
        false => "%plan NAME draws one.",
    };
    let mut page = if pipelines.is_empty() { String::new() } else { list.to_html() };
    page.push_str(&tag("div", style::NOTE, hint));
    let text = if pipelines.is_empty() { hint.to_owned() } else { format!("{}\n{hint}", list.to_text()) };
    let json =
        pipelines.iter().map(|pipeline| json!({"name": pipeline.name, "steps": pipeline.request.plan.nodes.len()}));
    bundle::bundle("plan", tag("div", style::PANEL, &page), text, json!({"pipelines": json.collect::<Vec<_>>()}))
}

fn sources(plan: &Plan) -> String {
    plan.sources().iter().map(|(_, source)| source.connector.to_string()).collect::<Vec<_>>().join(", ")
}

fn last(plan: &Plan) -> String {
    plan.nodes.last().map(|node| node.step.name().to_owned()).unwrap_or_default()
}

fn step(step: &Step, inputs: &[u32]) -> GraphStep {
    let inputs = inputs.iter().map(|input| *input as usize).collect();
    GraphStep { name: step.name().to_owned(), text: step.to_string(), inputs, role: role(step) }
}

/// Whether rows must be exchanged before a step, as its operator would say when it runs.
fn role(step: &Step) -> Role {
    let names = |keys: &[Expr]| keys.iter().map(|key| key.output_name().unwrap_or_else(|| key.to_string())).collect();
    match step {
        Step::Source(_) => Role::Source,
        Step::Sink(_) => Role::Sink,
        Step::Aggregate { keys, .. } | Step::Unique { keys, .. } => Role::Keyed(names(keys)),
        Step::Top { per, .. } => {
            let mut keys: Vec<String> = names(per);
            keys.insert(0, "window".to_owned());
            Role::Keyed(keys)
        }
        Step::Join { left_on, bound: Some(JoinBound::Window { .. } | JoinBound::Interval { .. }), .. } => {
            Role::Keyed(left_on.clone())
        }
        _ => Role::Plain,
    }
}

fn as_json(step: &GraphStep) -> Value {
    json!({"name": step.name, "text": step.text, "inputs": step.inputs, "exchange": step.role.exchange()})
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater::Verb;
    use headwater::prelude::*;
    use headwater_charts::html::sanitized;

    fn request(stream: &Stream) -> Request {
        Request {
            verb: Verb::Preview,
            plan: stream.plan(),
            places: vec![],
            problems: stream.mistakes(),
            samples: vec![],
        }
    }

    fn orders() -> Stream {
        kafka("localhost:9092", "orders").json().event_time("ts", "10s")
    }

    #[test]
    fn a_pipeline_is_a_picture_and_a_graph_in_text() {
        let paid = kafka("localhost:9092", "payments").json().event_time("ts", "10s");
        let revenue = orders()
            .filter(col("city").neq("<b>"))
            .join(&paid)
            .on("order_id")
            .within("5m", "1h")
            .group_by(["city"])
            .window(tumbling("1m"))
            .agg([sum("amount").alias("revenue")])
            .top(3)
            .by("revenue");
        let shown = plan("revenue", &request(&revenue));
        insta::assert_snapshot!(shown["text/plain"].as_str().expect("text"));
        let html = shown["text/html"].as_str().expect("HTML");
        sanitized::check(html);
        assert!(html.contains("data:image/svg+xml;base64,"), "{html}");
        assert_eq!(shown["application/vnd.headwater.plan+json"]["steps"][5]["exchange"], "exchanged by order_id");
    }

    #[test]
    fn what_is_wrong_with_a_pipeline_stands_below_it() {
        let shown = plan("late", &request(&orders().event_time("ts", "soon")));
        let text = shown["text/plain"].as_str().expect("text");
        assert!(text.contains("step 3, `event_time`: ") && text.contains("soon"), "{text}");
    }
}
