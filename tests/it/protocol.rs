//! What Jupyter's conformance tests leave out, over the wire: floods, slow readers, queues, several clients, comms, files instead of ports, and
//! messages that no front end would send.

use std::collections::BTreeMap;
use std::path::Path;

use headwater_tests::kernel::Kernel;
use headwater_tests::workspace;
use serde::Deserialize;
use serde_json::json;

fn kernel(name: &str) -> Kernel {
    Kernel::start(&workspace::scratch(name))
}

/// Lines with their numbers.
fn numbered(count: u32) -> String {
    (0..count).map(|n| format!("{n}\n")).collect()
}

/// What came of one cell of a queue.
#[derive(Debug, Deserialize)]
struct Queued {
    status: String,
    kinds: Vec<String>,
    stdout: String,
}

/// Sends cells all at once; what came of each, once nothing more comes.
fn queue(kernel: &mut Kernel, cells: &[impl AsRef<str>]) -> Vec<Queued> {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    let answer = kernel.ask(&json!({"do": "queue", "cells": cells}));
    assert_eq!(answer["late"], json!([]), "nothing comes after the idle of its cell");
    serde_json::from_value(answer["cells"].clone()).unwrap_or_else(|error| panic!("{error} in {answer}"))
}

#[test]
fn a_burst_arrives_whole_and_in_order_and_idle_is_last() {
    let mut kernel = kernel("protocol-burst");
    kernel.execute("1").expect_ok();
    let burst = queue(&mut kernel, &["for n in 0..100_000 { println!(\"{n}\"); }"]).remove(0);
    assert_eq!((burst.status.as_str(), burst.kinds.join(" ")), ("ok", "busy execute_input stream idle".to_owned()));
    assert!(burst.stdout == numbered(100_000), "{} bytes are not those lines in order", burst.stdout.len());
}

#[test]
fn fifty_cells_in_a_row_end_each_with_its_own_idle() {
    let mut kernel = kernel("protocol-row");
    kernel.execute("1").expect_ok();
    let cells: Vec<String> = (0..50).map(|n| format!("print!(\"out {n}\");")).collect();
    for (n, cell) in queue(&mut kernel, &cells).into_iter().enumerate() {
        assert_eq!(cell.stdout, format!("out {n}"));
        assert_eq!(cell.kinds, ["busy", "execute_input", "stream", "idle"], "cell {n}");
    }
}

#[test]
fn who_reads_nothing_for_ten_seconds_loses_nothing_and_holds_nobody_up() {
    let mut kernel = kernel("protocol-slow");
    kernel.execute("1").expect_ok();
    let code = "for n in 0..50_000 { println!(\"{n}\"); }\nfor n in 0..3_000 { display(\"text/plain\", \"shown\"); }";
    let seen = kernel.ask(&json!({"do": "slow", "code": code, "seconds": 10}));
    assert!(seen["millis"].as_f64().unwrap() < 9_000.0, "the cell waited for it: {} ms", seen["millis"]);
    assert_eq!(seen["welcome"], "iopub_welcome");
    let lines = numbered(50_000);
    assert!(seen["stdout"] == json!(lines), "the other client has everything");
    assert!(
        seen["read"] == json!(lines),
        "and so has this one in the end: {} bytes",
        seen["read"].as_str().unwrap().len()
    );
}

#[test]
fn everyone_who_subscribes_is_welcomed_to_what_they_asked_for() {
    let mut kernel = kernel("protocol-welcome");
    let topics = json!(["", "", "stream", "status"]);
    assert_eq!(kernel.ask(&json!({"do": "welcome", "subscribers": topics}))["topics"], topics);
}

#[test]
fn two_clients_on_one_kernel_get_their_own_answers() {
    let mut kernel = kernel("protocol-clients");
    kernel.execute("1").expect_ok();
    let cells = |first: u32| (first..first + 5).map(|n| format!("{n} * 10")).collect::<Vec<_>>();
    let seen = kernel.ask(&json!({"do": "clients", "cells": [cells(1), cells(6)]}));
    assert_eq!(seen["values"], json!([["10", "20", "30", "40", "50"], ["60", "70", "80", "90", "100"]]));
    assert_eq!(seen["overheard"], json!([5, 5]), "each sees what the other types");
}

