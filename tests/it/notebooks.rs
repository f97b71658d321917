//! The notebooks, executed by nbclient against real Kafka: every cell works, and shows what the text around it says.

use std::path::{Path, PathBuf};
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
    code_cells(&serde_json::from_slice(&std::fs::read(folder.join(notebook)).unwrap()).unwrap())
}

fn code_cells(notebook: &Value) -> Vec<Value> {
    notebook["cells"].as_array().unwrap().iter().filter(|cell| cell["cell_type"] == "code").cloned().collect()
}

/// A copy of a notebook that reads a topic of its own in the place of `orders`, which the quickstart has.
fn copy(notebook: &str, folder: &Path, orders: &kafka::Topic) -> PathBuf {
    let text = std::fs::read_to_string(workspace::root().join("notebooks").join(notebook)).unwrap();
    let own = folder.join("source.ipynb");
    let read = |topic: &str| format!("&brokers, \\\"{topic}\\\")");
    assert!(text.contains(&read("orders")), "{notebook} reads another topic");
    std::fs::write(&own, text.replace(&read("orders"), &read(&orders.name))).unwrap();
    own
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

/// Papermill knows no way to write parameters as Rust, so the brokers come as they do for everybody: by the environment.
#[test]
fn papermill_executes_the_quickstart_too() {
    let folder = workspace::scratch("papermill");
    let orders = kafka::Topic::create_as("milled-orders", 6);
    let generate = ["generate", "orders", "--brokers", kafka::broker(), "--topic", &orders.name, "--rows", "20000"];
    job::run(&folder, &generate).expect_success();
    let source = copy("01-quickstart.ipynb", &folder, &orders);
    let mut command = kernel::jupyter(Path::new("-m"), &folder);
    command.args(["papermill", "--kernel", "headwater", "--no-progress-bar"]).arg(source).arg("milled.ipynb");
    command.env("HEADWATER_BROKERS", kafka::broker());
    let output = process::finish(command, Duration::from_secs(180));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let milled: Value = serde_json::from_slice(&std::fs::read(folder.join("milled.ipynb")).unwrap()).unwrap();
    assert_eq!(milled["metadata"]["papermill"]["exception"], Value::Null);
    let cells = code_cells(&milled);
    for cell in &cells {
        assert_eq!(cell["metadata"]["papermill"]["status"], "completed", "{cell}");
    }
    let rows = shown(&cells[1], "text/plain");
    assert!(rows.contains("city") && rows.contains("of 20,000 records"), "{rows}");
    job::run(&folder, &["check", "jobs/city-revenue"]).expect_success();
}

#[test]
fn know_your_keys_tells_its_story() {
    let folder = workspace::scratch("know-your-keys");
    let orders = kafka::Topic::create_as("keyed-orders", 6);
    let broker = kafka::broker();
    job::run(&folder, &["generate", "orders", "--brokers", broker, "--topic", &orders.name, "--rows", "50000"])
        .expect_success();
    let own = copy("02-know-your-keys.ipynb", &folder, &orders);
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
