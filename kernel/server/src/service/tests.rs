//! The service through its socket, over files that the tests write: what a cell gets, what is shown, what the kernel is told.

use super::recorder::{Lines, Made, Recorder, Shown};
use super::*;
use headwater::display::{Answer, ask};
use headwater::prelude::*;
use headwater::{
    DiffArgs, DriftArgs, Guarantee, JobOptions, KeysArgs, Other, PinArgs, PinnedKey, Place, Request, Sample, ShapeArgs,
    Verb, Versus,
};
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

/// A service over a folder of its own, with `orders.json` in it.
struct Kernel {
    folder: tempfile::TempDir,
    recorder: Arc<Recorder>,
    service: EngineService,
}

impl Kernel {
    fn start() -> Kernel {
        let folder = tempfile::tempdir().expect("a folder");
        let mut orders = String::new();
        for at in 0..600 {
            let city = ["New York", "Paris", "Oslo"][if at % 5 < 3 { 0 } else { at % 3 }];
            let time = format!("2026-01-01T00:{:02}:{:02}Z", at / 60, at % 60);
            orders.push_str(&format!("{{\"city\":\"{city}\",\"amount\":{}.5,\"ts\":\"{time}\"}}\n", at % 90));
        }
        orders.push_str("{\"city\": <broken>\n");
        std::fs::write(folder.path().join("orders.json"), orders).expect("a file");
        let recorder = Arc::new(Recorder::default());
        let services = Services {
            folder: folder.path().to_owned(),
            tapes_dir: folder.path().join("tapes"),
            named_tapes_dir: folder.path().join("named"),
            publisher: recorder.clone(),
            places: Arc::new(Lines(vec!["let paid = orders", "    .filter(col(\"amout\").gt(0));"])),
            variables: Arc::new(Made::default()),
        };
        let service = EngineService::start(&folder.path().join("private/engine"), services).expect("a socket");
        service.begin_cell(3);
        Kernel { folder, recorder, service }
    }

    fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join("private/engine")
    }

    fn orders(&self) -> Stream {
        files(self.folder.path().join("orders.json").to_str().expect("a path in UTF-8")).json().event_time("ts", "10s")
    }

    fn ask(&self, verb: Verb, stream: &Stream, places: Vec<Place>) -> Answer {
        let request = Request { verb, plan: stream.plan(), places, problems: stream.mistakes(), samples: Vec::new() };
        ask(&self.socket(), &request.to_json()).expect("an answer")
    }

    /// Asks for what succeeds, and gives what is shown in the end.
    fn shown(&self, verb: Verb, stream: &Stream) -> Shown {
        let answer = self.ask(verb, stream, Vec::new());
        assert_eq!(answer, Answer::Done(String::new()), "{:?}", self.service.take_failure());
        self.recorder.shown().pop().expect("something is shown")
    }

    fn refused(&self, verb: Verb, stream: &Stream, places: Vec<Place>) -> (String, Failure) {
        match self.ask(verb, stream, places) {
            Answer::Refused(text) => (text, self.service.take_failure().expect("a failure")),
            Answer::Done(text) => panic!("done: {text}"),
        }
    }
}

#[test]
fn a_preview_shows_rows_dead_letters_and_the_resolved_types() {
    let kernel = Kernel::start();
    let shown = kernel.shown(Verb::Preview, &kernel.orders());
    let text = shown.text();
    assert!(text.contains("20 of 600 rows") && text.contains("TIMESTAMP"), "{text}");
    assert!(text.contains("1 of 601 records did not decode") && text.contains("<broken>"), "{text}");
    assert!(!shown.html().contains("<broken>"), "{}", shown.html());
    assert_eq!(kernel.service.take_failure(), None);
}

#[test]
fn a_windowed_preview_says_what_became_of_each_window() {
    let kernel = Kernel::start();
    let revenue = kernel.orders().group_by(["city"]).window(tumbling("1m")).agg([sum("amount")]);
    let shown = kernel.shown(Verb::Preview, &revenue);
    assert!(shown.text().contains("10 windows closed\n"), "{}", shown.text());
    let fingerprint = &shown.bundle["application/vnd.headwater.preview+json"]["fingerprint"];
    assert_eq!(fingerprint.as_str().map(str::len), Some(64));
}

