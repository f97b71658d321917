//! Jupyter's own conformance tests, `jupyter_kernel_test`, on this kernel: every one of them passes, but for those that are left out with a reason.

use std::collections::BTreeMap;
use std::time::Duration;

use headwater_tests::{kernel, process, workspace};
use serde::Deserialize;

/// What `tests/drivers/conformance.py` tells.
#[derive(Deserialize)]
struct Told {
    ran: Vec<String>,
    failed: BTreeMap<String, String>,
    skipped: BTreeMap<String, String>,
}

#[test]
fn jupyters_own_tests_pass() {
    let folder = workspace::scratch("conformance");
    let command = kernel::jupyter(&workspace::driver("conformance.py"), &folder);
    let output = process::finish(command, Duration::from_secs(240));
    let said = String::from_utf8_lossy(&output.stderr);
    let told: Told = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}:\n{said}"));
    let failed: String = told.failed.iter().map(|(test, trace)| format!("\n{test}:\n{trace}")).collect();
    assert!(failed.is_empty(), "{failed}\n{said}");
    // The reason stands beside the test in the driver.
    assert_eq!(told.skipped.keys().collect::<Vec<_>>(), ["Kernel.test_pager"]);
    let suite = "test_clear_output test_completion test_display_data test_error test_execute_result test_execute_stderr \
        test_execute_stdout test_history test_inspect test_is_complete test_kernel_info test_pager";
    let mut expected: Vec<String> = suite.split(' ').map(|test| format!("Kernel.{test}")).collect();
    expected.push("Welcome.test_recv_iopub_welcome_msg".to_owned());
    assert_eq!(told.ran, expected, "the suite has other tests than the ones this kernel was looked at with");
}
