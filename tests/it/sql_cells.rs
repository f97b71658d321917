//! `%%sql` over the wire: pipelines go from Rust to SQL and back, with one fingerprint, and outlive the process of the cells.

use std::path::Path;
use std::time::Duration;

use headwater_tests::kernel::{Executed, Kernel};
use headwater_tests::workspace;
use serde_json::json;

const REVENUE: &str = "SELECT city, window_start, window_end, sum(amount) AS revenue, count(*)
FROM orders
GROUP BY city, TUMBLE(ts, INTERVAL '1' MINUTE)";

const REVENUE_BUILT: &str =
    "orders.group_by([\"city\"]).window(tumbling(\"1m\")).agg([sum(\"amount\").alias(\"revenue\"), count()])";

/// A kernel with `orders.json` beside it.
fn kernel(name: &str) -> Kernel {
    let folder = workspace::scratch(name);
    write_orders(&folder);
    Kernel::start(&folder)
}

fn write_orders(folder: &Path) {
    let mut orders = String::new();
    for at in 0..600 {
        let city = ["New York", "Paris", "Oslo"][if at % 5 < 3 { 0 } else { at % 3 }];
        let time = format!("2026-01-01T00:{:02}:{:02}Z", at / 60, at % 60);
        orders.push_str(&format!(
            "{{\"order_id\":{at},\"city\":\"{city}\",\"amount\":{}.5,\"ts\":\"{time}\"}}\n",
            at % 90
        ));
    }
    std::fs::write(folder.join("orders.json"), orders).unwrap();
}

fn define_orders(kernel: &mut Kernel) {
    kernel.execute("let orders = files(\"orders.json\").json().event_time(\"ts\", \"10s\");").expect_ok();
}

/// What a preview shows as text: rows and fingerprint, without the time that it took.
fn shown(cell: Executed) -> String {
    let outputs = cell.expect_ok().outputs;
    // What is shown while one waits is replaced by it.
    let text = outputs.last().and_then(|output| output.get("data")?.get("text/plain")?.as_str()).unwrap_or_default();
    let (preview, _) = text.rsplit_once(" · ").unwrap_or_default();
    assert!(preview.contains("fingerprint "), "a preview: {text}");
    preview.to_owned()
}

#[test]
fn a_pipeline_goes_from_rust_to_sql_and_back_with_one_fingerprint() {
    let mut kernel = kernel("sql-cells");
    define_orders(&mut kernel);
    let sql = shown(kernel.execute(&format!("%%sql revenue\n{REVENUE}")));
    assert_eq!(sql, shown(kernel.execute(REVENUE_BUILT)), "the same table and fingerprint as the builder's");

    let after = kernel.execute("let best = revenue.top(1).by(\"revenue\");\nbest");
    let built = kernel.execute(&format!("{REVENUE_BUILT}.top(1).by(\"revenue\")"));
    assert_eq!(shown(after), shown(built), "Rust goes on with what SQL made");
    let best = shown(kernel.execute("%%sql\nSELECT * FROM best WHERE revenue > 0"));
    assert_eq!(best, shown(kernel.execute("best.filter(col(\"revenue\").gt(0))")), "and SQL with what Rust made of it");

    let history =
        kernel.ask(&json!({"do": "history", "request": {"hist_access_type": "tail", "n": 20, "output": false}}));
    let cells = history["history"].as_array().unwrap();
    assert_eq!(cells.len(), 7, "nothing but what was typed: {history}");
    assert_eq!(kernel.execute("1 + 1").expect_ok().execution_count, 8);
}

#[test]
fn lines_stay_the_users_when_a_variable_is_made_in_front_of_them() {
    let mut kernel = kernel("sql-lines");
    define_orders(&mut kernel);
    kernel.execute("%%sql paid\nSELECT * FROM orders WHERE amount > 0").expect_ok();
    let wrong = "let all = paid.clone();\nlet wrong: i64 = \"text\";";
    kernel.execute(wrong).expect_error(&["mismatched types (line 2, column 18)"]);
    let wrong = "let some = paid\n    .filter(col(\"amout\").gt(1));\nsome";
    kernel.execute(wrong).expect_error(&["no column `amout`", "line 2", "did you mean `amount`?"]);
    kernel.execute("paid.clone(); \"it is there\"").expect_ok();
}

