//! Magics over the wire: topics and records of a real Kafka, commands of the system, settings, timings, and what evcxr's own commands do.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use headwater_tests::kafka::{self, Topic};
use headwater_tests::kernel::{Executed, Kernel};
use headwater_tests::{process, workspace};
use serde_json::Value;

fn kernel(name: &str) -> Kernel {
    Kernel::start(&workspace::scratch(name))
}

/// What the last output of a kind says as JSON.
fn json(executed: &Executed, kind: &str) -> Value {
    let mime = format!("application/vnd.headwater.{kind}+json");
    let found = executed.outputs.iter().rev().find_map(|output| output.get("data")?.get(&mime));
    found.unwrap_or_else(|| panic!("no {mime} in {:?}", executed.outputs)).clone()
}

/// The row of a topic in what `%topics` says.
fn topic_row(told: &Value, name: &str) -> Value {
    let topics = told[0]["topics"].as_array().unwrap_or_else(|| panic!("no topics in {told}"));
    topics.iter().find(|topic| topic["name"] == name).unwrap_or_else(|| panic!("no {name} in {told}")).clone()
}

/// Brokers that take connections and never say a word.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[test]
fn topics_are_listed_with_size_rate_format_and_age() {
    let orders = Topic::create("magics-orders", 3);
    let raw = Topic::create("magics-raw", 1);
    let empty = Topic::create("magics-empty", 2);
    let internal = Topic::create("__magics-internal", 1);
    let values: Vec<String> = (0..300).map(|at| format!("{{\"n\":{at},\"city\":\"Paris\"}}")).collect();
    orders.write((0..).zip(&values).map(|(at, value)| (at % 3, Some(&b"<b>key"[..]), value.as_bytes())));
    raw.write([(0, None, &b"\xff\x00\x01"[..])]);
    let groups = kafka::groups();

    let mut kernel = kernel("magics-topics");
    kernel.execute("%topics").expect_error(&["this notebook has used no brokers yet", "%topics [BROKERS] [--all]"]);
    let shown = kernel.execute(&format!("%topics {}", kafka::broker())).expect_ok();
    let told = json(&shown, "topics");
    let row = topic_row(&told, &orders.name);
    assert_eq!(
        (&row["partitions"], &row["records"], &row["format"]),
        (&3.into(), &300.into(), &"JSON".into()),
        "{row}"
    );
    assert!(row["records_per_second"].as_f64().unwrap() > 1.0, "300 came in the last minute: {row}");
    assert!(row["bytes"].as_u64().unwrap() > 300 * 20 && row["newest_ms"].is_i64(), "{row}");
    assert_eq!(topic_row(&told, &raw.name)["format"], "binary");
    let nothing = topic_row(&told, &empty.name);
    assert_eq!((&nothing["records"], &nothing["format"], &nothing["problem"]), (&0.into(), &Value::Null, &Value::Null));
    assert!(!shown.text().contains(&internal.name), "{}", shown.text());
    assert!(shown.mime("text/html").contains(&orders.name));

    // What the notebook has looked at needs no address.
    kernel.execute(&format!("kafka(\"{}\", \"{}\").json()", kafka::broker(), orders.name)).expect_ok();
    let all = json(&kernel.execute("%topics --all").expect_ok(), "topics");
    assert_eq!(topic_row(&all, &internal.name)["records"], 0);
    assert_eq!(kafka::groups(), groups, "no group was joined");
}