#[test]
fn a_job_shows_the_same_rows_and_fingerprint_and_writes_nothing() {
    let kernel = Kernel::start();
    let orders = kernel.orders();
    let out = kernel.folder.path().join("out");
    let job = orders.to_files(out.to_str().expect("UTF-8"));
    let preview = kernel.shown(Verb::Preview, &orders);
    let request = Request {
        verb: Verb::Job(JobOptions::default()),
        plan: job.plan(),
        places: Vec::new(),
        problems: Vec::new(),
        samples: Vec::new(),
    };
    assert_eq!(ask(&kernel.socket(), &request.to_json()).expect("an answer"), Answer::Done(String::new()));
    let shown = kernel.recorder.shown().pop().expect("something is shown");
    assert!(shown.text().contains("nothing was written now"), "{}", shown.text());
    let json = |shown: &Shown| shown.bundle["application/vnd.headwater.preview+json"].clone();
    assert_eq!(json(&shown)["fingerprint"], json(&preview)["fingerprint"]);
    assert_eq!(json(&shown)["rows"], json(&preview)["rows"]);
    assert!(!out.exists());
}

#[test]
fn a_shape_report_is_of_the_raw_records() {
    let kernel = Kernel::start();
    let shown = kernel.shown(Verb::Shape(ShapeArgs::default()), &kernel.orders());
    let report = &shown.bundle["application/vnd.headwater.shape+json"];
    assert_eq!((&report["records"], &report["rows"]), (&601.into(), &600.into()), "{report}");
    assert!(shown.html().contains("amount") && shown.text().contains("amount"), "{}", shown.text());
}

#[test]
fn a_shape_report_of_a_pipeline_is_of_its_rows() {
    let kernel = Kernel::start();
    let big = kernel.orders().filter(col("amount").gt(80)).with_columns([(col("amount") * 2).alias("twice")]);
    let shown = kernel.shown(Verb::Shape(ShapeArgs::default()), &big);
    assert!(shown.html().contains("twice") && shown.html().contains("after step 4, "), "{}", shown.html());
}

#[test]
fn a_key_report_has_its_verdict_charts_and_numbers() {
    let kernel = Kernel::start();
    let verb = Verb::Keys(KeysArgs { exprs: vec![col("city")], parallelism: Some(8), ..KeysArgs::default() });
    let shown = kernel.shown(verb, &kernel.orders().filter(col("amount").gt_eq(0)));
    assert_eq!(shown.html().matches("<img src=\"data:image/svg+xml;base64,").count(), 3);
    let report = &shown.bundle["application/vnd.headwater.keys+json"];
    assert_eq!((&report["parallelism"], &report["rows"]), (&8.into(), &600.into()), "{report}");
    assert_eq!(report["top"][0]["text"], "New York");
    // The text form breaks long sentences.
    let text = shown.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(report["sentence"].as_str().expect("a sentence")), "{}", shown.text());
}

#[test]
fn a_key_that_is_no_column_is_a_mistake_of_keys() {
    let kernel = Kernel::start();
    let verb = Verb::Keys(KeysArgs { exprs: vec![col("town")], ..KeysArgs::default() });
    let (text, failure) = kernel.refused(verb, &kernel.orders(), Vec::new());
    assert_eq!(failure.ename, "PlanError");
    assert!(text.starts_with("in `keys`: no column `town`"), "{text}");
}

#[test]
fn an_export_writes_the_job_and_answers_with_its_folder() {
    let kernel = Kernel::start();
    let path = kernel.folder.path().join("jobs/paid");
    let job = kernel.orders().filter(col("amount").gt(80)).to_files("out");
    let options = JobOptions { path: path.to_str().map(str::to_owned), with_sample: true, ..JobOptions::default() };
    let request = Request {
        verb: Verb::Export(options),
        plan: job.plan(),
        places: Vec::new(),
        problems: Vec::new(),
        samples: Vec::new(),
    };
    let answer = ask(&kernel.socket(), &request.to_json()).expect("an answer");
    let folder = std::fs::canonicalize(&path).expect("it was written");
    assert_eq!(answer, Answer::Done(folder.to_str().expect("UTF-8").to_owned()), "{:?}", kernel.service.take_failure());
    let loaded = headwater_export::load_job(&path).expect("a job");
    let shown = kernel.recorder.shown().pop().expect("something is shown");
    assert_eq!(shown.bundle["application/vnd.headwater.export+json"]["fingerprint"], loaded.fingerprint.as_str());
    let preview = kernel.shown(Verb::Preview, &kernel.orders().filter(col("amount").gt(80)));
    assert_eq!(preview.bundle["application/vnd.headwater.preview+json"]["fingerprint"], loaded.fingerprint.as_str());
    let expected = std::fs::read_to_string(path.join("sample/expected.json")).expect("the answer");
    let counts = &preview.bundle["application/vnd.headwater.preview+json"]["counts"];
    assert_eq!(counts["rows"], expected.lines().count());
}