#[test]
fn a_pipeline_that_is_defined_again_is_the_new_one() {
    let mut kernel = kernel("sql-redefined");
    define_orders(&mut kernel);
    kernel.execute("%%sql paid\nSELECT * FROM orders WHERE amount > 0").expect_ok();
    kernel.execute("let kept = paid.clone();").expect_ok();
    kernel.execute("%%sql paid\nSELECT * FROM orders WHERE amount > 50").expect_ok();
    assert_eq!(shown(kernel.execute("paid")), shown(kernel.execute("orders.filter(col(\"amount\").gt(50))")));
    assert_eq!(shown(kernel.execute("kept")), shown(kernel.execute("orders.filter(col(\"amount\").gt(0))")));
    kernel.execute("let paid = orders.filter(col(\"city\").eq(\"Oslo\"));").expect_ok();
    let oslo = shown(kernel.execute("%%sql\nSELECT * FROM orders WHERE city = 'Oslo'"));
    assert_eq!(shown(kernel.execute("%%sql\nSELECT * FROM paid")), oslo, "Rust defines it again too");
}

#[test]
fn what_is_wrong_is_pointed_at_in_the_cell() {
    let mut kernel = kernel("sql-errors");
    kernel.execute("%%sql\nSELECT * FROM orders").expect_error(&[
        "no pipeline `orders`",
        "line 2",
        "there is none yet",
    ]);
    define_orders(&mut kernel);
    let told: Vec<String> = [
        "%%sql\nSELECT *\nFROM orderz",
        "%%sql\nSELECT city\nFROM orders\nWHERE amout > 0",
        "%%sql\nSELECT city\nFROM orders\nORDER BY city",
        "%%sql revenue\nSELECT city, window_start, window_end, sum(city) AS total\nFROM orders\nGROUP BY city, TUMBLE(ts, INTERVAL '1' MINUTE)",
        "%%sql\nSELECT o.city\nFROM orders o JOIN orders p ON o.order_id = p.order_id",
        "%%sql\nSELECT city FROM",
        "%%sql type\nSELECT * FROM orders",
        "%%sql SELECT * FROM orders",
        "%%sql",
    ]
    .map(|cell| {
        let failed = kernel.execute(cell).expect_error(&[]);
        format!("{cell}\n\n{}\n{}\n", failed.evalue, failed.traceback.join("\n"))
    })
    .into();
    insta::assert_snapshot!(told.join("\n---\n").replace('\u{1b}', ""));
    kernel.execute("revenue").expect_error(&["cannot find value `revenue`"]);
}

#[test]
fn pipelines_outlive_the_process_of_the_cells() {
    let mut kernel = kernel("sql-killed");
    define_orders(&mut kernel);
    kernel.execute("let gone = 7;").expect_ok();
    kernel.execute(&format!("%%sql revenue\n{REVENUE}")).expect_ok();
    kernel.execute("let best = revenue.top(1).by(\"revenue\");").expect_ok();
    // Which names the kernel knows is asked for by any statement; here the variables have been handed over.
    let before = shown(kernel.execute("%%sql\nSELECT * FROM best"));
    let stopped = kernel.interrupt("loop { std::hint::spin_loop(); }", Duration::from_secs(4));
    stopped.expect_error(&[
        "KeyboardInterrupt",
        "lost: `gone`",
        "pipelines that were made anew: `best`, `orders`, `revenue`",
    ]);
    assert_eq!(shown(kernel.execute("best")), before);
    kernel.execute("gone").expect_error(&["gone"]);
    let again = shown(kernel.execute("orders.filter(col(\"amount\").gt(50))"));
    assert_eq!(again, shown(kernel.execute("%%sql\nSELECT * FROM orders WHERE amount > 50")));
}

#[test]
fn a_statement_over_a_warm_tape_takes_a_moment() {
    let mut kernel = kernel("sql-warm");
    define_orders(&mut kernel);
    let first = kernel.execute(&format!("%%sql\n{REVENUE}")).expect_ok();
    let mut millis: Vec<f64> =
        (0..20).map(|_| kernel.execute(&format!("%%sql\n{REVENUE}")).expect_ok().first_output.unwrap()).collect();
    millis.sort_by(f64::total_cmp);
    eprintln!(
        "first result of %%sql: first time {:?} ms, then median {:.1} ms, largest {:.1} ms",
        first.first_output, millis[10], millis[19]
    );
    assert!(millis[10] < 500.0, "{millis:?}");
}
