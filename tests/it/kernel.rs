//! The kernel over the wire, driven by Jupyter's own client: cells that work, fail, run for ever, and flood.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use headwater_tests::kernel::Kernel;
use headwater_tests::{process, workspace};
use serde_json::{Value, json};

fn kernel(name: &str) -> Kernel {
    Kernel::start(&workspace::scratch(name))
}

fn pids(kernel: &mut Kernel) -> Vec<u64> {
    let family = kernel.ask(&json!({"do": "family"}));
    family["pids"].as_array().unwrap().iter().map(|pid| pid.as_u64().unwrap()).collect()
}

/// Whether a process of this number runs; one that has ended but was not waited for does not.
fn runs(pid: u64) -> bool {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

#[test]
fn it_says_who_it_is_and_what_a_cell_gives() {
    let mut kernel = kernel("kernel-cells");
    let info = kernel.ask(&json!({"do": "info"}));
    assert_eq!((&info["status"], &info["language_info"]["name"]), (&json!("ok"), &json!("rust")), "{info}");

    let value = kernel.execute("let three = 1 + 2;\nthree").expect_ok();
    assert_eq!(value.text(), "3");
    let said = kernel.execute("println!(\"to out\"); eprintln!(\"to err\");").expect_ok();
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("to out\n", "to err\n"));
    assert_eq!(kernel.execute("three * 2").expect_ok().text(), "6", "variables live on");

    let complete = kernel.ask(&json!({"do": "is_complete", "code": "fn f() {"}));
    assert_eq!(complete["status"], "incomplete");
    process::wait_for("rust-analyzer to know the variable", Duration::from_secs(30), || {
        let matches = kernel.ask(&json!({"do": "complete", "code": "thr", "cursor_pos": 3}));
        matches["matches"].as_array().filter(|all| all.contains(&json!("three"))).map(|_| ())
    });
}

#[test]
fn a_console_knows_when_to_wait() {
    let mut kernel = kernel("kernel-complete");
    let mut asked = |code: &str| {
        let verdict = kernel.ask(&json!({"do": "is_complete", "code": code}));
        (verdict["status"].as_str().unwrap().to_owned(), verdict["indent"].as_str().unwrap_or_default().len())
    };
    for (code, status, indent) in [
        ("let x = 1;", "complete", 0),
        ("", "complete", 0),
        ("orders\n    .filter(col(\"x\").gt(0))", "complete", 0),
        ("fn f(x: i64) -> i64 {\n    if x > 0 {", "incomplete", 8),
        ("orders.filter(", "incomplete", 4),
        ("let text = \"not yet", "incomplete", 0),
        ("/* a /* nested */ comment", "incomplete", 0),
        ("#[derive(Debug)]", "incomplete", 0),
        ("let x =", "incomplete", 0),
        ("f(x))", "invalid", 0),
        ("[1, 2}", "invalid", 0),
    ] {
        assert_eq!(asked(code), (status.to_owned(), indent), "`{code}`");
    }
}

#[test]
fn what_was_typed_is_known_after_a_restart_and_in_the_next_session() {
    let folder = workspace::scratch("kernel-history");
    let tail = |kernel: &mut Kernel, output: bool| {
        kernel.ask(&json!({"do": "history", "request": {"hist_access_type": "tail", "n": 3, "output": output}}))["history"].clone()
    };
    {
        let mut first = Kernel::start(&folder);
        first.execute("let typed = 6 * 7;").expect_ok();
        first
            .executed(&json!({"do": "execute", "code": "\"not kept\"", "request": {"store_history": false}}))
            .expect_ok();
        assert_eq!(first.execute("typed").expect_ok().execution_count, 2);
        assert_eq!(tail(&mut first, true), json!([[1, 1, ["let typed = 6 * 7;", null]], [1, 2, ["typed", "42"]]]));
        first.ask(&json!({"do": "restart"}));
        assert_eq!(first.execute("1").expect_ok().execution_count, 1, "a new session counts from one");
        assert_eq!(tail(&mut first, false), json!([[1, 1, "let typed = 6 * 7;"], [1, 2, "typed"], [2, 1, "1"]]));
    }
    let mut second = Kernel::start(&folder);
    let search = json!({"hist_access_type": "search", "pattern": "*typed*", "n": 1, "output": false});
    let found = second.ask(&json!({"do": "history", "request": search}));
    assert_eq!(found["history"], json!([[1, 2, "typed"]]));
    let range = json!({"hist_access_type": "range", "session": 1, "start": 1, "stop": 2, "output": false});
    let found = second.ask(&json!({"do": "history", "request": range}));
    assert_eq!(found["history"], json!([[1, 1, "let typed = 6 * 7;"]]));
}