#[test]
fn an_export_of_exactly_once_is_refused_as_not_yet() {
    let kernel = Kernel::start();
    let job = kernel.orders().to_files("out");
    let path = kernel.folder.path().join("jobs/once").to_str().map(str::to_owned);
    let options = JobOptions { path, guarantee: Guarantee::ExactlyOnce, ..JobOptions::default() };
    let request = Request {
        verb: Verb::Export(options),
        plan: job.plan(),
        places: vec![Place { node: 2, cell: 3, line: 3, column: 5 }],
        problems: Vec::new(),
        samples: Vec::new(),
    };
    let answer = ask(&kernel.socket(), &request.to_json()).expect("an answer");
    let Answer::Refused(text) = answer else { panic!("{answer:?}") };
    assert!(text.contains("exactly") && text.contains("step 3, `to_files`, in cell 3"), "{text}");
    assert!(!kernel.folder.path().join("jobs/once").exists());
}

#[test]
fn a_plan_mistake_names_step_cell_and_line() {
    let kernel = Kernel::start();
    let paid = kernel.orders().filter(col("amout").gt(0));
    let places = vec![Place { node: 2, cell: 3, line: 4, column: 6 }];
    let (text, failure) = kernel.refused(Verb::Preview, &paid, places);
    assert_eq!(failure.ename, "PlanError");
    assert!(text.starts_with("no column `amout` (step 3, `filter`, in cell 3, line 2, column 18)"), "{text}");
    assert!(text.contains("did you mean `amount`?"), "{text}");
    assert_eq!(failure.evalue, text);
    let traceback = failure.traceback.join("\n");
    assert!(traceback.contains(".filter(col(\"amout\").gt(0));") && traceback.contains("^^^^^"), "{traceback}");
    assert_eq!(kernel.service.take_failure(), None, "it is taken once");
    assert!(kernel.recorder.shown().is_empty(), "an error is no output");
}

#[test]
fn sql_text_is_read_here_and_what_is_wrong_is_pointed_at_in_the_cell() {
    let mut kernel = Kernel::start();
    kernel.recorder = Arc::new(Recorder::default());
    let services = Services {
        folder: std::env::temp_dir(),
        tapes_dir: kernel.folder.path().join("tapes"),
        named_tapes_dir: kernel.folder.path().join("named"),
        publisher: kernel.recorder.clone(),
        places: Arc::new(Lines(vec!["let paid = orders", "    .filter(expr(\"amount > 0 AND lowr(city) = 'x'\"));"])),
        variables: Arc::new(Made::default()),
    };
    kernel.service = EngineService::start(&kernel.folder.path().join("another/engine"), services).expect("a socket");
    kernel.service.begin_cell(3);
    let told = |stream: &Stream, places| {
        let request = Request {
            verb: Verb::Preview,
            plan: stream.plan(),
            places,
            problems: stream.mistakes(),
            samples: Vec::new(),
        };
        ask(&kernel.folder.path().join("another/engine"), &request.to_json()).expect("an answer")
    };
    let places = vec![Place { node: 2, cell: 3, line: 4, column: 6 }];
    let wrong = told(&kernel.orders().filter(expr("amount > 0 AND lowr(city) = 'x'")), places);
    assert!(matches!(wrong, Answer::Refused(_)), "{wrong:?}");
    let traceback = kernel.service.take_failure().expect("a failure").traceback.join("\n");
    insta::assert_snapshot!(traceback.replace('\u{1b}', ""));
    let read = kernel.orders().filter(expr("amount > 0 AND lower(city) = 'oslo'")).select([expr("amount / 0 AS none")]);
    assert_eq!(told(&read, Vec::new()), Answer::Done(String::new()));
    let shown = kernel.recorder.shown().pop().expect("something is shown");
    let built = kernel.orders().filter(col("amount").gt(0).and(col("city").lower().eq("oslo")));
    let built = built.select([(col("amount") / 0).alias("none")]);
    assert_eq!(told(&built, Vec::new()), Answer::Done(String::new()));
    let fingerprint = |shown: &Shown| shown.bundle["application/vnd.headwater.preview+json"]["fingerprint"].clone();
    let again = kernel.recorder.shown().pop().expect("something is shown");
    assert_eq!(fingerprint(&shown), fingerprint(&again));
    assert!(
        shown.text().contains("80 values became null in step 4, `select`: 80 by division by zero"),
        "{}",
        shown.text()
    );
}

