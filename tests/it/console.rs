//! `jupyter console` on a terminal: it knows at once when a cell goes on, runs it, and shows what comes of it.

use std::time::Duration;

use headwater_tests::{kernel, process, workspace};
use serde_json::Value;

#[test]
fn a_console_answers() {
    let folder = workspace::scratch("console");
    let mut command = kernel::jupyter(&workspace::driver("console.py"), &folder);
    command.args([
        "let a: i64 = 40;",
        "fn twice(x: i64) -> i64 {\nx * 2\n}",
        "twice(a) + 4",
        "println!(\"said\");",
        "no_such",
    ]);
    let output = process::finish(command, Duration::from_secs(240));
    let error = String::from_utf8_lossy(&output.stderr);
    let seen: Vec<Value> =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("the console did not answer:\n{error}"));
    let said = |line: usize| seen[line]["said"].as_str().unwrap();
    assert!(said(0).contains("Headwater"), "it greets: {}", said(0));
    for asked in
        seen.iter().filter(|line| ["fn twice(x: i64) -> i64 {", "x * 2"].contains(&line["typed"].as_str().unwrap()))
    {
        assert!(
            asked["seconds"].as_f64().unwrap() < 1.0,
            "a console waits a second and then decides by itself: {asked}"
        );
    }
    assert!(said(5).contains("Out[3]: 84"), "{}", said(5));
    assert!(said(6).contains("said\n"), "{}", said(6));
    assert!(said(7).contains("cannot find value `no_such`"), "{}", said(7));
}