#[test]
fn a_cell_asks_the_user_and_goes_on_with_the_answer() {
    let mut kernel = kernel("kernel-input");
    let cell = "println!(\"first\");\nlet city = input(\"Which city? \")?;\nlet secret = password(\"Password: \")?;\ncity.len() + secret.len()";
    let asked = kernel.executed(&json!({"do": "execute", "code": cell, "answers": ["Århus", "hunter2"]})).expect_ok();
    assert_eq!((asked.text(), asked.stdout.as_str()), ("13".to_owned(), "first\n"));
    let questions: Vec<Value> = asked.questions.into_iter().map(Value::Object).collect();
    assert_eq!(
        questions,
        [json!({"prompt": "Which city? ", "password": false}), json!({"prompt": "Password: ", "password": true})]
    );
    kernel.execute("input(\"Anybody? \")?;").expect_error(&["takes no input"]);

    let waiting =
        json!({"do": "execute", "code": "let answer = input(\"Well? \")?;", "answers": [], "interrupt_after": 2.0});
    let stopped = kernel.executed(&waiting);
    assert!(stopped.millis < 4_000.0, "it took {} ms", stopped.millis);
    stopped.expect_error(&["KeyboardInterrupt", "variables are kept"]);
    assert_eq!(kernel.execute("city").expect_ok().text(), "\"Århus\"");
}

#[test]
fn a_cell_shows_several_things_and_changes_them_while_it_runs() {
    let mut kernel = kernel("kernel-displays");
    let cell = r#"display("text/html", "<b>one</b>");
display_as("bar", "text/plain", "0 %");
std::thread::sleep(std::time::Duration::from_secs(2));
update_display("bar", "text/plain", "100 %");
clear_output();
display("application/json", "{\"done\": true}");
"the value""#;
    let shown = kernel.execute(cell).expect_ok();
    assert!(shown.first_output.unwrap() + 1_500.0 < shown.millis, "the first came after {:?} ms", shown.first_output);
    let gist = |output: &serde_json::Map<String, Value>| {
        let said = |name: &str| output.get(name).map_or_else(String::new, |value| format!(" {value}"));
        format!("{}{}{}{}", output["type"].as_str().unwrap(), said("data"), said("transient"), said("wait"))
    };
    insta::assert_snapshot!(shown.outputs.iter().map(gist).collect::<Vec<_>>().join("\n"));
}

#[test]
fn expressions_of_the_front_end_are_evaluated_beside_the_cell() {
    let mut kernel = kernel("kernel-expressions");
    let asked = json!({"sum": "three + 1", "wrong": "no_such_thing"});
    let cell = json!({"do": "execute", "code": "let three = 3;", "request": {"user_expressions": asked}});
    let told = kernel.executed(&cell).expect_ok();
    assert_eq!(told.user_expressions["sum"], json!({"status": "ok", "data": {"text/plain": "4"}, "metadata": {}}));
    assert_eq!(told.user_expressions["wrong"]["ename"], "CompileError");
    assert!(told.outputs.is_empty(), "nobody else sees them: {:?}", told.outputs);

    let silent = kernel.executed(&json!({"do": "execute", "code": "three", "request": {"silent": true}})).expect_ok();
    assert_eq!((silent.text(), silent.execution_count), (String::new(), 1), "a silent cell shows and counts nothing");
    assert_eq!(kernel.ask(&json!({"do": "comm_info"}))["comms"], json!({}));
}

#[test]
fn output_comes_while_the_cell_runs() {
    let mut kernel = kernel("kernel-stream");
    kernel.execute("1").expect_ok();
    let cell = "println!(\"first\"); std::thread::sleep(std::time::Duration::from_secs(2)); println!(\"last\");";
    let slow = kernel.execute(cell).expect_ok();
    assert_eq!(slow.stdout, "first\nlast\n");
    let first = slow.first_output.unwrap();
    assert!(first + 1500.0 < slow.millis, "the first line came after {first} of {} ms", slow.millis);
}

#[test]
fn what_fails_is_an_error_reply_and_the_next_cell_runs() {
    let mut kernel = kernel("kernel-errors");
    kernel.execute("let kept = 7;").expect_ok();

    let error = kernel.execute("let fine = 1;\nlet wrong: u32 = \"text\";").expect_error(&["mismatched types"]);
    assert!(error.traceback.join("\n").contains('2'), "the error names line 2: {:?}", error.traceback);
    kernel.execute("panic!(\"the dam broke\")").expect_error(&["the dam broke"]);
    kernel.execute("let number: i32 = \"many\".parse()?;").expect_error(&["InvalidDigit"]);
    assert_eq!(kernel.execute("kept + 1").expect_ok().text(), "8", "a failed cell costs no variable");
}