#[test]
fn a_file_that_is_missing_is_an_error_of_the_first_step() {
    let kernel = Kernel::start();
    let nowhere = files(kernel.folder.path().join("nowhere.json").to_str().expect("UTF-8")).json();
    let (text, failure) = kernel.refused(Verb::Preview, &nowhere, vec![Place { node: 0, cell: 2, line: 9, column: 1 }]);
    assert!(text.contains("nowhere.json") && text.contains("step 1, `files`, in cell 2 (run earlier)"), "{text}");
    assert_ne!(failure.ename, "InternalError");
}

#[test]
fn a_new_cell_forgets_the_failure_of_the_one_before() {
    let kernel = Kernel::start();
    let wrong = kernel.orders().filter(col("amout").gt(0));
    assert!(matches!(kernel.ask(Verb::Preview, &wrong, Vec::new()), Answer::Refused(_)));
    kernel.service.begin_cell(4);
    assert_eq!(kernel.service.take_failure(), None);
}

#[test]
fn a_panic_is_an_error_and_the_next_cell_works() {
    let kernel = Kernel::start();
    kernel.recorder.panic_once();
    let (text, failure) = kernel.refused(Verb::Preview, &kernel.orders(), Vec::new());
    assert_eq!(failure.ename, "InternalError");
    assert!(text.starts_with("internal error: told to panic"), "{text}");
    assert!(kernel.shown(Verb::Preview, &kernel.orders()).text().contains("of 600 rows"));
}

#[test]
fn what_is_no_request_is_refused_and_the_service_goes_on() {
    let kernel = Kernel::start();
    for bytes in [&b"\0\0\0\x05hello"[..], b"\xff\xff\xff\xff", b"\0\0\0\0"] {
        let mut stream = UnixStream::connect(kernel.socket()).expect("a socket");
        stream.write_all(bytes).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        assert_eq!(answer.get(4), Some(&b'-'), "{answer:?}");
    }
    drop(UnixStream::connect(kernel.socket()).expect("a socket"));
    assert!(kernel.shown(Verb::Preview, &kernel.orders()).text().contains("of 600 rows"));
}

#[test]
fn nobody_else_can_reach_the_socket_and_it_goes_with_the_service() {
    let kernel = Kernel::start();
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&kernel.folder.path().join("private")), 0o700);
    assert_eq!(mode(&kernel.socket()), 0o600);
    let open = kernel.folder.path().join("open");
    std::fs::create_dir(&open).expect("a folder");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let services = Services {
        folder: std::env::temp_dir(),
        tapes_dir: kernel.folder.path().join("tapes"),
        named_tapes_dir: kernel.folder.path().join("named"),
        publisher: kernel.recorder.clone(),
        places: Arc::new(Lines::default()),
        variables: Arc::new(Made::default()),
    };
    let refused = EngineService::start(&open.join("engine"), services).err().expect("others can enter");
    assert_eq!(refused.kind(), std::io::ErrorKind::PermissionDenied);
    let socket = kernel.socket();
    drop(kernel.service);
    assert!(!socket.exists());
}