#[test]
fn a_cluster_that_does_not_answer_is_told_within_seconds_and_hides_no_other() {
    let (_silent, address) = silent();
    let mut kernel = kernel("magics-silent");
    let began = Instant::now();
    kernel.execute(&format!("%topics {address}")).expect_error(&["SourceError", "no broker answers", "line 1"]);
    kernel.execute("%topics 127.0.0.1:1").expect_error(&["no broker answers at `127.0.0.1:1`"]);
    assert!(began.elapsed() < Duration::from_secs(14), "{:?}", began.elapsed());
    let both = kernel.execute(&format!("%topics {} {address}", kafka::broker())).expect_ok();
    assert!(both.text().contains("no broker answers") && both.text().contains(kafka::broker()), "{}", both.text());

    kernel.execute("let kept = 7;").expect_ok();
    for magic in [format!("%topics {address}"), format!("%peek orders --brokers {address}")] {
        let stopped = kernel.interrupt(&magic, Duration::from_millis(1_500)).expect_error(&["nterrupt"]);
        assert!(stopped.millis < 1_500.0 + 500.0, "{magic}: it took {} ms", stopped.millis);
    }
    assert_eq!(kernel.execute("kept").expect_ok().text(), "7");
}

#[test]
fn records_are_peeked_at_as_they_are() {
    let topic = Topic::create("magics-peek", 2);
    let long = format!("{{\"city\":\"Paris\",\"lines\":[{{\"sku\":\"{}\"}}]}}", "x".repeat(120));
    topic.write([
        (0, Some(&b"<img src=x onerror=alert(1)>"[..]), &b"{\"n\":0}"[..]),
        (0, Some(&42_u64.to_be_bytes()[..]), long.as_bytes()),
        (0, None, &b"\xff\xfe\x00\x01"[..]),
        (1, Some(&b"\x1b[31mred"[..]), &b"plain"[..]),
    ]);
    topic.write_with_headers(1, b"k", b"{\"n\":1}", &[("trace", b"a<b"), ("raw", b"\x00\xff")]);
    let mut kernel = kernel("magics-peek");
    let mut peek = |rest: &str| kernel.execute(&format!("%peek {} --brokers {} {rest}", topic.name, topic.brokers));

    let all = peek("").expect_ok();
    let told = json(&all, "peek");
    let records = told["records"].as_array().unwrap();
    assert_eq!((records.len(), &told["total"]), (5, &5.into()));
    let html = all.mime("text/html");
    assert!(html.contains("&lt;img src=x") && !html.contains("<img src=x"), "{html}");
    assert!(!all.text().contains('\u{1b}') && all.text().contains("␛[31mred"), "{}", all.text());
    let first = json(&peek("--partition 0 --from earliest --rows 1").expect_ok(), "peek");
    assert_eq!(first["records"][0]["value"], "{\"n\":0}");
    let from = json(&peek("--partition 0 --from 1").expect_ok(), "peek");
    let offsets: Vec<u64> =
        from["records"].as_array().unwrap().iter().map(|row| row["offset"].as_u64().unwrap()).collect();
    assert_eq!(offsets, [1, 2]);
    assert_eq!(from["records"][0]["key"]["hex"], "000000000000002a");
    assert_eq!(from["records"][1]["value"], serde_json::json!({"hex": "fffe0001", "bytes": 4}));
    let newest = json(&peek("--partition 1 --rows 1").expect_ok(), "peek");
    assert_eq!(
        newest["records"][0]["headers"],
        serde_json::json!([["trace", "a<b"], ["raw", {"hex": "00ff", "bytes": 2}]])
    );

    peek("--partition 0 --from 99").expect_error(&["offset 99 is beyond the end of partition 0", "It holds 0 to 2"]);
    peek("--partition 9").expect_error(&["has no partition 9", "numbered from 0 to 1"]);
    peek("--from yesterday").expect_error(&["`earliest`, `latest` or an offset, not `yesterday`"]);
    peek("--rows 0").expect_error(&["`--rows` takes 1 to 1,000, not 0"]);
}

#[test]
fn a_topic_that_is_empty_or_missing_is_told_as_such() {
    let empty = Topic::create("magics-nothing", 4);
    let mut kernel = kernel("magics-missing");
    let shown = kernel.execute(&format!("%peek {} --brokers {}", empty.name, empty.brokers)).expect_ok();
    assert!(shown.text().contains("is empty, 4 partitions"), "{}", shown.text());
    let near = format!("{}x", empty.name);
    kernel.execute(&format!("%peek {near} --brokers {}", empty.brokers)).expect_error(&[
        "SourceError",
        &format!("no topic `{near}`"),
        &format!("Did you mean `{}`", empty.name),
    ]);
    kernel.execute("%peek orders").expect_error(&["MagicError", "no brokers are known yet", "--brokers"]);
    kernel.execute("%peek").expect_error(&["takes the name of one topic", "%peek TOPIC"]);
}