#[test]
fn an_endless_loop_is_interrupted_and_the_loss_is_told() {
    let mut kernel = kernel("kernel-interrupt");
    kernel.execute("let gone = 7;").expect_ok();
    let began = Instant::now();
    let stopped = kernel.interrupt("loop { std::hint::spin_loop(); }", Duration::from_secs(2));
    assert!(began.elapsed() < Duration::from_secs(20), "it took {:?}", began.elapsed());
    let stopped = stopped.expect_error(&["nterrupt"]);
    let told = format!("{} {} {}", stopped.evalue, stopped.traceback.join("\n"), stopped.stderr);
    assert!(told.contains("variables"), "the user is told what became of the variables: {told}");
    assert_eq!(kernel.execute("1 + 1").expect_ok().text(), "2");
    kernel.execute("gone").expect_error(&["gone"]);
}

#[test]
fn an_interrupted_look_keeps_the_variables() {
    let folder = workspace::scratch("kernel-interrupted-look");
    let mut kernel = Kernel::start(&folder);
    kernel.execute("let kept = 7;").expect_ok();
    // Takes connections and never says a word: librdkafka waits for seconds, and cannot be told not to.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let look = format!("kafka(\"{}\", \"orders\").json()", silent.local_addr().unwrap());
    let stopped = kernel.interrupt_once_shown(&look, Duration::from_millis(700));
    let took = stopped.interrupt_millis.unwrap();
    assert!(took < 500.0, "it took {took} ms");
    stopped.expect_error(&["nterrupt"]);
    assert_eq!(kernel.execute("kept").expect_ok().text(), "7");
    // Neither does what was left behind hold up the next look.
    std::fs::write(folder.join("orders.json"), "{\"city\": \"Oslo\"}\n").unwrap();
    let next = kernel.execute("files(\"orders.json\").json()").expect_ok();
    assert!(next.text().contains("Oslo") && next.millis < 2_500.0, "{} ms: {}", next.millis, next.text());
}

#[test]
fn a_flood_of_output_does_not_drown_the_kernel() {
    let mut kernel = kernel("kernel-flood");
    let cell = "let line = \"x\".repeat(99);\nfor _ in 0..1_000_000 { println!(\"{line}\"); }";
    let flood = kernel.execute(cell).expect_ok();
    let got = flood.stdout.len() + flood.stderr.len();
    assert!(got <= 100_000_000 + 1_000, "{got} bytes");
    let whole = flood.stdout.len() == 100_000_000;
    assert!(whole || format!("{}{}", flood.stdout, flood.stderr).contains("MB"), "what is left out is told");
    assert_eq!(kernel.execute("2 * 21").expect_ok().text(), "42");
}

#[test]
fn shutdown_leaves_no_process_behind() {
    let mut kernel = kernel("kernel-shutdown");
    kernel.execute("1").expect_ok();
    let family = pids(&mut kernel);
    assert!(family.len() >= 2, "the kernel and the process of the cells: {family:?}");
    let ended = kernel.ask(&json!({"do": "shutdown"}));
    assert!(ended["seconds"].as_f64().unwrap() < 5.0, "{ended}");
    process::wait_for("every process of the kernel to end", Duration::from_secs(5), || {
        family.iter().all(|pid| !runs(*pid)).then_some(())
    });
}

#[test]
fn a_killed_kernel_leaves_no_process_behind() {
    let mut kernel = kernel("kernel-killed");
    kernel.execute("1").expect_ok();
    let family = pids(&mut kernel);
    let killed = std::process::Command::new("kill").args(["-KILL", &family[0].to_string()]).status().unwrap();
    assert!(killed.success());
    process::wait_for("the process of the cells to end", Duration::from_secs(5), || {
        family.iter().all(|pid| !runs(*pid)).then_some(())
    });
}

#[test]
fn two_kernels_do_not_disturb_each_other() {
    let (mut one, mut two) = (kernel("kernel-one"), kernel("kernel-two"));
    one.execute("let name = \"one\";").expect_ok();
    two.execute("let name = \"two\";").expect_ok();
    let read = |kernel: &mut Kernel| -> Value { json!(kernel.execute("println!(\"{name}\");").expect_ok().stdout) };
    assert_eq!((read(&mut one), read(&mut two)), (json!("one\n"), json!("two\n")));
}
