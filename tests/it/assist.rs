//! Completion and tooltips over the wire: what a front end gets when somebody types, also while a cell runs.

use headwater_tests::kafka::{Topic, broker};
use headwater_tests::kernel::Kernel;
use headwater_tests::{process, workspace};
use serde_json::{Value, json};
use std::time::Duration;

const ORDERS: &str = "{\"city\":\"Oslo\",\"amount\":1.5,\"ts\":\"2026-11-01T00:00:00Z\"}\n{\"city\":null,\"amount\":2.5,\"ts\":\"2026-11-01T00:00:01Z\"}\n\
                      {\"city\":\"Oslo\",\"amount\":3.5,\"ts\":\"2026-11-01T00:00:02Z\"}\n";

/// What is asked at the `|` of a cell; positions are code points.
fn question(what: &str, cell: &str) -> Value {
    let at = cell.chars().position(|c| c == '|').expect("a mark");
    json!({"do": what, "code": cell.replacen('|', "", 1), "cursor_pos": at})
}

fn texts(reply: &Value) -> Vec<String> {
    let matches = reply["matches"].as_array().unwrap_or_else(|| panic!("no proposals: {reply}"));
    matches.iter().map(|own| own.as_str().unwrap().to_owned()).collect()
}

/// Asks until the kernel knows, which it does once what it looked for behind the scenes has come.
fn until(kernel: &mut Kernel, question: &Value, known: impl Fn(&Value) -> bool) -> Value {
    process::wait_for(&format!("an answer to {question}"), Duration::from_secs(30), || {
        Some(kernel.ask(question)).filter(|reply| known(reply))
    })
}