#[test]
fn commands_of_the_system_run_in_the_notebooks_folder_and_stream() {
    let folder = workspace::scratch("magics-command");
    let mut kernel = Kernel::start(&folder);
    // Before the cells are ready, too.
    let here = kernel.execute("!pwd\n!echo to err >&2").expect_ok();
    assert_eq!((here.stdout.trim_end(), here.stderr.as_str()), (folder.to_str().unwrap(), "to err\n"));
    let slow = kernel.execute("!echo first; sleep 2; echo last").expect_ok();
    assert_eq!(slow.stdout, "first\nlast\n");
    assert!(slow.first_output.unwrap() + 1_500.0 < slow.millis, "{:?} of {}", slow.first_output, slow.millis);
    assert!(slow.outputs.is_empty(), "what it writes is its progress: {:?}", slow.outputs);

    let failed = kernel.execute("!echo why >&2; exit 3\nlet never = 1;").expect_error(&["exit status 3", "line 1"]);
    assert_eq!(failed.stderr, "why\n");
    kernel.execute("never").expect_error(&["never"]);
    kernel.execute("!no-such-command-anywhere").expect_error(&["no such command", "PATH"]);
    assert_eq!(
        kernel.execute("!printf 'half \\377 \\303'").expect_ok().stdout,
        "half \u{fffd} \u{fffd}",
        "what is cut at the end is told too"
    );
    let moved = kernel.execute("!cd /\n!pwd").expect_ok();
    assert!(moved.stdout.trim_end() == folder.to_str().unwrap() && moved.stderr.contains("held for that command only"));
    let flood = kernel.execute("!yes | head -c 50000000").expect_ok();
    assert!(
        flood.stdout.len() < 2_000_000 && flood.stdout.contains("MB of output are not shown"),
        "{}",
        flood.stdout.len()
    );
    kernel.execute("let a = 1;\n!ls").expect_error(&["CompileError"]);
    kernel.execute(":vars\n!ls").expect_error(&["CommandError", "stands too late"]);
}

#[test]
fn an_interrupted_command_ends_with_all_it_started() {
    let folder = workspace::scratch("magics-killed");
    let mut kernel = Kernel::start(&folder);
    kernel.execute("let kept = 7;").expect_ok();
    let command = "!trap '' INT; sleep 1234 & echo $! > background; echo $$ > shell; sleep 1234";
    let stopped = kernel.interrupt(command, Duration::from_secs(1)).expect_error(&["nterrupt"]);
    assert!(stopped.millis < 1_000.0 + 500.0, "it took {} ms", stopped.millis);
    let stat = |name: &str| {
        let number = std::fs::read_to_string(folder.join(name)).unwrap();
        std::fs::read_to_string(Path::new("/proc").join(number.trim()).join("stat")).unwrap_or_default()
    };
    assert_eq!(stat("shell"), "", "it was waited for");
    // Nobody but the first process of the system can wait for the others.
    let ended = |name: &str| stat(name).is_empty() || stat(name).contains(") Z ");
    let limit = Duration::from_secs(5);
    process::wait_for("the rest of the group to end", limit, || ended("background").then_some(()));
    let left = kernel.execute("!sleep 1234 & echo $! > left").expect_ok();
    assert!(left.millis < 2_000.0, "{}", left.millis);
    process::wait_for("what was left in the background to end", limit, || ended("left").then_some(()));
    assert_eq!(kernel.execute("kept").expect_ok().text(), "7");
}

