//! Tests of the texts of failures, as a notebook shows them (colour as `[red]` and the like, so that it can be read here).

use super::*;
use crate::service::recorder::Lines;
use headwater::PlanError;
use headwater::Verb;
use headwater::prelude::*;
use headwater_exec::ErrorKind::{Cancelled, Internal, Plan as PlanKind, Source};

/// A request for `orders.filter(..).group_by(..).agg(..)`, each verb on a line of its own, two generated lines above them.
fn request() -> Request {
    let stream = files("orders.json")
        .schema("city STRING, amount DOUBLE")
        .filter(col("amout").gt(0))
        .group_by(["city"])
        .agg([sum("amount")]);
    let place = |node, line, column| Place { node, cell: 3, line, column };
    Request {
        verb: Verb::Preview,
        plan: stream.plan(),
        places: vec![place(0, 3, 14), place(1, 5, 6), place(2, 7, 6)],
        problems: Vec::new(),
        samples: Vec::new(),
    }
}

const CELL: [&str; 5] = [
    "let orders = files(\"orders.json\")",
    "    .schema(\"city STRING, amount DOUBLE\")",
    "    .filter(col(\"amout\").gt(0))",
    "    .group_by([\"city\"])",
    "\t.agg([sum(\"amount\")]);",
];

fn shown(errors: &[Error], request: &Request, places: &Lines, cell: u32) -> String {
    let failure = compose(errors, &Scene { request: Some(request), call: None, places, cell });
    readable(&failure)
}

fn readable(failure: &Failure) -> String {
    let coloured = failure.traceback.join("\n");
    let text = [(RED, "[red]"), (BLUE, "[blue]"), (CYAN, "[cyan]"), (PLAIN, "[/]")]
        .iter()
        .fold(coloured, |text, (code, word)| text.replace(code, word));
    format!("{}: {}\n\n{text}", failure.ename, failure.evalue)
}

fn amout() -> Error {
    Error::new(PlanKind, "no column `amout`").at(1).hint("did you mean `amount`? columns: city, amount")
}

#[test]
fn a_plan_mistake_points_at_the_verb_in_the_cell() {
    insta::assert_snapshot!(shown(&[amout()], &request(), &Lines(CELL.to_vec()), 3));
}

#[test]
fn a_name_that_is_wrong_is_found_on_the_lines_of_its_verb() {
    let cell = vec![
        "let orders = files(\"orders.json\")",
        "    .schema(\"city STRING, amount DOUBLE\")",
        "    .filter(",
        "\t    // the amount",
        "\tcol(\"amout\").gt(0),",
        "    )",
        "    .select([\"amout\"]);",
    ];
    insta::assert_snapshot!(shown(&[amout()], &request(), &Lines(cell), 3));
    let sql = vec![
        "let orders = files(\"orders.json\")",
        "    .schema(\"city STRING, amount DOUBLE\")",
        "    .filter(expr(",
        "        \"amount > 0 AND lowr(city) = 'x'\"",
        "    ));",
    ];
    let message = "in SQL text: no function `lowr`\n  amount > 0 AND lowr(city) = 'x'\n                 ^";
    let error = Error::new(PlanKind, message).at(1).hint("did you mean `lower`?");
    insta::assert_snapshot!(shown(&[error], &request(), &Lines(sql), 3));
}

#[test]
fn a_line_that_is_not_known_leaves_the_cell() {
    insta::assert_snapshot!(shown(&[amout()], &request(), &Lines::default(), 4));
}

#[test]
fn a_message_of_several_lines_keeps_them() {
    let message = "none of the 2 sampled records of `orders` decodes\n  partition 0, offset 0: not JSON in `x`";
    let error = Error::new(ErrorKind::Decode, message).at(0).hint("Are they JSON objects?");
    insta::assert_snapshot!(shown(&[error], &request(), &Lines(CELL.to_vec()), 3));
}

#[test]
fn several_mistakes_are_shown_together_the_first_one_counts() {
    let mut errors = vec![amout(), Error::new(PlanKind, "`sum` needs numbers").at(2)];
    insta::assert_snapshot!(shown(&errors, &request(), &Lines(CELL.to_vec()), 3));
    errors.extend((0..6).map(|_| amout()));
    let failure = compose(&errors, &Scene { request: None, call: None, places: &Lines::default(), cell: 0 });
    assert_eq!(failure.traceback.last().map(String::as_str), Some("… and 3 more"));
}

#[test]
fn a_source_that_cannot_be_read_is_the_first_step() {
    let error = Error::new(Source, "no broker answers at `localhost:1`").at(0).hint("Is it running?");
    insta::assert_snapshot!(shown(&[error], &request(), &Lines(CELL.to_vec()), 5));
}

#[test]
fn an_interrupt_and_a_panic_have_their_own_words() {
    let interrupted = Error::new(Cancelled, "interrupted while the sample was read").at(0);
    insta::assert_snapshot!(shown(&[interrupted], &request(), &Lines(CELL.to_vec()), 3));
    insta::assert_snapshot!(readable(&panicked("index out of bounds")));
}

#[test]
fn nothing_in_a_message_acts_on_a_terminal() {
    let error = Error::new(Internal, "bad \u{1b}[2J\u{7}value\nsecond line").hint("\u{1b}]0;x");
    let text = shown(&[error], &request(), &Lines::default(), 3);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
    assert!(text.contains("bad ␛[2J␇value\nsecond line"), "{text}");
}

#[test]
fn the_arrow_finds_a_verb_whose_column_has_shifted() {
    let place = Place { node: 1, cell: 1, line: 1, column: 99 };
    assert_eq!(underlined("x.filter(y)", &place, "filter"), Some((2, 8)));
    assert_eq!(underlined("a.filter(x).filter(y)", &place, "filter"), None);
    assert_eq!(underlined("a.filter(x).filter(y)", &Place { column: 13, ..place }, "filter"), Some((12, 18)));
    assert_eq!(underlined("let filtered = 1;", &place, "filter"), None);
}

#[test]
fn the_arrow_prefers_the_name_that_is_wrong() {
    assert_eq!(quoted("s.filter(col(\"amout\"))", "no column `amout`"), Some((14, 19)));
    assert_eq!(quoted("s.select([\"x\", \"x\"])", "no column `x`"), None);
    assert_eq!(quoted("s.filter(x)", "nothing named"), None);
}

#[test]
fn wide_characters_before_the_verb_move_the_arrow() {
    let mut request = request();
    request.places = vec![Place { node: 1, cell: 3, line: 3, column: 9 }];
    let text = shown(&[amout()], &request, &Lines(vec!["\"東京\"; s.filter(x)"]), 3);
    let arrow = text.lines().find(|line| line.contains("^^^^^^")).expect("an arrow");
    assert!(arrow.ends_with("          [red]^^^^^^[/]"), "{text}");
}

#[test]
fn mistakes_of_a_builder_read_as_those_of_the_plan() {
    let stream = files("orders.json").event_time("ts", "ten seconds");
    let found = stream.mistakes();
    let PlanError { node, message, hint } = found.first().expect("a bad duration");
    let mut error = Error::new(PlanKind, message.clone()).at(*node);
    error.hint.clone_from(hint);
    let mut request = request();
    request.plan = stream.plan();
    request.places.clear();
    insta::assert_snapshot!(shown(&[error], &request, &Lines::default(), 3));
}
