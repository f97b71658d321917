//! Tests: what is proposed at the cursor, which `|` marks, and what tooltips say; with a notebook that is made up.

use super::*;
use headwater::prelude::*;
use headwater::{Schema, SourceConnector};
use std::path::PathBuf;

/// A notebook with two pipelines, in a folder of this crate.
struct Made;

fn columns(text: &str) -> Vec<Column> {
    Schema::parse(text).expect("a schema").fields.iter().map(Column::from).collect()
}

const ORDERS: &str = "id BIGINT, city STRING, amount DOUBLE, ts TIMESTAMP, tags ARRAY<STRING>, user STRUCT<name STRING, born BIGINT>, `unit price` DOUBLE";

impl Notebook for Made {
    fn pipelines(&self) -> Vec<String> {
        ["paid", "orders", "later"].map(str::to_owned).to_vec()
    }

    fn pipeline(&self, name: &str) -> Option<Known> {
        let orders = kafka("b:1", "orders").json().schema("id BIGINT, city STRING").event_time("ts", "10s");
        match name {
            "orders" => Some(Known { plan: orders.plan(), columns: Some(all()) }),
            "paid" => {
                let columns = columns("id BIGINT, paid_at TIMESTAMP");
                Some(Known { plan: kafka("b:1", "paid").plan(), columns: Some(columns) })
            }
            "later" => Some(Known { plan: kafka("b:1", "later").plan(), columns: None }),
            _ => None,
        }
    }

    fn source_columns(&self, source: &SourceConnector) -> Option<Vec<Column>> {
        (source.origin() == "orders").then(all)
    }

    fn records(&self, source: &SourceConnector) -> Option<(u64, String)> {
        (source.origin() == "orders").then(|| (12_345_678, "20,000 of 12,345,678 records".to_owned()))
    }

    fn brokers(&self) -> Vec<String> {
        vec!["b:1".to_owned()]
    }

    fn topics(&self, brokers: &str) -> Vec<Topic> {
        let topic = |name: &str| Topic { name: name.to_owned(), partitions: 6 };
        if brokers == "b:1" { vec![topic("orders"), topic("paid")] } else { Vec::new() }
    }

    fn values(&self, pipeline: &str, column: &str) -> Option<Values> {
        (pipeline == "orders" && column == "city").then(|| Values {
            sample: "20,000 of 12,345,678 records".to_owned(),
            rows: 20_000,
            nulls: 3,
            distinct: 812,
            examples: vec![("New York".to_owned(), 4_000), ("Lagos".to_owned(), 1_000)],
        })
    }

    fn folder(&self) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
    }
}

fn all() -> Vec<Column> {
    let mut all = columns(&ORDERS.replace(", `unit price` DOUBLE", ""));
    all.push(Column { name: "unit price".to_owned(), data_type: Some(headwater::DataType::Float64) });
    all
}

/// The cell without its mark, and where the mark was.
fn marked(cell: &str) -> (String, usize) {
    let at = cell.find('|').expect("a mark");
    (cell.replacen('|', "", 1), at)
}

/// The first proposals as `text:kind`, after the text that they replace.
fn proposed(cell: &str) -> String {
    let (code, at) = marked(cell);
    let found = complete(&code, at, &Made);
    let shown = found.all.iter().take(7).map(|own| format!("{}:{}", own.text, own.kind));
    let shown = shown.collect::<Vec<_>>().join(", ");
    format!("[{}] {shown}", &code[found.start..found.end])
}

