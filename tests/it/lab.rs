//! The quickstart in JupyterLab, in a real browser, as a user lives in it.

use std::fs;
use std::time::Duration;

use headwater_tests::job::Running;
use headwater_tests::{kernel, process, workspace};
use serde_json::Value;

#[test]
fn the_quickstart_is_lived_in_a_browser() {
    workspace::service("chromium", "");
    let folder = workspace::scratch("lab");
    let args = ["sandbox", "--listen", "127.0.0.1:0", "--write-brokers", "brokers"];
    let sandbox = Running::start(&folder, "sandbox", &args);
    let brokers = process::wait_for("the sandbox's address", Duration::from_secs(60), || {
        fs::read_to_string(folder.join("brokers")).ok().filter(|text| !text.is_empty())
    });
    let mut lab = kernel::jupyter(&workspace::driver("lab.py"), &folder);
    lab.arg(workspace::root().join("notebooks/01-quickstart.ipynb")).arg(&folder).args(["--watch", "orders.watch()"]);
    lab.env("HEADWATER_BROKERS", brokers.trim());
    let output = process::finish(lab, Duration::from_secs(300));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}\n{}", folder.join("failed.png").display(), sandbox.log());
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}:\n{said}"));

    for time in ["all", "again"] {
        let page = &seen[time];
        assert!(page["rows"].as_u64() > Some(20), "tables with rows: {page}");
        assert!(page["charts"].as_u64() > Some(3) && page["charts"] == page["charts_drawn"], "charts: {page}");
        assert_eq!(page["errors"], 0, "{page}");
    }
    let offered = seen["complete"]["offered"].to_string();
    assert!(offered.contains("amount") && offered.contains("city"), "the columns of the orders: {offered}");
    assert!(seen["complete"]["typed"].as_str().unwrap().contains("col(\"amount"), "{}", seen["complete"]);
    assert!(seen["tooltip"].as_str().unwrap().contains("amount"), "{}", seen["tooltip"]);
    let stopped = &seen["interrupted"];
    assert!(stopped["shown"].as_str().unwrap().contains("watching orders"), "{stopped}");
    assert!(stopped["said"].as_str().unwrap().contains("Interrupt"), "{stopped}");
    assert!(stopped["seconds"].as_f64().unwrap() < 7.0, "{stopped}");
    assert!(stopped["after"].as_str().unwrap().ends_with("false"), "the variables are kept: {stopped}");
}
