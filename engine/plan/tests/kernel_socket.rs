//! What a cell sends to the kernel and what it does with the answer, over a real Unix socket. The cell is a process of its
//! own, as in a notebook: this binary started again with the socket in its environment, running one of the ignored tests.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use headwater::prelude::*;

fn orders() -> Stream {
    kafka("localhost:9092", "orders").json().event_time("ts", "10s")
}

/// The cells. Each is run by the test below that names it.
mod cell {
    use super::*;

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn look() {
        orders().filter(col("amount").gt(0)).sample(latest().rows(500)).evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn look_at_a_mistake() {
        orders().idle_after("a while").group_by("city").agg(count()).evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn look_at_keys() {
        orders().keys([col("city").lower()]).parallelism(64).target("flink:128").evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn look_at_shapes() {
        let old = files("old.json").json().sample(latest().rows(500));
        orders().shape().sort("missing").columns(["user.*"]).versus(&old).redact().evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn look_wrongly() {
        orders().shape().sort("mising").evcxr_display();
        orders().keys("city").target("flnk").evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn look_at_drift() {
        orders().drift("normal").budget("1 false alarm per week").window_rows(500).evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn look_at_an_edit() {
        orders().filter(col("amount").gt(0)).diff(orders()).by("id").evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn pin() {
        orders().keys("city").parallelism(64).pin("normal").evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn watch() {
        orders().watch().since("5m").stop_after("30s").rows(9).keys([col("city").lower()]).evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn look_at_tapes() {
        tapes().evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn export() {
        let job = orders().to_kafka("localhost:9092", "copy").key("city").exactly_once();
        let folder = job.dead_letters_to_topic("dead").with_sample().export("jobs/copy");
        folder.evcxr_display();
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn hand_over() {
        headwater::display::hand_over(&headwater::stream::recall("orders", 3).filter(col("amount").gt(0)), "paid");
    }

    #[test]
    #[ignore = "a cell: started by a test that plays the kernel"]
    fn show_text() {
        (col("amount") * 2).evcxr_display();
        orders().group_by("city").evcxr_display();
        orders().group_by("city").window(tumbling("1m")).evcxr_display();
        when(col("a")).evcxr_display();
        when(col("a")).then(1).evcxr_display();
        sum("amount").evcxr_display();
        tumbling("1m").evcxr_display();
        tumbling("x").evcxr_display();
        latest().rows(500).bytes("lots").evcxr_display();
        orders().plan().evcxr_display();
    }
}

/// Runs a cell in a process of its own, with this socket and as cell 7.
fn run(cell: &str, socket: Option<&Path>) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "--nocapture", "--test-threads=1", &format!("cell::{cell}")]);
    command.env_remove("HEADWATER_SOCKET").env("HEADWATER_CELL", "7");
    if let Some(socket) = socket {
        command.env("HEADWATER_SOCKET", socket);
    }
    let output = command.output().unwrap();
    assert!(stdout(&output).contains("running 1 test"), "no such cell: {}", stdout(&output));
    output
}

/// Plays the kernel for one cell: what the cell asked, and how it ended.
fn with_kernel(cell: &str, answer: &str) -> (String, Output) {
    let folder = tempfile::tempdir().unwrap();
    let socket: PathBuf = folder.path().join("kernel.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::scope(|scope| {
        let kernel = scope.spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = read(&mut stream);
            stream.write_all(&u32::try_from(answer.len()).unwrap().to_be_bytes()).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            request
        });
        let output = run(cell, Some(&socket));
        (kernel.join().unwrap(), output)
    })
}

fn read(stream: &mut UnixStream) -> String {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The rich contents that whoever runs the cell takes from its output.
fn contents(output: &Output) -> Vec<String> {
    // In two parts, since only `display.rs` may name the one who runs it.
    let begin = concat!("EV", "CXR_BEGIN_CONTENT text/plain\n");
    let end = concat!("\nEV", "CXR_END_CONTENT\n");
    let text = stdout(output);
    text.split(begin).skip(1).map(|block| block.split(end).next().unwrap().to_string()).collect()
}

/// Where this file says `text` after the first `from` lines: line and column, from 1.
fn place(text: &str) -> (usize, usize) {
    let mut lines = include_str!("kernel_socket.rs").lines().enumerate();
    lines.find_map(|(line, content)| Some((line + 1, content.find(text)? + 1))).unwrap()
}

#[test]
fn a_look_sends_the_plan_the_places_and_the_sample() {
    let (request, output) = with_kernel("look", "+");
    assert!(output.status.success(), "{}", stdout(&output));
    assert_eq!(contents(&output), Vec::<String>::new(), "the kernel publishes, the cell prints nothing");

    let plan = orders().filter(col("amount").gt(0)).plan().to_json();
    let places = ["kafka(", "event_time(", "filter("].map(place);
    let places: Vec<String> = (0..)
        .zip(places)
        .map(|(node, (line, column))| format!(r#"{{"node":{node},"cell":7,"line":{line},"column":{column}}}"#))
        .collect();
    let expected = format!(
        r#"{{"verb":"preview","plan":{plan},"places":[{}],"problems":[],"samples":[{}],"args":{{}}}}"#,
        places.join(","),
        r#"{"rows":500,"bytes":67108864,"millis":10000,"from":"latest","name":null,"again":false}"#,
    );
    assert_eq!(request, expected);
}

#[test]
fn what_a_cell_got_wrong_travels_with_the_plan() {
    let (request, _) = with_kernel("look_at_a_mistake", "-refused");
    let message = "`idle_after`: `a while` is not a length of time such as `500ms`, `10s`, `1m`, `1h30m` or `2d`";
    let problems = format!(r#""problems":[{{"node":1,"message":"{message}","hint":null}}]"#);
    assert!(request.contains(&problems), "{request}");
}

#[test]
fn keys_and_exports_send_their_arguments() {
    let (request, _) = with_kernel("look_at_keys", "+");
    let exprs = r#"[{"function":{"function":"lower","args":[{"column":"city"}]}}]"#;
    let target = r#"{"flink":{"key_groups":128}}"#;
    let args = format!(r#""args":{{"exprs":{exprs},"parallelism":64,"target":{target},"redact":false}}}}"#);
    assert!(request.starts_with(r#"{"verb":"keys","#) && request.ends_with(&args), "{request}");

    let (request, output) = with_kernel("export", "+/home/me/jobs/copy");
    let args = concat!(
        r#""args":{"path":"jobs/copy","guarantee":"exactly_once","dead_letters":{"topic":"dead"},"#,
        r#""late":null,"with_sample":true,"overwrite":false}}"#
    );
    assert!(request.starts_with(r#"{"verb":"export","#) && request.ends_with(args), "{request}");
    assert_eq!(contents(&output), Vec::<String>::new(), "the kernel has shown the folder");
}

#[test]
fn a_refusal_ends_the_cell_without_a_panic_message() {
    let (_, output) = with_kernel("look", "-no such topic");
    assert!(!output.status.success());
    let said = format!("{}{}", stdout(&output), stderr(&output));
    assert!(!said.contains("panicked") && !said.contains("no such topic"), "{said}");
}

#[test]
fn a_variable_is_handed_over_without_a_word() {
    let answers = ["+", "-no", "?what"].map(|answer| with_kernel("hand_over", answer).1);
    for output in answers.into_iter().chain([run("hand_over", None)]) {
        assert!(output.status.success() && stderr(&output).is_empty(), "{}", stderr(&output));
        assert_eq!(contents(&output), Vec::<String>::new());
    }
}

#[test]
fn a_kernel_that_does_not_answer_ends_the_cell_and_says_so() {
    let broken = ["", "?what"].map(|answer| with_kernel("look", answer).1);
    for output in broken.into_iter().chain([run("look", Some(Path::new("/nowhere/kernel.sock")))]) {
        assert!(!output.status.success());
        let said = stderr(&output);
        assert!(said.contains("the Headwater kernel does not answer") && said.contains("hint: restart"), "{said}");
    }
}

#[test]
fn without_a_kernel_the_plan_is_shown_with_what_is_wrong() {
    let output = run("look_at_a_mistake", None);
    assert!(output.status.success());
    insta::assert_snapshot!(contents(&output).join("\n"), @r#"
    1  kafka       orders at localhost:9092, json
    2  event_time  ts, up to 10s late
    3  group_by    city | count() as count

    step 2, `event_time`: `idle_after`: `a while` is not a length of time such as `500ms`, `10s`, `1m`, `1h30m` or `2d`

    step 3, `group_by`: `group_by` without a window would keep every key for ever, since a stream has no end
    hint: bound it in time: `.window(tumbling("1m"))` between `.group_by(…)` and `.agg(…)`; or, for one row a key that changes, `.expire_after("7d")` and a sink that ends in `.upsert()`
    "#);
    insta::assert_snapshot!(contents(&run("look_wrongly", None)).join("\n---\n"), @r"
1  kafka       orders at localhost:9092, json
2  event_time  ts, up to 10s late

step 2, `event_time`: `shape`: no order `mising`
hint: did you mean `missing`?
---
1  kafka       orders at localhost:9092, json
2  event_time  ts, up to 10s late

step 2, `event_time`: `keys`: no target `flnk`
hint: did you mean `flink`?
");
    let alone = ["look_at_tapes", "pin"].map(|cell| contents(&run(cell, None)).join(""));
    assert_eq!(
        alone,
        ["no tapes: they are recorded in a notebook with the Headwater kernel", "no baseline: it was not written"]
    );
    let exported = run("export", None);
    let said = stderr(&exported);
    assert!(said.contains("`export` did nothing: it needs a notebook with the Headwater kernel"), "{said}");
    assert_eq!(contents(&exported), ["no job folder: it was not written"]);
}

#[test]
fn values_that_need_no_kernel_are_shown_as_text() {
    let output = run("show_text", None);
    insta::assert_snapshot!(contents(&output).join("\n---\n"), @r#"
    amount * 2
    ---
    rows grouped by city; add `.window(tumbling("1m"))` and `.agg([count()])` to make rows of them
    ---
    rows grouped by city in windows tumbling("1m"); add `.agg([count()])` to make rows of them
    ---
    a condition without a value; add `.then(…)`
    ---
    case when a then 1 else null end
    ---
    sum(amount) as amount_sum
    ---
    tumbling("1m")
    ---
    `tumbling`: `x` is not a length of time such as `500ms`, `10s`, `1m`, `1h30m` or `2d`
    ---
    latest, at most 500 records, 64MiB and 10s
    `bytes`: `lots` is not a size such as `512KiB`, `64MiB` or `10MB`
    ---
    1  kafka       orders at localhost:9092, json
    2  event_time  ts, up to 10s late
    "#);
}

/// The kernel's reader understands what the cell's writer sends.
#[cfg(feature = "serde")]
#[test]
fn the_kernel_reads_each_request_back() {
    use headwater::{JobOptions, Request, Verb};
    let looks = [
        "hand_over",
        "look_at_keys",
        "look_at_shapes",
        "look_at_drift",
        "look_at_an_edit",
        "pin",
        "watch",
        "look_at_tapes",
    ];
    for cell in ["look", "look_at_a_mistake", "export"].into_iter().chain(looks) {
        let (json, _) = with_kernel(cell, "+");
        let request = Request::from_json(&json).unwrap();
        assert_eq!(request.to_json(), json);
        match request.verb {
            Verb::Preview => assert_eq!(request.places.len(), request.plan.nodes.len()),
            Verb::Keys(args) => {
                assert_eq!((args.exprs, args.parallelism), (vec![col("city").lower()], Some(64)));
                assert_eq!(args.target, headwater::Target::Flink { key_groups: Some(128) });
            }
            Verb::Shape(args) => {
                assert_eq!((args.sort, args.redact), (headwater::ShapeSort::Missing, true));
                let Some(headwater::Versus::Stream(other)) = args.versus else { panic!("it has another stream") };
                assert_eq!((other.plan.nodes.len(), other.samples[0].rows), (1, 500));
            }
            Verb::Diff(args) => {
                assert_eq!((args.by.as_slice(), args.previous.plan.nodes.len()), (&["id".to_owned()][..], 2));
            }
            Verb::Drift(args) => assert_eq!((args.baseline.as_str(), args.window_rows), ("normal", Some(500))),
            Verb::Pin(args) => assert_eq!((args.name.as_str(), args.keys[0].parallelism), ("normal", Some(64))),
            Verb::Watch(args) => {
                assert_eq!(args.keys, vec![col("city").lower()]);
                assert_eq!((args.from, args.rows), (headwater::WatchFrom::Ago { millis: 300_000 }, Some(9)));
            }
            Verb::Tapes => assert!(request.plan.nodes.is_empty()),
            Verb::Export(options) => {
                let dead_letters = Some(DeadLetters::Topic("dead".into()));
                let (path, guarantee) = (Some("jobs/copy".into()), Guarantee::ExactlyOnce);
                assert_eq!(
                    options,
                    JobOptions { path, guarantee, dead_letters, late: None, with_sample: true, overwrite: false }
                );
            }
            Verb::Name(args) => {
                assert_eq!(
                    (args.name.as_str(), request.plan.to_string().as_str()),
                    ("paid", "1  recall  orders\n2  filter  amount > 0")
                );
            }
            other => panic!("no cell asks for {other:?}"),
        }
        assert!(Request::from_json(&json.replacen(r#""args":"#, r#""extra":1,"args":"#, 1)).is_err());
        assert!(Request::from_json(&json.replacen(r#""verb":""#, r#""verb":"un"#, 1)).is_err());
    }
}
