//! DuckDB, the independent judge: asks it for rows, as JSON.

use std::time::Duration;

use serde_json::Value;

use crate::{process, workspace};

/// The rows of a query, each a JSON object in the order of the query.
///
/// # Panics
/// When DuckDB refuses, with its words.
pub fn rows(sql: &str) -> Vec<Value> {
    let mut command = process::bound(workspace::python());
    command.arg(workspace::driver("duck.py")).arg(sql);
    let output = process::finish(command, Duration::from_secs(120));
    assert!(output.status.success(), "DuckDB refused:\n{sql}\n{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("the driver writes UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("the driver writes JSON lines")).collect()
}