const CELLS: &[&str] = &[
    // Columns of a pipeline.
    "orders.filter(col(\"|\").gt(0))",
    "orders.filter(col(\"am|ount\").gt(0))",
    "orders.filter(col(\"AM|",
    "orders.filter(col(\"|\n    .gt(0))",
    "orders.select([\"city\", \"a|\"])",
    "orders.drop(\"un|it price\")",
    "orders.event_time(\"|\", \"10s\")",
    "orders.keys(\"c|\")",
    "orders.group_by([\"c|\"])",
    "orders.top(3).per([\"c|\"]).by(\"amount\")",
    "orders.shape().columns([\"t|\"])",
    "orders.rename([(\"ci|\", \"town\")])",
    "orders.rename([(\"city\", \"to|\")])",
    "orders.cast([(\"amount\", \"B|\")])",
    "orders.join(&paid).on([\"i|\"])",
    "orders.join(&paid).left_on([\"id\"]).right_on([\"pa|\"])",
    "later.filter(col(\"pa|\"))",
    "let x = col(\"pai|\");",
    // Columns after the verbs before the cursor.
    "orders.with_columns([(col(\"amount\") * 2).alias(\"eur\")]).filter(col(\"e|\"))",
    "orders.select([\"id\", \"amount\"]).drop(\"id\").filter(col(\"|\"))",
    "orders.rename([(\"city\", \"town\")]).filter(col(\"t|\"))",
    "orders.unnest(\"user\").filter(col(\"b|\"))",
    "orders.explode(\"tags\").filter(col(\"ta|\"))",
    "orders.cast([(\"id\", STRING)]).filter(col(\"i|\"))",
    "orders.envelope([Envelope::Key]).filter(col(\"_|\"))",
    "orders.group_by([\"city\"]).window(tumbling(\"1m\")).agg([sum(\"am|\")])",
    "orders.group_by([\"city\"]).window(tumbling(\"1m\")).agg([sum(\"amount\").alias(\"total\"), count(), max(\"id\")]).filter(col(\"|\"))",
    "orders.join(&paid).on([\"id\"]).within(\"0s\", \"1h\").filter(col(\"pa|\"))",
    "let big = orders.filter(col(\"amount\").gt(0)).select([\"amount\"]);\nbig.filter(col(\"|\"))",
    "let a = kafka(\"b:1\", \"orders\").json();\na.filter(col(\"ci|\"))",
    "let a = files(\"x.json\").schema(\"k STRING, v DOUBLE\");\na.filter(col(\"|\"))",
    // SQL.
    "orders.filter(expr(\"am|\"))",
    "orders.filter(expr(\"amount > 0 AND low|\"))",
    "orders.filter(expr(\"city = 'New|'\"))",
    "orders.filter(expr(\"is n|\"))",
    "%%sql big\nSELECT * FROM |",
    "%%sql big\nSELECT o.a| FROM orders o",
    "%%sql big\nSELECT pa| FROM orders, paid WHERE a",
    "%%sql big\nSELECT id FROM orders wh|",
    // Topics, brokers, paths, lengths, types.
    "kafka(\"b:1\", \"|\")",
    "kafka(\"b:1\", \"or|ders\").json()",
    "kafka(brokers, \"pa|\")",
    "kafka(\"|\", \"orders\")",
    "paid.to_kafka(\"b:1\", \"p|\")",
    "files(\"src/ass|\")",
    "files(\"src/assist/te|\")",
    "tumbling(\"|\")",
    "orders.event_time(\"ts\", \"1|\")",
    "orders.join(&paid).on(\"id\").memory(\"1|\")",
    "files(\"a.json\").schema(\"city STR|\")",
    "files(\"a.json\").schema(\"ci|\")",
    "col(\"ts\").date_trunc(\"h|\")",
    // Magics.
    "%he|",
    "%|",
    "%help ta|",
    "%tapes\n!cat Car|go.toml\nlet a = 1;",
    // Rust, and places where nothing is known.
    "orders.gro|",
    "orders.group_by([\"city\"]).|",
    "col(\"city\").low|",
    "ord|",
    "tumb|",
    "// orders.filter(col(\"|",
    "println!(\"|\")",
    "%tapes\norders.filter(col(\"ci|\"))",
];

#[test]
fn what_is_proposed_at_the_cursor() {
    let lines: Vec<String> = CELLS.iter().map(|cell| format!("{cell}\n  {}\n", proposed(cell))).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_cell_cut_anywhere_does_no_harm() {
    for cell in CELLS {
        let (code, _) = marked(cell);
        for at in (0..=code.len()).filter(|at| code.is_char_boundary(*at)) {
            for text in [&code[..at], &code] {
                let found = complete(text, at, &Made);
                assert!(found.start <= found.end && text.get(found.start..found.end).is_some(), "{text} {found:?}");
                let mut texts: Vec<&str> = found.all.iter().map(|own| own.text.as_str()).collect();
                texts.sort_unstable();
                texts.dedup();
                assert_eq!(texts.len(), found.all.len(), "nothing twice: {text}");
                inspect(text, at, &Made);
            }
        }
    }
}

#[test]
fn what_tooltips_say() {
    let cells = [
        "orders.filter(col(\"ci|ty\"))",
        "orders.with_columns([(col(\"amount\") * 2).alias(\"eur\")]).filter(col(\"eu|r\"))",
        "orders.filter(expr(\"sub|string(city, 1, 3) = 'New'\"))",
        "col(\"city\").low|er()",
        "ord|ers",
        "later|.shape()",
        "orders.fil|ter(x)",
        "tumb|ling(\"1m\")",
        "kafka(\"b:1\", \"ord|ers\")",
        "%he|lp",
        "%%sql big\nSELECT sum(am|ount) FROM orders",
        "%%sql big\nSELECT su|m(amount) FROM orders",
        "%%sql big\nSELECT sum(amount) FROM ord|ers",
    ];
    let told: Vec<String> = cells
        .iter()
        .map(|cell| {
            let (code, at) = marked(cell);
            let told = inspect::told(&code, at, &Made).unwrap_or_else(|| panic!("nothing is known in {cell}"));
            let html = told.bundle()["text/html"].as_str().expect("HTML").to_owned();
            headwater_charts::html::sanitized::check(&html);
            format!("=== {cell}\n{}\n", told.text())
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    let nothing = ["let x = unheard|;", "col(\"unheard|\")", "// orders|", "unheard.fil|ter()"];
    for cell in nothing {
        let (code, at) = marked(cell);
        assert_eq!(inspect::told(&code, at, &Made), None, "{cell}");
    }
}

#[test]
fn what_rust_analyzer_knows_comes_behind() {
    let own = complete("orders.fil", 10, &Made);
    let found = [("filter(predicate)", "function"), ("field", "field"), ("fill", "function")];
    let rust = found.map(|(text, kind)| (text.to_owned(), kind.to_owned())).to_vec();
    let texts: Vec<String> = merged(own, (rust, 7, 10)).all.into_iter().map(|own| own.text).collect();
    assert_eq!(texts, ["filter", "field", "fill"]);
}