#[test]
fn settings_act() {
    let folder = workspace::scratch("magics-settings");
    let lines: String = (0..100).map(|at| format!("{{\"n\":{at}}}\n")).collect();
    std::fs::write(folder.join("n.json"), lines).unwrap();
    let mut kernel = Kernel::start(&folder);
    kernel.execute("let n = files(\"n.json\").json();").expect_ok();
    assert!(kernel.execute("n").expect_ok().text().contains("20 of 100 rows"));
    kernel.execute("%set preview.rows 3\n%set sample.rows 50").expect_ok();
    let shown = kernel.execute("n").expect_ok();
    assert!(shown.text().contains("3 of ") && !shown.text().contains("of 100 rows"), "{}", shown.text());
    assert_eq!(json(&shown, "preview")["rows"].as_array().map(Vec::len), Some(3));
    kernel.execute("%set preview.rows default").expect_ok();
    let asked = kernel.execute("n.sample(earliest().rows(60))").expect_ok();
    // Rows of a file are found by their bytes, so that it may be one less.
    let said = ["20 of 59 rows", "20 of 60 rows"];
    assert!(said.iter().any(|said| asked.text().contains(said)), "what a cell says counts: {}", asked.text());
    kernel.execute("%set peek.row 3").expect_error(&["no setting `peek.row`", "did you mean `peek.rows`"]);
    kernel.execute("%set preview.rows many").expect_error(&["a number from 1 to 1,000"]);
    let config = kernel.execute("%config").expect_ok();
    let told = json(&config, "config");
    let rows = told["settings"].as_array().unwrap().iter().find(|one| one["name"] == "sample.rows").unwrap();
    assert_eq!((&rows["value"], &rows["default"]), (&"50".into(), &"20,000".into()));
    assert_eq!(told["session"]["cells run in"], folder.to_str().unwrap());
    assert!(told["session"]["toolchain"].as_str().unwrap().starts_with("rustc "), "{told}");

    // Progress: a look that takes long says nothing when told so.
    let (_silent, address) = silent();
    let look = format!("%topics {address}");
    assert!(kernel.execute(&look).expect_error(&["no broker answers"]).text().contains("asking"));
    kernel.execute("%set progress off").expect_ok();
    assert!(kernel.execute(&look).expect_error(&["no broker answers"]).outputs.is_empty());
}

#[test]
fn a_pipeline_is_drawn_by_its_name() {
    let mut kernel = kernel("magics-plan");
    kernel.execute("%plan revenue").expect_error(&["MagicError", "no pipeline `revenue`", "there is none yet"]);
    let cell = "let orders = kafka(\"localhost:9092\", \"orders\").json().event_time(\"ts\", \"10s\");\n\
                let revenue = orders.group_by([\"city\"]).window(tumbling(\"1m\")).agg([sum(\"amount\")]);";
    kernel.execute(cell).expect_ok();
    let all = json(&kernel.execute("%plan").expect_ok(), "plan");
    assert_eq!(all["pipelines"], serde_json::json!([{"name": "orders", "steps": 2}, {"name": "revenue", "steps": 3}]));
    let drawn = kernel.execute("%plan revenue").expect_ok();
    assert_eq!(json(&drawn, "plan")["steps"][2]["exchange"], "exchanged by city");
    assert!(drawn.mime("text/html").contains("data:image/svg+xml;base64,"));
    assert!(drawn.text().contains("◆  3  group_by"), "{}", drawn.text());
    kernel.execute("%plan revenu").expect_error(&["did you mean `revenue`"]);
    kernel.execute("%peek payments --rows 1").expect_error(&["no broker answers at `localhost:9092`"]);
}