#[test]
fn columns_of_what_was_looked_at_are_proposed_with_their_types() {
    let folder = workspace::scratch("assist-columns");
    std::fs::write(folder.join("orders.json"), ORDERS).unwrap();
    let mut kernel = Kernel::start(&folder);
    let before = kernel.ask(&question("complete", "files(\"ord|\")"));
    assert_eq!(texts(&before), ["orders.json"], "before any cell: {before}");
    kernel.execute("let orders = files(\"orders.json\").event_time(\"ts\", \"10s\");\norders").expect_ok();

    let cell = "let größe = \"😀\"; let a = files(\"orders.json\");\na.with_columns([(col(\"amount\") * 2).alias(\"double\")]).filter(col(\"|\"))";
    let reply = kernel.ask(&question("complete", cell));
    assert_eq!(texts(&reply), ["city", "amount", "ts", "double"]);
    let at = cell.chars().position(|c| c == '|').unwrap();
    assert_eq!((&reply["cursor_start"], &reply["cursor_end"]), (&json!(at), &json!(at)), "code points");
    let types: Vec<&str> = reply["metadata"]["_jupyter_types_experimental"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| own["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["STRING", "DOUBLE", "TIMESTAMP", "column"]);

    let known = |reply: &Value| reply["matches"].as_array().is_some_and(|all| !all.is_empty());
    let reply = until(&mut kernel, &question("complete", "orders.filter(col(\"am|\"))"), known);
    assert_eq!(texts(&reply), ["amount"]);
    let reply = kernel.ask(&question("complete", "orders.filter(expr(\"amount > 0 and lowe|\"))"));
    let lower = &reply["metadata"]["_jupyter_types_experimental"][0];
    assert_eq!((&lower["text"], &lower["signature"]), (&json!("lower"), &json!("lower(text: STRING) → STRING")));
}

#[test]
fn tooltips_say_what_is_known() {
    let folder = workspace::scratch("assist-tooltips");
    std::fs::write(folder.join("orders.json"), ORDERS).unwrap();
    let mut kernel = Kernel::start(&folder);
    kernel.execute("let orders = files(\"orders.json\").event_time(\"ts\", \"10s\");\norders").expect_ok();
    let said = |reply: &Value| reply["data"]["text/plain"].as_str().unwrap_or_default().to_owned();
    let column = until(&mut kernel, &question("inspect", "orders.filter(col(\"ci|ty\"))"), |reply| {
        said(reply).contains("different values")
    });
    for words in ["city  STRING", "a column of `orders`", "nulls             1 (33.3 %)", "Oslo (66.7 %)"] {
        assert!(said(&column).contains(words), "`{words}` is not in:\n{}", said(&column));
    }
    assert!(column["data"]["text/html"].as_str().is_some_and(|html| html.contains("<table")), "{column}");
    let pipeline = said(&kernel.ask(&question("inspect", "ord|ers.shape()")));
    assert!(
        pipeline.contains("2  event_time  ts, up to 10s late") && pipeline.contains("amount  DOUBLE"),
        "{pipeline}"
    );
    let magic = said(&kernel.ask(&question("inspect", "%he|lp")));
    assert!(magic.starts_with("%help [MAGIC]"), "{magic}");
    assert_eq!(kernel.ask(&question("inspect", "let x = |;"))["found"], false);
    // Of Rust itself rust-analyzer knows.
    let std = until(&mut kernel, &question("inspect", "String::from_ut|f8(vec![])"), |reply| reply["found"] == true);
    assert!(said(&std).contains("from_utf8"), "{std}");
}

#[test]
fn topics_are_proposed_and_a_silent_cluster_holds_nobody_up() {
    let topic = Topic::create("assist-topics", 3);
    let mut kernel = Kernel::start(&workspace::scratch("assist-topics"));
    let cell = format!("kafka(\"{}\", \"{}|\")", broker(), &topic.name[..topic.name.len() - 1]);
    let reply = until(&mut kernel, &question("complete", &cell), |reply| texts(reply).contains(&topic.name));
    assert_eq!(reply["metadata"]["_jupyter_types_experimental"][0]["type"], "topic");
    let cell = format!("kafka(\"{}\", \"{}|\").json()", broker(), topic.name);
    let told = kernel.ask(&question("inspect", &cell));
    let told = told["data"]["text/plain"].as_str().unwrap_or_else(|| panic!("nothing is told: {told}")).to_owned();
    assert!(told.contains("partitions  3"), "{told}");

    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let cell = format!("kafka(\"{}\", \"|\")", silent.local_addr().unwrap());
    for _ in 0..3 {
        let reply = kernel.ask(&question("complete", &cell));
        assert!(texts(&reply).is_empty() && reply["millis"].as_f64().unwrap() < 500.0, "{reply}");
    }
}

#[test]
fn everything_is_answered_while_a_cell_runs() {
    let folder = workspace::scratch("assist-meanwhile");
    std::fs::write(folder.join("orders.json"), ORDERS).unwrap();
    let mut kernel = Kernel::start(&folder);
    kernel.execute("let kept = 7; let orders = files(\"orders.json\");\norders").expect_ok();
    let cell = json!({
        "do": "execute",
        "code": "println!(\"begun\"); std::thread::sleep(std::time::Duration::from_secs(5)); println!(\"done\");\nkept",
        "meanwhile": [
            question("complete", "files(\"orders.json\").filter(col(\"c|\"))"),
            question("complete", "files(\"orders.json\").json().gro|"),
            question("inspect", "col(\"a\").low|er()"),
            question("inspect", "no_such_thing|"),
            json!({"do": "is_complete", "code": "f("}),
            json!({"do": "history", "request": {"hist_access_type": "tail", "n": 1, "output": false}}),
            json!({"do": "comm_info"}),
            json!({"do": "info"}),
        ],
    });
    let ran = kernel.executed(&cell).expect_ok();
    assert_eq!((ran.stdout.as_str(), ran.text().as_str()), ("begun\ndone\n", "7"), "the cell ran to its end");
    let [columns, verbs, function, nothing, waits, history, comms, info] = &ran.meanwhile[..] else {
        panic!("{:?}", ran.meanwhile)
    };
    assert_eq!(texts(columns), ["city"]);
    assert_eq!(texts(verbs), ["group_by", "group_keys"]);
    assert!(function["data"]["text/plain"].as_str().is_some_and(|text| text.starts_with("lower(text: STRING)")));
    assert_eq!(nothing["found"], false, "rust-analyzer is not free, and not waited for");
    assert_eq!(
        (&waits["status"], &comms["status"], &info["status"]),
        (&json!("incomplete"), &json!("ok"), &json!("ok"))
    );
    assert_eq!(history["history"][0][1], 1);
    let slowest = ran.meanwhile.iter().filter_map(|reply| reply["millis"].as_f64()).fold(0.0, f64::max);
    assert!(slowest < 1_000.0, "the slowest answer took {slowest} ms, on a machine that may be busy");
}

#[test]
fn after_many_questions_at_once_cells_run_and_questions_are_answered() {
    let mut kernel = Kernel::start(&workspace::scratch("assist-many"));
    kernel.execute("let number = 41;").expect_ok();
    for _ in 0..50 {
        kernel.ask(&question("complete", "numb|"));
    }
    assert_eq!(kernel.execute("number + 1").expect_ok().text(), "42");
    let reply = until(&mut kernel, &question("complete", "numb|"), |reply| texts(reply).contains(&"number".to_owned()));
    assert_eq!(reply["status"], "ok");
}