#[test]
fn an_interrupt_stops_the_request_under_way_and_only_that() {
    let kernel = Kernel::start();
    assert!(!kernel.service.cancel(), "nothing is under way");
    // A sample that takes a while: the interrupt is raised from the first line of progress on.
    let path = kernel.folder.path().join("long.json");
    let line = "{\"city\":\"Oslo\",\"amount\":1.5,\"ts\":\"2026-01-01T00:00:00Z\"}\n";
    std::fs::write(&path, line.repeat(1_500_000)).expect("a long file");
    let long = files(path.to_str().expect("UTF-8")).json();
    let sample = Sample { rows: 1_500_000, bytes: 1 << 30, millis: 60_000, ..Sample::default() };
    let request = Request {
        verb: Verb::Preview,
        plan: long.plan(),
        places: Vec::new(),
        problems: Vec::new(),
        samples: vec![sample],
    };
    let (socket, json) = (kernel.socket(), request.to_json());
    let cell = std::thread::spawn(move || ask(&socket, &json).expect("an answer"));
    let mut raised = false;
    while !cell.is_finished() {
        raised |= kernel.service.cancel();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(raised, "the request was under way");
    let Answer::Refused(text) = cell.join().expect("no panic") else { panic!("it ran to its end") };
    assert!(text.starts_with("interrupted") && text.ends_with("Variables are kept."), "{text}");
    assert_eq!(kernel.service.take_failure().expect("a failure").ename, "KeyboardInterrupt");
    assert!(kernel.shown(Verb::Preview, &kernel.orders()).text().contains("of 600 rows"));
}

/// Records enough for a look to take a while, and how to ask for all of them.
fn long(kernel: &Kernel, verb: Verb, records: usize) -> Request {
    let path = kernel.folder.path().join("long.json");
    let line = |at: usize| format!("{{\"city\":\"c{}\",\"amount\":1.5,\"ts\":\"2026-01-01T00:00:00Z\"}}\n", at % 997);
    std::fs::write(&path, (0..records).map(line).collect::<String>()).expect("a long file");
    let stream = files(path.to_str().expect("UTF-8")).json();
    let sample = Sample { rows: 10_000_000, bytes: 1 << 30, millis: 60_000, ..Sample::default() };
    Request { verb, plan: stream.plan(), places: Vec::new(), problems: Vec::new(), samples: vec![sample] }
}

#[test]
fn a_long_look_shows_what_it_knows_so_far_and_then_the_whole() {
    let kernel = Kernel::start();
    let keys = Verb::Keys(KeysArgs { exprs: vec![col("city")], ..KeysArgs::default() });
    let looks = [("shape", Verb::Shape(ShapeArgs::default())), ("keys", keys)];
    for (name, verb) in looks {
        let before = kernel.recorder.shown().len();
        let request = long(&kernel, verb, 1_000_000);
        let answer = ask(&kernel.socket(), &request.to_json()).expect("an answer");
        assert_eq!(answer, Answer::Done(String::new()), "{:?}", kernel.service.take_failure());
        let shown = kernel.recorder.shown().split_off(before);
        let mime = format!("application/vnd.headwater.{name}+json");
        let (last, early) = shown.split_last().expect("something is shown");
        assert_eq!(last.bundle[&mime]["sample"].as_str().map(|text| text.contains("the whole file")), Some(true));
        let partial: Vec<&Shown> = early.iter().filter(|one| one.text().lines().count() > 3).collect();
        assert!(!partial.is_empty(), "{name}: {} outputs, none of them a report", early.len());
        assert!(partial.iter().all(|one| one.html().contains(" s") && one.bundle.get(&mime).is_none()), "{name}");
        assert!(shown.iter().skip(1).all(|one| one.update && one.id == shown[0].id), "one output, updated");
        assert!(shown.len() < 60, "{} outputs", shown.len());
    }
}

#[test]
fn of_a_slow_topic_there_is_a_report_while_it_is_read() {
    let kernel = Kernel::start();
    let cluster = MockCluster::new(1).expect("a broker");
    cluster.create_topic("orders", 2, 1).expect("a topic");
    let brokers = cluster.bootstrap_servers();
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", &brokers).create().expect("the settings are valid");
    for at in 0..20_000 {
        let value = format!("{{\"city\":\"c{}\"}}", at % 7);
        let record = BaseRecord::<str, str>::to("orders").payload(&value).partition(at % 2);
        producer.send(record).map_err(|(error, _)| error).expect("room in the queue");
    }
    producer.flush(std::time::Duration::from_secs(20)).expect("the broker answers");
    cluster.broker_round_trip_time(1, std::time::Duration::from_millis(100)).expect("a slow broker");
    let keys = Verb::Keys(KeysArgs { exprs: vec![col("city")], ..KeysArgs::default() });
    for (verb, words) in
        [(Verb::Shape(ShapeArgs::default()), "shape of orders"), (keys, "Group by `city` at 8 workers")]
    {
        let before = kernel.recorder.shown().len();
        let stream = kafka(&brokers, "orders").json();
        let sample = Sample { rows: 4_000, millis: 60_000, again: true, ..Sample::default() };
        let (plan, samples) = (stream.plan(), vec![sample]);
        let request = Request { verb, plan, places: Vec::new(), problems: Vec::new(), samples };
        let answer = ask(&kernel.socket(), &request.to_json()).expect("an answer");
        assert_eq!(answer, Answer::Done(String::new()), "{:?}", kernel.service.take_failure());
        let shown = kernel.recorder.shown().split_off(before);
        let (last, early) = shown.split_last().expect("something is shown");
        assert!(last.text().contains("4,000 of 20,000 records"), "{}", last.text());
        let early: Vec<&str> = early.iter().map(Shown::text).collect();
        let reading = early.iter().find(|text| text.starts_with("reading orders") && text.contains(words));
        let reading = reading.unwrap_or_else(|| panic!("`{words}` is not in:\n{}", early.join("\n---\n")));
        assert!(reading.contains(" of 20,000 records"), "how much of it was seen is said:\n{reading}");
    }
}

/// The baseline of this name, in a folder of the test.
fn baseline(kernel: &Kernel, name: &str) -> String {
    kernel.folder.path().join(format!("{name}.json")).to_str().expect("UTF-8").to_owned()
}

fn pinned(kernel: &Kernel, name: &str, keys: Vec<PinnedKey>, redact: bool) -> (Answer, Shown) {
    let args = PinArgs { name: baseline(kernel, name), keys, redact };
    let answer = kernel.ask(Verb::Pin(args), &kernel.orders(), Vec::new());
    (answer, kernel.recorder.shown().pop().expect("something is shown"))
}

fn city(parallelism: Option<u32>) -> PinnedKey {
    PinnedKey { exprs: vec![col("city")], parallelism }
}

#[test]
fn a_stream_is_compared_with_what_was_pinned() {
    let kernel = Kernel::start();
    let (answer, card) = pinned(&kernel, "normal", vec![city(Some(8))], false);
    assert_eq!(answer, Answer::Done(baseline(&kernel, "normal")), "{:?}", kernel.service.take_failure());
    assert!(card.text().contains("Baseline normal pinned") && card.text().contains("key city"), "{}", card.text());
    headwater_charts::html::sanitized::check(card.html());

    let drift = |stream: &Stream| {
        let args = DriftArgs { baseline: baseline(&kernel, "normal"), ..DriftArgs::default() };
        kernel.shown(Verb::Drift(args), stream)
    };
    let same = drift(&kernel.orders());
    let report = &same.bundle["application/vnd.headwater.drift+json"];
    assert_ne!(report["verdict"], "fail", "{}", same.text());
    assert!(same.text().contains("No drift seen") && !same.text().contains('▲'), "{}", same.text());

    let moved = drift(&kernel.orders().with_columns([lit("Oslo").alias("city")]));
    assert_eq!(moved.bundle["application/vnd.headwater.drift+json"]["verdict"], "fail", "{}", moved.text());
    assert!(moved.text().contains("▲ fail") && moved.text().contains("Oslo"), "{}", moved.text());
    headwater_charts::html::sanitized::check(moved.html());

    let (_, again) = pinned(&kernel, "normal", Vec::new(), true);
    assert!(again.text().contains("pinned anew"), "{}", again.text());
    let file = std::fs::read_to_string(baseline(&kernel, "normal")).expect("a file");
    assert!(!file.contains("New York"), "a redacted baseline names nobody");
}

#[test]
fn a_shape_is_shown_beside_another_stream_the_most_changed_path_first() {
    let kernel = Kernel::start();
    let moved = kernel.orders().with_columns([lit("Oslo").alias("city")]);
    let plan = kernel.orders().filter(col("amount").gt(0).or(col("amount").lt_eq(0))).plan();
    let other = Other { plan, places: vec![], problems: vec![], samples: Vec::new() };
    let versus = Some(Versus::Stream(Box::new(other)));
    let args = ShapeArgs { sort: headwater::ShapeSort::Drift, versus, ..ShapeArgs::default() };
    let shown = kernel.shown(Verb::Shape(args), &moved);
    let first = &shown.bundle["application/vnd.headwater.shape+json"]["columns"][0];
    assert_eq!(first["path"], "city");
    assert!(first["vs"]["distance"].as_f64().is_some_and(|distance| distance > 0.2), "{first}");
    headwater_charts::html::sanitized::check(shown.html());
}

#[test]
fn an_edit_is_shown_by_the_rows_that_it_changed() {
    let kernel = Kernel::start();
    let plan = kernel.orders().plan();
    let previous = Box::new(Other { plan, places: vec![], problems: vec![], samples: Vec::new() });
    let args = DiffArgs { previous, by: Vec::new() };
    let edited = kernel.orders().with_columns([(col("amount") + 1).alias("amount")]).filter(col("amount").gt(80));
    let shown = kernel.shown(Verb::Diff(args.clone()), &edited);
    assert!(shown.text().contains("rows are matched by the record that they are made of"), "{}", shown.text());
    let counts = &shown.bundle["application/vnd.headwater.diff+json"];
    let number = |name: &str| counts[name].as_u64().unwrap_or(0);
    assert!(number("changed") > 0 && number("gone") > 0 && number("added") == 0, "{counts}");
    assert_eq!(number("changed") + number("gone"), 600, "every row before is accounted for: {counts}");
    let (text, _) = kernel.refused(Verb::Diff(DiffArgs { by: vec!["id".to_owned()], ..args }), &edited, Vec::new());
    assert!(text.contains("no column `id`"), "{text}");
}

#[test]
fn tapes_are_listed_and_named_ones_are_kept_elsewhere() {
    let kernel = Kernel::start();
    let tapes = || {
        let answer = ask(
            &kernel.socket(),
            &Request::from_json(&TAPES.replace("PLAN", &kernel.orders().plan().to_json()))
                .expect("a request")
                .to_json(),
        );
        assert_eq!(answer.expect("an answer"), Answer::Done(String::new()));
        kernel.recorder.shown().pop().expect("something is shown")
    };
    assert!(tapes().text().starts_with("No tapes yet"));
    kernel.shown(Verb::Preview, &kernel.orders());
    let named = kernel.orders().sample(stratified().named("monday"));
    let request = Request {
        verb: Verb::Preview,
        plan: named.plan(),
        places: Vec::new(),
        problems: Vec::new(),
        samples: named.samples(),
    };
    ask(&kernel.socket(), &request.to_json()).expect("an answer");
    let list = tapes();
    assert!(list.text().starts_with("2 tapes, ") && list.text().contains("\nmonday "), "{}", list.text());
    assert_eq!(list.bundle["application/vnd.headwater.tapes+json"].as_array().map(Vec::len), Some(2));
    headwater_charts::html::sanitized::check(list.html());
    assert_eq!(std::fs::read_dir(kernel.folder.path().join("named")).expect("a folder").count(), 1);
}

const TAPES: &str = r#"{"verb":"tapes","plan":PLAN,"places":[],"problems":[],"samples":[{"rows":1,"bytes":1,"millis":1,"from":"latest","name":null,"again":false}],"args":{}}"#;

/// What the issue calls bad input, as a user of the notebook meets it: a report, or a sentence that says what to do.
#[test]
fn bad_input_gives_a_report_or_a_clear_sentence() {
    let kernel = Kernel::start();
    let lines = |name: &str, lines: &str| {
        let path = kernel.folder.path().join(name);
        std::fs::write(&path, lines).expect("a file");
        files(path.to_str().expect("UTF-8")).json()
    };
    let (orders, empty, row) = (kernel.orders(), lines("empty.json", ""), lines("row.json", "{\"city\":\"Oslo\"}\n"));
    let hostile = lines(
        "hostile.json",
        &"{\"city\":\"<script>alert(1)</script>\"}\n{\"city\":\"\\u202eevil\\u0007\\n\"}\n{\"city\":null}\n{\"city\":7}\n".repeat(50),
    );
    let keys = |workers| Verb::Keys(KeysArgs { exprs: vec![col("city")], parallelism: workers, ..KeysArgs::default() });
    let drift = |name: &str| Verb::Drift(DriftArgs { baseline: baseline(&kernel, name), ..DriftArgs::default() });
    let budget = |text: &str| {
        Verb::Drift(DriftArgs {
            baseline: baseline(&kernel, "normal"),
            budget: Some(text.to_owned()),
            window_rows: None,
        })
    };
    pinned(&kernel, "normal", vec![city(None)], false);
    std::fs::write(baseline(&kernel, "broken"), "{\"format\":\"headwater-baseline\"").expect("a file");
    let named = |name: &str| Verb::Pin(PinArgs { name: name.to_owned(), ..PinArgs::default() });
    let pin = |keys| Verb::Pin(PinArgs { name: baseline(&kernel, "x"), keys, redact: false });
    let key = |exprs: Vec<headwater::Expr>| vec![PinnedKey { exprs, parallelism: Some(8) }];
    let asked = [
        ("shape of nothing", Verb::Shape(ShapeArgs::default()), &empty),
        ("keys of nothing", keys(None), &empty),
        ("pin nothing", pin(Vec::new()), &empty),
        ("drift of nothing", drift("normal"), &empty),
        ("shape of one row", Verb::Shape(ShapeArgs::default()), &row),
        ("keys of one row", keys(Some(64)), &row),
        ("pin one row", pin(Vec::new()), &row),
        ("hostile keys", keys(Some(64)), &hostile),
        ("no workers", keys(Some(0)), &orders),
        ("100,000 workers", keys(Some(100_000)), &orders),
        ("4,000,000,000 workers", keys(Some(4_000_000_000)), &orders),
        ("keys of no group", Verb::Keys(KeysArgs::default()), &orders),
        ("an unknown baseline", drift("normla"), &orders),
        ("a broken baseline", drift("broken"), &orders),
        ("a baseline of another schema", drift("normal"), &lines("other.json", "{\"x\":1}\n{\"x\":2}\n")),
        ("a strange budget", budget("never"), &orders),
        ("a baseline without a name", named(" "), &orders),
        ("a key that is no column", pin(key(vec![col("town")])), &orders),
        ("a key that is computed", pin(key(vec![col("city").lower()])), &orders),
    ];
    let folder = kernel.folder.path().to_str().expect("UTF-8");
    let mut said = String::new();
    for (what, verb, stream) in asked {
        let answer = kernel.ask(verb, stream, Vec::new());
        let text = match answer {
            Answer::Refused(text) => format!("{}: {text}", kernel.service.take_failure().expect("a failure").ename),
            Answer::Done(_) => {
                let shown = kernel.recorder.shown().pop().expect("something is shown");
                headwater_charts::html::sanitized::check(shown.html());
                assert!(shown.html().len() < 300_000, "{what}: {} bytes", shown.html().len());
                shown.text().lines().take(3).collect::<Vec<_>>().join("\n")
            }
        };
        said.push_str(&format!("== {what}\n{}\n", text.replace(folder, "…")));
    }
    insta::assert_snapshot!(said);
}

/// Does the first magic of a cell.
fn magic(kernel: &Kernel, code: &str) -> Result<(), Failure> {
    kernel.service.magic(&crate::magics::split(code).calls[0])
}

#[test]
fn a_command_is_shown_and_its_failure_told() {
    let kernel = Kernel::start();
    let folder = kernel.folder.path().canonicalize().expect("a folder");
    magic(&kernel, "!pwd; printf 'x\\377' >&2").expect("it succeeds");
    let written = kernel.recorder.written();
    assert!(written.contains(folder.to_str().expect("UTF-8")) && written.contains("x\u{fffd}"), "{written}");
    assert_eq!(kernel.recorder.shown().len(), 0, "what it writes is its progress");
    let failure = magic(&kernel, "!exit 3").expect_err("it fails");
    insta::assert_snapshot!(failure.traceback.join("\n").replace('\u{1b}', "ESC"));
}

#[test]
fn what_magics_cannot_do_is_told_with_how_to_write_them() {
    let kernel = Kernel::start();
    let codes = [
        "%topics",
        "%topics --al",
        "%peek",
        "%peek orders",
        "%peek orders --rows many",
        "%peek orders --rows 5000",
        "%peek orders --from noon",
        "%set sample.rows",
        "%set sample.row 5",
        "%set progress loud",
        "%config all",
        "%timings some",
        "%plan revenue",
        "%plan a b",
        "%help xyzzy",
        "!",
    ];
    let told = |code: &str| format!("{code}\n{}", magic(&kernel, code).expect_err("it is wrong").evalue);
    insta::assert_snapshot!(codes.map(told).join("\n\n"));
}

#[test]
fn a_setting_bounds_the_next_sample_and_preview() {
    let kernel = Kernel::start();
    magic(&kernel, "%set preview.rows 3").expect("a setting");
    magic(&kernel, "%set sample.rows 100").expect("a setting");
    let shown = kernel.shown(Verb::Preview, &kernel.orders());
    assert!(shown.text().contains("3 of ") && !shown.text().contains("of 600"), "{}", shown.text());
    assert_eq!(shown.bundle["application/vnd.headwater.preview+json"]["rows"].as_array().map(Vec::len), Some(3));
}