#[test]
fn timings_say_where_the_time_went() {
    let folder = workspace::scratch("magics-timings");
    std::fs::write(folder.join("n.json"), "{\"n\":1}\n".repeat(50)).unwrap();
    let mut kernel = Kernel::start(&folder);
    kernel.execute("let n = files(\"n.json\").json();").expect_ok();
    kernel.execute("std::thread::sleep(std::time::Duration::from_millis(300));").expect_ok();
    kernel.execute("n").expect_ok();
    kernel.execute("let wrong: u8 = \"text\";").expect_error(&["mismatched"]);
    let shown = kernel.execute("%timings").expect_ok();
    let cells = json(&shown, "timings")["cells"].as_array().unwrap().clone();
    assert_eq!(cells.len(), 4, "{cells:?}");
    let part = |cell: usize, name: &str| cells[cell]["parts"][name].as_f64().unwrap();
    for cell in &cells {
        let sum: f64 = cell["parts"].as_object().unwrap().values().map(|part| part.as_f64().unwrap()).sum();
        assert!((sum - cell["millis"].as_f64().unwrap()).abs() < 50.0, "{cell}");
    }
    assert!(part(1, "run") >= 300.0 && part(1, "compile") > 10.0, "{}", cells[1]);
    assert!(part(2, "engine") > 0.0 && part(2, "compile") > 10.0, "{}", cells[2]);
    assert_eq!((&cells[3]["failed"], part(3, "run")), (&true.into(), 0.0));
    assert!(shown.text().contains("4 cells took"), "{}", shown.text());
}

#[test]
fn crates_are_added_with_a_word_on_what_is_compiled() {
    let folder = workspace::scratch("magics-dep");
    let tiny = folder.join("tiny");
    std::fs::create_dir_all(tiny.join("src")).unwrap();
    std::fs::write(
        tiny.join("Cargo.toml"),
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    )
    .unwrap();
    std::fs::write(tiny.join("src/lib.rs"), "pub fn answer() -> i32 { 42 }\n").unwrap();
    let mut kernel = Kernel::start(&folder);
    kernel.execute("let kept = 7;").expect_ok();
    let added = kernel.execute(":dep ./tiny\ntiny::answer()").expect_ok();
    assert!(added.text().contains("42"), "{}", added.text());
    let said: Vec<&str> = added.outputs.iter().filter_map(|output| output["data"]["text/plain"].as_str()).collect();
    assert!(said.iter().any(|line| line.contains("crate") || line.contains("compiling")), "{said:?}");
    assert!(kernel.execute(":show_deps").expect_ok().text().contains("tiny"));

    kernel.execute("%set dep.network off").expect_ok();
    kernel.execute(":dep headwater-no-such-crate = \"1\"").expect_error(&[
        "DependencyError",
        "headwater-no-such-crate",
        "not on this machine",
        "%set dep.network on",
    ]);
    assert_eq!(kernel.execute("kept + tiny::answer()").expect_ok().text(), "49", "nothing is lost");
}

#[test]
fn evcxrs_own_commands_work_or_say_why_not() {
    let mut kernel = kernel("magics-evcxr");
    kernel.execute("let three = 3;").expect_ok();
    assert!(kernel.execute(":vars").expect_ok().text().contains("three: i32"));
    assert!(kernel.execute(":type three").expect_ok().text().contains("three: i32"));
    let help = kernel.execute(":help").expect_ok().text();
    let known = kernel.execute("%help").expect_ok().text();
    for line in help.lines().filter(|line| line.starts_with(':')) {
        let name = line.split_whitespace().next().unwrap();
        let listed = known.lines().any(|line| line.split_whitespace().next() == Some(name));
        if !listed {
            kernel.execute(&format!("{name} 1")).expect_error(&["CommandError", name]);
        }
    }
    assert_eq!(kernel.execute("three").expect_ok().text(), "3");
}

#[test]
fn help_tells_everything_and_one() {
    let mut kernel = kernel("magics-help");
    let all = kernel.execute("%help").expect_ok().text();
    for part in [
        "Sources",
        "The session",
        "What every cell can call",
        "display(mime: &str",
        "%peek TOPIC",
        "!COMMAND",
        "first-hour.md",
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert!(kernel.execute("%help %peek").expect_ok().text().contains("--partition P"));
    kernel.execute("%help pek").expect_error(&["no magic `%pek`", "did you mean `%peek`"]);
    let unit = kernel.execute("%help topics\nlet one = 1;\none").expect_ok();
    assert!(unit.text().contains("--all") && unit.text().ends_with('1'), "{}", unit.text());
}
