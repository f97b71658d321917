//! The notebooks, executed by nbclient against real Kafka: every cell works, and shows what the text around it says.

use std::path::Path;
use std::time::Duration;

use headwater_tests::{job, kafka, kernel, process, workspace};
use serde_json::Value;

/// Executes a notebook in `folder` and gives its code cells with their outputs.
fn execute(notebook: &str, folder: &Path) -> Vec<Value> {
    let notebooks = workspace::root().join("notebooks");
    let mut command = kernel::jupyter(&notebooks.join("execute.py"), folder);
    command.arg(notebooks.join(notebook)).arg(folder);
    command.env("HEADWATER_BROKERS", kafka::broker());
    command.env("HEADWATER_FLIGHTS", workspace::service("flights", "flights").join("flights-3m.parquet"));
    let output = process::finish(command, Duration::from_secs(180));
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{notebook} does not run:\n{text}");
    let executed: Value = serde_json::from_slice(&std::fs::read(folder.join(notebook)).unwrap()).unwrap();
    executed["cells"].as_array().unwrap().iter().filter(|cell| cell["cell_type"] == "code").cloned().collect()
}

/// All that the outputs of a cell hold of one MIME type.
fn shown(cell: &Value, mime: &str) -> String {
    let outputs = cell["outputs"].as_array().unwrap().iter();
    outputs.map(|output| as_text(&output["data"][mime])).collect::<Vec<_>>().join("\n")
}

/// nbformat keeps text as one string or as a list of lines.
fn as_text(value: &Value) -> String {
    match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn the_quickstart_shows_what_it_promises() {
    let folder = workspace::scratch("quickstart");
    kafka::Topic::create_as("orders", 6);
    let output = kafka::Topic::create_as("city-revenue", 3);
    let dead = kafka::Topic::create_as("orders-dead-letters", 1);
    let broker = kafka::broker();
    job::run(&folder, &["generate", "orders", "--brokers", broker, "--topic", "orders", "--rows", "50000"])
        .expect_success();

    let cells = execute("01-quickstart.ipynb", &folder);
    assert_eq!(cells.len(), 10);
    let errors = cells
        .iter()
        .flat_map(|cell| cell["outputs"].as_array().unwrap())
        .filter(|output| output["output_type"] == "error");
    assert_eq!(errors.count(), 0);

    let rows = shown(&cells[1], "text/plain");
    assert!(rows.contains("city") && rows.contains("of 50,000 records"), "a table, and how it was sampled:\n{rows}");
    let shape = shown(&cells[2], "text/plain");
    assert!(shape.contains("amount") && shape.contains("New York"), "the shape of the data:\n{shape}");
    let keys = shown(&cells[3], "text/plain");
    assert!(keys.contains("New York") && keys.contains("64"), "the verdict on the keys:\n{keys}");
    let charts = shown(&cells[3], "text/html").matches("data:image/svg+xml;base64,").count();
    assert_eq!(charts, 4, "loads, keys, the curve over workers and the keys over time");
    let held = shown(&cells[6], "text/plain");
    assert!(held.contains("held back by partition 5"), "every window waits for the empty partition:\n{held}");
    let closed = shown(&cells[7], "text/plain");
    assert!(closed.contains("closed") && !closed.contains("held back by partition 5"), "now windows close:\n{closed}");
    let late =
        closed.lines().find_map(|line| line.strip_suffix(" rows came too late for their window and were left out"));
    assert!(late.is_none_or(|rows| rows.len() <= 3), "hardly a row is late: {late:?} of 20,000");
    for cell in &cells[1..4] {
        assert!(shown(cell, "text/html").contains('<'), "the rich form is there too");
    }

    let pictures: Vec<_> = std::fs::read_dir(folder.join("charts")).unwrap().flatten().collect();
    assert!(
        pictures.len() >= 4,
        "the charts of the keys, and the histograms of the shape, as files: {}",
        pictures.len()
    );
    for picture in pictures.iter().map(|entry| std::fs::read_to_string(entry.path()).unwrap()) {
        assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    }

    runs_unchanged(&folder, &output, &dead);
}

/// The exported job gives on the recorded sample what the notebook showed, and runs on the real topic.
fn runs_unchanged(folder: &Path, output: &kafka::Topic, dead: &kafka::Topic) {
    job::run(folder, &["check", "jobs/city-revenue"]).expect_success();
    job::run(folder, &["run", "jobs/city-revenue", "--until-end"]).expect_success();
    let rows = output.read();
    assert!(rows.len() > 100, "{} windows", rows.len());
    for row in &rows {
        let value = row.json();
        assert_eq!(row.key.as_deref(), value["city"].as_str());
        assert!(value["revenue"].is_number() && value["orders"].as_i64() > Some(0), "{value}");
    }
    assert!(dead.count() > 0, "the broken records are kept");
}

#[test]
fn know_your_keys_tells_its_story() {
    let folder = workspace::scratch("know-your-keys");
    let orders = kafka::Topic::create_as("keyed-orders", 6);
    let broker = kafka::broker();
    job::run(&folder, &["generate", "orders", "--brokers", broker, "--topic", &orders.name, "--rows", "50000"])
        .expect_success();
    // The quickstart has a topic `orders` of its own.
    let notebook = std::fs::read_to_string(workspace::root().join("notebooks/02-know-your-keys.ipynb")).unwrap();
    let own = folder.join("source.ipynb");
    std::fs::write(&own, notebook.replace("\\\"orders\\\")", &format!("\\\"{}\\\")", orders.name))).unwrap();
    let cells = execute(own.to_str().unwrap(), &folder);

    let text = |cell: usize| shown(&cells[cell], "text/plain").split_whitespace().collect::<Vec<_>>().join(" ");
    let says = |cell: usize, words: &[&str]| {
        for word in words {
            assert!(
                text(cell).contains(word),
                "cell {cell} does not say {word:?}:\n{}",
                shown(&cells[cell], "text/plain")
            );
        }
    };
    says(0, &["of 3,000,000 records", "origin", "ORD"]);
    says(1, &["WILL STRAGGLE", "\"ORD\" is", "what can be done", "planned salts"]);
    assert_eq!(shown(&cells[1], "text/html").matches("data:image/svg+xml;base64,").count(), 3, "loads, keys, curve");
    says(2, &["Group by `origin, destination` at 64 workers"]);
    says(3, &["is fine", "combine before the exchange"]);
    says(4, &["text in", "amount"]);
    says(5, &["\"New York\" is", "is in one partition"]);
    says(7, &["Flink DataStream"]);
    says(8, &["▲ fail key city: New York", "▲ fail amount is a number above 0", "● pass orders without a currency"]);
    says(9, &["Baseline orders-normal pinned"]);
    assert!(!text(10).contains("▲ fail"), "nothing has changed:\n{}", text(10));
    says(11, &["▲ fail", "Chicago"]);
}
