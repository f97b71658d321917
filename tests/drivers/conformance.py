"""The conformance tests of jupyter_kernel_test on the kernel `headwater`. Prints one JSON object: {"ran": [names], "failed": {name: trace}, "skipped": {name: reason}}."""

import json
import unittest

import jupyter_kernel_test


class Kernel(jupyter_kernel_test.KernelTests):
    """All that the suite asks of a kernel."""

    kernel_name = "headwater"
    language_name = "rust"
    file_extension = ".rs"

    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("oh no");'
    code_generate_error = 'panic!("told to")'
    code_clear_output = "clear_output();"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": 'let city = "Århus";\ncity', "result": '"Århus"'},
    ]
    code_display_data = [
        {"code": 'display("text/html", "<b>bold</b>");', "mime": "text/html"},
        {"code": "%tapes", "mime": "text/html"},
    ]
    code_history_pattern = "6 ? 7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "tumbling"
    completion_samples = [
        # What the kernel knows by itself: rust-analyzer may take longer than a front end should wait, on a busy machine.
        {"text": "tumbl", "matches": {"tumbling"}},
        {"text": "%tap", "matches": {"%tapes"}},
        {"text": "let x = no_such_thing_at_a", "matches": set()},
    ]
    complete_code_samples = ["1 + 1", "", "let x = 1;", "fn f() -> i64 {\n    1\n}", 'orders\n    .filter(col("x").gt(0))', "%help"]
    incomplete_code_samples = ["fn f() {", "let x =", '"text', "f(1,", "/* a comment", "#[derive(Debug)]", "%%sql"]
    invalid_code_samples = ["f(x))", "[1, 2}"]

    def get_non_kernel_info_reply(self, timeout=None):
        # The suite's 15 s are too few on two cores that run other tests beside it. How fast cells are, the benches say.
        return super().get_non_kernel_info_reply(timeout and max(timeout, 90))

    @unittest.skip("payloads are deprecated by the protocol; what other kernels page, this one shows as output")
    def test_pager(self):
        pass


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    """Whoever subscribes is told so."""

    kernel_name = "headwater"
    support_iopub_welcome = True


def name(test):
    """Also of a part of a test, and of what failed before its first one."""
    return getattr(test, "test_case", test).id().removeprefix("__main__.")


def main():
    tests = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, (Kernel, Welcome)))
    ran = [name(test) for suite in tests for test in suite]
    told = unittest.TestResult()
    tests.run(told)
    failed = {}
    for test, trace in told.failures + told.errors:
        failed[name(test)] = f"{failed.get(name(test), '')}{trace}\n"
    print(json.dumps({"ran": ran, "failed": failed, "skipped": {name(test): reason for test, reason in told.skipped}}))


main()