#[test]
fn files_do_as_well_as_ports() {
    let mut kernel = Kernel::start_on(&workspace::scratch("protocol-ipc"), "ipc");
    assert_eq!(kernel.execute("6 * 7").expect_ok().text(), "42");
    kernel.ask(&json!({"do": "restart"}));
    assert_eq!(kernel.execute("6 + 7").expect_ok().text(), "13");
    kernel.interrupt("loop {}", std::time::Duration::from_secs(2)).expect_error(&["nterrupt"]);
}

#[test]
fn it_says_what_it_can_and_closes_what_it_does_not_know() {
    let mut kernel = kernel("protocol-features");
    let info = kernel.ask(&json!({"do": "info"}));
    // No debugger and no subshells: a front end must not offer them.
    assert_eq!(info["supported_features"], json!([]));
    assert_eq!((&info["protocol_version"], &info["debugger"]), (&json!("5.5"), &json!(false)));
    assert!(info["banner"].is_string() && info["implementation"].is_string() && info["help_links"].is_array());
    let comm = kernel.ask(&json!({"do": "comm", "target": "jupyter.widget"}));
    assert_eq!(comm, json!({"kinds": ["busy", "comm_close", "idle"], "closed": "c1"}));
    assert_eq!(kernel.ask(&json!({"do": "comm_info"}))["comms"], json!({}));
}

#[test]
fn what_is_queued_behind_an_error_is_aborted_and_what_comes_later_runs() {
    let mut kernel = kernel("protocol-abort");
    let statuses = |cells: Vec<Queued>| cells.into_iter().map(|cell| cell.status).collect::<Vec<_>>();
    let cells = ["let kept = 1;", "no_such_thing()", "let never = 2;", "%tapes", "println!(\"never\");"];
    assert_eq!(statuses(queue(&mut kernel, &cells)), ["ok", "error", "aborted", "aborted", "aborted"]);
    assert_eq!(kernel.execute("kept").expect_ok().text(), "1");
    kernel.execute("never").expect_error(&["never"]);
    let go_on = json!({"do": "execute", "code": "no_such_thing()", "request": {"stop_on_error": false}});
    kernel.executed(&go_on).expect_error(&["no_such_thing"]);
    assert_eq!(statuses(queue(&mut kernel, &["1", "2"])), ["ok", "ok"]);
}

#[test]
fn a_thousand_bad_messages_change_nothing() {
    let folder = workspace::scratch("protocol-noise");
    let mut kernel = Kernel::start(&folder);
    kernel.execute("let kept = 7;").expect_ok();
    let told = kernel.ask(&json!({"do": "noise", "count": 1_000}));
    let sent: BTreeMap<String, u32> = serde_json::from_value(told["sent"].clone()).unwrap();
    assert_eq!(sent.values().sum::<u32>(), 1_102, "{sent:?}");
    assert_eq!(told["answered"], json!(["kernel_info_reply"]), "the one good message, and that one once");
    let after = kernel.execute("kept").expect_ok();
    assert_eq!((after.text(), after.execution_count), ("7".to_owned(), 2), "nothing ran");
    assert_bounded(&folder.join("kernel.log"));
}

/// The log says what happened, not as often as somebody likes, and repeats nothing of what was sent.
fn assert_bounded(log: &Path) {
    let log = std::fs::read_to_string(log).unwrap();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("Ignored a message")).collect();
    assert!((9..=25).contains(&told.len()), "{} lines:\n{log}", told.len());
    assert!(log.contains("signature does not fit") && log.contains("count=1024"), "{log}");
    assert!(log.len() < 10_000 && !log.contains("must_never_run"), "{} bytes:\n{log}", log.len());
}
