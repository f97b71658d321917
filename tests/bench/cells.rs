//! The kernel: from its start to its first word and first result, and how long a cell takes.

use headwater_tests::kafka::{Topic, broker};
use headwater_tests::kernel::Kernel;
use headwater_tests::workspace;

use crate::figures::{millis, print_times, section};

const STARTS: usize = 5;
const CELLS: usize = 30;

const PIPELINE: &str = r#"let revenue = orders
    .filter(col("amount").gt(0))
    .with_columns([(col("amount") * col("rate")).alias("eur")])
    .group_by(["city"])
    .window(tumbling("1m"))
    .agg([sum("eur").alias("revenue"), count().alias("orders")]);"#;

/// Measures and prints.
pub fn measure() {
    section("The kernel, driven by jupyter_client");
    let folder = workspace::scratch("bench-cells");
    let (mut ready, mut result) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let mut first = 0.0;
        result.push(millis(|| {
            let mut kernel = Kernel::start(&folder);
            first = kernel.ready_after * 1000.0;
            kernel.execute("1 + 1").expect_ok();
        }));
        ready.push(first);
    }
    print_times("start to kernel info", &mut ready);
    print_times("start to first result (and Python's own start)", &mut result);

    let topic = Topic::create("bench-cells", 6);
    crate::looks::generate(&topic, 100_000);
    let mut kernel = Kernel::start(&folder);
    let source =
        format!("let orders = kafka(\"{}\", \"{}\").json().event_time(\"ts\", \"10s\");", broker(), topic.name);
    kernel.execute(&source).expect_ok();
    let mut cell = |what: &str, code: &str| {
        kernel.execute(code).expect_ok();
        let mut times: Vec<f64> = (0..CELLS).map(|_| kernel.execute(code).expect_ok().millis).collect();
        print_times(what, &mut times);
    };
    cell("a cell: `let` of a pipeline", PIPELINE);
    cell("a cell: preview of rows", "orders");
    cell("a cell: preview of a windowed aggregation", &format!("{PIPELINE}\nrevenue"));
    cell("a cell: shape", "orders.shape()");
    cell("a cell: keys", "orders.keys(\"city\").parallelism(64)");
    assist(&mut kernel);
}

/// How long completion and tooltips take, while nothing runs and while a cell does.
fn assist(kernel: &mut Kernel) {
    let questions = [
        ("complete", "a column", "orders.filter(col(\"am|\"))"),
        ("complete", "SQL", "orders.filter(expr(\"amount > 0 and lo|\"))"),
        ("complete", "a verb", "orders.gro|"),
        ("complete", "Rust", "let text = String::n|"),
        ("inspect", "a column", "orders.filter(col(\"ci|ty\"))"),
        ("inspect", "a function", "col(\"city\").low|er()"),
        ("inspect", "Rust", "String::ne|w()"),
    ];
    let asked = |what: &str, cell: &str| {
        let at = cell.find('|').expect("a mark");
        serde_json::json!({"do": what, "code": cell.replacen('|', "", 1), "cursor_pos": at})
    };
    for (what, of, cell) in questions {
        let mut idle: Vec<f64> =
            (0..CELLS).map(|_| kernel.ask(&asked(what, cell))["millis"].as_f64().expect("a time")).collect();
        print_times(&format!("{what} {of}"), &mut idle);
        let meanwhile: Vec<_> = (0..CELLS).map(|_| asked(what, cell)).collect();
        let busy = "println!(\"begun\"); std::thread::sleep(std::time::Duration::from_secs(2));";
        let request = serde_json::json!({"do": "execute", "code": busy, "meanwhile": meanwhile});
        let ran = kernel.executed(&request).expect_ok();
        let mut times: Vec<f64> = ran.meanwhile.iter().map(|reply| reply["millis"].as_f64().expect("a time")).collect();
        print_times(&format!("{what} {of}, while a cell runs"), &mut times);
    }
}
