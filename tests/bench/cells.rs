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
}
