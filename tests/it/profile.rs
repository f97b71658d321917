//! `headwater profile` and `headwater tapes`, as their users meet them: topics, files, tapes, contracts, baselines, bad input.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use headwater_tests::job::{self, Finished};
use headwater_tests::kafka::{Topic, broker, groups};
use headwater_tests::{duck, workspace};
use serde_json::Value;

/// `headwater profile` with these arguments, in `folder`.
fn profile(folder: &Path, args: &[&str]) -> Finished {
    job::run(folder, &[&["profile"], args].concat())
}

/// Orders of which every fifth is from one city, the others from a thousand.
fn orders(rows: u64) -> Vec<String> {
    let city = |n: u64| if n.is_multiple_of(5) { "New York".to_owned() } else { format!("c{}", n * 7_919 % 1_000) };
    (0..rows).map(|n| format!(r#"{{"city":"{}","amount":{},"ts":{}}}"#, city(n), n % 90, n * 600)).collect()
}

fn topic(name: &str, rows: u64) -> Topic {
    let topic = Topic::create(name, 4);
    let values = orders(rows);
    topic.write((0..).zip(&values).map(|(n, value)| (n % 3, None, value.as_bytes()))); // partition 3 stays empty
    topic
}

/// The document on standard output.
fn document(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", finished.stdout))
}

#[test]
fn a_topic_is_profiled_kept_as_a_tape_and_judged() {
    let folder = workspace::scratch("profile-topic");
    let topic = topic("profile-topic", 60_000);
    let before = topic.offsets();
    let source = format!("kafka://{}/{}", broker(), topic.name);
    let shown = profile(&folder, &[&source, "--key", "city", "-p", "64", "--name", "monday"]).expect_success();
    for words in
        ["20,000 of 60,000 records", "blocks over 3 of 4 partitions", "city", "▲ WILL STRAGGLE", "\"New York\" is "]
    {
        assert!(shown.stdout.contains(words), "`{words}` is not in:\n{}", shown.stdout);
    }
    assert_eq!((shown.stderr.as_str(), topic.offsets()), ("", before), "only the report, and nothing is written");
    assert_eq!(groups(), Vec::<String>::new(), "no group is joined");

    let tapes = job::run(&folder, &["tapes"]).expect_success().stdout;
    assert!(tapes.starts_with("monday ") && tapes.contains(" s ") && tapes.contains("MB"), "{tapes}");
    let again = profile(&folder, &["monday", "--key", "city", "-p", "64"]).expect_success();
    assert_eq!(again.stdout, shown.stdout, "the tape says the same");
    assert!(again.stderr.contains("the tape was recorded "), "{}", again.stderr);

    let contract = ["--key", "city", "--top-share-below", "0.1", "--keys-at-least", "640", "--straggler-below", "64:2"];
    let broken = profile(&folder, &[&["monday", "--json"], &contract[..]].concat());
    let said = document(&broken);
    assert_eq!((said["verdict"].as_str(), said["checks"].as_array().map(Vec::len)), (Some("failed"), Some(3)));
    broken.expect_failure(3, &["2 of 3 checks failed", "New York"]);
    let kept = profile(&folder, &["monday", "--key", "city", "--top-share-below", "0.5", "--keys-at-least", "640"]);
    assert!(kept.expect_success().stdout.contains("● pass"));

    assert!(job::run(&folder, &["tapes", "show", "monday"]).expect_success().stdout.contains(&topic.name));
    job::run(&folder, &["tapes", "remove", "mondai"]).expect_failure(2, &["`mondai`", "Did you mean `monday`?"]);
    job::run(&folder, &["tapes", "remove", "monday"]).expect_success();
    assert!(job::run(&folder, &["tapes"]).expect_success().stdout.contains("no tapes"));
}

#[test]
fn files_of_every_format_give_the_same_keys() {
    let folder = workspace::scratch("profile-files");
    fs::write(folder.join("orders.json"), orders(30_000).join("\n") + "\n").unwrap();
    for (format, options) in [("csv", "format csv, header"), ("parquet", "format parquet")] {
        let (from, to) = (folder.join("orders.json"), folder.join(format!("orders.{format}")));
        duck::rows(&format!("copy (from '{}') to '{}' ({options})", from.display(), to.display()));
    }
    for name in ["orders.json", "orders.csv", "orders.parquet", "orders.*"] {
        let all = profile(&folder, &[name, "--rows", "30000", "--key", "city", "-p", "16", "--json"]);
        if name == "orders.*" {
            all.expect_failure(2, &["format"]);
            continue;
        }
        let said = document(&all.expect_success());
        assert_eq!(said["keys"][0]["distinct"], 801, "{name}");
        assert_eq!(said["keys"][0]["top"][0]["count"], 6_000, "{name}");
        assert_eq!((&said["sample"]["whole"], &said["shape"]["records"]), (&true.into(), &30_000.into()), "{name}");
        let some =
            document(&profile(&folder, &[name, "--rows", "2000", "--key", "city,amount", "--json"]).expect_success());
        assert_eq!((&some["sample"]["whole"], &some["representative"]), (&false.into(), &true.into()), "{name}");
        assert_eq!(some["keys"][0]["key"], "city, amount");
        let computed = ["--key", "lower(city) as town, length(city)", "--json"];
        let some = profile(&folder, &[&[name, "--rows", "3000"], &computed[..]].concat()).expect_success();
        assert_eq!(document(&some)["keys"][0]["key"], "lower(city) as town, length(city)");
    }
    let first = profile(&folder, &["orders.json", "--from", "earliest", "--rows", "100"]).expect_success().stdout;
    let words = first.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("FIRST-N SAMPLE — may not represent the stream"), "{first}");
}

#[test]
fn a_baseline_is_pinned_and_a_change_is_found() {
    let folder = workspace::scratch("profile-baseline");
    let moved = |every: u64| -> String {
        let city = |n: u64| if n % 100 < every { "New York".into() } else { format!("c{}", n * 7 % 40) };
        (0..20_000_u64).map(|n| format!("{{\"city\":\"{}\",\"n\":{}}}\n", city(n * 7_919 % 20_011), n % 50)).collect()
    };
    fs::write(folder.join("then.json"), moved(18)).unwrap();
    fs::write(folder.join("same.json"), moved(18)).unwrap();
    fs::write(folder.join("now.json"), moved(28)).unwrap();
    fs::write(folder.join("other.json"), "{\"x\":1}\n".repeat(500)).unwrap();
    profile(&folder, &["then.json", "--pin", "baselines/then.json", "--key", "city"]).expect_success();
    profile(&folder, &["same.json", "--vs", "baselines/then.json"]).expect_success();
    let changed = profile(&folder, &["now.json", "--vs", "baselines/then.json", "--json=now-report.json"]);
    changed.expect_failure(3, &["checks failed", "New York"]);
    let written: Value = serde_json::from_str(&fs::read_to_string(folder.join("now-report.json")).unwrap()).unwrap();
    assert_eq!(written["verdict"], "failed");
    profile(&folder, &["other.json", "--vs", "baselines/then.json"]).expect_failure(2, &["of other data", "city"]);
    profile(&folder, &["then.json", "--vs", "then.json"]).expect_failure(2, &["then.json"]);
    profile(&folder, &["then.json", "--vs", "nowhere.json"]).expect_failure(2, &["nowhere.json"]);
}

#[test]
fn the_page_needs_nothing_else_and_redaction_names_nobody() {
    let folder = workspace::scratch("profile-page");
    fs::write(folder.join("orders.json"), orders(5_000).join("\n")).unwrap();
    let args = ["orders.json", "--key", "city", "-p", "64", "--html", "report.html"];
    profile(&folder, &args).expect_success();
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("New York"), "{}", &page[..200.min(page.len())]);
    for outside in ["<script", "<link", "src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!page.contains(outside), "`{outside}` in the page");
    }
    let hidden = profile(&folder, &[&args[..], &["--redact", "--json=report.json"]].concat()).expect_success().stdout;
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    let json = fs::read_to_string(folder.join("report.json")).unwrap();
    for text in [hidden, page, json] {
        assert!(!text.contains("New York"), "a value of the data is told");
    }
}

#[test]
fn what_cannot_be_profiled_says_why() {
    let folder = workspace::scratch("profile-mistakes");
    fs::write(folder.join("orders.json"), orders(100).join("\n")).unwrap();
    fs::write(folder.join("empty.json"), "").unwrap();
    fs::write(folder.join("torn.parquet"), "PAR1 and nothing else").unwrap();
    let said = |args: &[&str], code: i32, words: &[&str]| {
        let finished = profile(&folder, args);
        assert_eq!(finished.stdout, "", "{args:?}: nothing but an error");
        finished.expect_failure(code, words);
    };
    said(&["orders.json", "--key", "citty"], 2, &["--key: no column `citty`", "did you mean `city`?"]);
    said(
        &["orders.json", "--key", "uper(city)"],
        2,
        &["--key: in SQL text: no function `uper`", "  uper(city)\n  ^", "`upper`"],
    );
    said(&["orders.json", "--key", "upper(citty)"], 2, &["--key: no column `citty`", "did you mean `city`?"]);
    said(&["orders.json", "--key", "upper(city)", "--pin", "b.json"], 2, &["the key `upper(city)` is no column"]);
    said(&["orders.json", "--key", "city,"], 2, &["leaves a column without a name"]);
    said(&["orders.json", "--key", "city", "-p", "0"], 2, &["0 workers"]);
    said(&["orders.json", "--key", "city", "-p", "200000"], 2, &["131,072"]);
    said(&["orders.json", "--target", "flnk"], 2, &["did you mean `flink`?"]);
    said(&["orders.json", "--sort", "nme"], 2, &["did you mean `name`?"]);
    said(&["orders.json", "--rows", "0"], 2, &["--rows"]);
    said(&["orders.json", "--bytes", "much"], 2, &["`much` is not a size"]);
    said(&["orders.json", "--from", "2026-01-02..2026-01-01"], 2, &["is not before"]);
    said(&["orders.json", "--from", "2026-01-01..2026-01-02"], 2, &["no times of their own"]);
    said(&["orders.json", "--top-share-below", "0.1"], 2, &["--key"]);
    said(&["orders.json", "--key", "city", "--top-share-below", "7"], 2, &["a share is a number"]);
    said(&["order.json"], 2, &["no file `order.json`", "`orders.json`"]);
    said(&["monday"], 2, &["neither a file nor a tape"]);
    said(&["http://example.org/orders"], 2, &["cannot read `http://`"]);
    said(&["kafka://localhost"], 2, &["names no topic"]);
    said(&["kafka://127.0.0.1:1/orders"], 4, &["no broker answers at `127.0.0.1:1`"]);
    said(&["empty.json", "--key", "city"], 2, &["nothing to look at"]);
    said(&["torn.parquet"], 4, &["torn.parquet"]);
    let topic = topic("profile-payments", 10);
    let wrong = topic.name.replace("payments", "paiments");
    said(&[&format!("kafka://{}/{wrong}", broker())], 2, &[&wrong, &format!("`{}`", topic.name)]);
    let empty = Topic::create("profile-empty", 2);
    said(&[&format!("kafka://{}/{}", broker(), empty.name), "--key", "city"], 2, &["is empty"]);
    let shown = profile(&folder, &[&format!("kafka://{}/{}", broker(), empty.name)]).expect_success().stdout;
    assert!(shown.contains("the whole topic is empty"), "{shown}");
}

/// Input of the kind that makes tools hang, crash or fill the terminal.
#[test]
fn hostile_records_are_profiled_within_bounds() {
    let folder = workspace::scratch("profile-hostile");
    let wide: String = (0..500).map(|n| format!("\"c{n}\":{n},")).collect();
    let deep = "{\"a\":".repeat(40) + "1" + &"}".repeat(40);
    let huge = format!("{{\"key\":\"{}\",\"n\":1}}", "x".repeat(10 << 20));
    let keys = ["<script>alert(1)</script>", "a\\u0000\\u001b[31mb", "\\u202egnp.exe", "", "null", "🎁", "\\u1f\\n"];
    let mut lines: Vec<String> = keys.iter().map(|key| format!("{{\"key\":\"{key}\",\"n\":1}}")).collect();
    lines.extend(["1", "1.5", "true", "null", "[1]"].map(|key| format!("{{\"key\":{key},\"n\":1}}")));
    lines.extend([deep, huge, format!("{{{wide}\"key\":\"w\"}}")]);
    fs::write(folder.join("hostile.json"), lines.join("\n") + "\n").unwrap();
    fs::write(folder.join("one.json"), "{\"key\":\"a\"}\n").unwrap();
    fs::write(folder.join("nulls.json"), "{\"key\":null}\n".repeat(100)).unwrap();
    fs::write(folder.join("same.json"), "{\"key\":\"same\"}\n".repeat(1_000)).unwrap();
    let megabytes = |n: usize| format!("{{\"key\":\"{}{}\"}}\n", n % 3, "é".repeat(1 << 19));
    fs::write(folder.join("megabytes.json"), (0..12).map(megabytes).collect::<String>()).unwrap();
    let copy = |name: &str, key: &str, rows: u32| {
        let to = folder.join(name);
        duck::rows(&format!(
            "copy (select {key} as key from range({rows}) rows(n)) to '{}' (format parquet)",
            to.display()
        ));
    };
    copy("many.parquet", "'k' || n", 1_000_000);
    copy(
        "binary.parquet",
        "case when n % 3 = 0 then '\\xFF\\x00\\x1B'::blob else unhex(md5((n % 50)::varchar)) end",
        5_000,
    );
    let cases = [
        ("hostile.json", "100000", "1 undecodable (6.7 %)"),
        ("one.json", "1", "1 record"),
        ("nulls.json", "64", "The null key is 100 % of rows"),
        ("same.json", "8", "\"same\" is 100 % of rows"),
        ("megabytes.json", "4", "é…"),
        ("many.parquet", "200", "Group by `key` at 200 workers is fine"),
        ("binary.parquet", "16", "WILL STRAGGLE"),
    ];
    for (name, workers, words) in cases {
        let began = Instant::now();
        let args = [name, "--key", "key", "-p", workers, "--all-rows", "--html", "report.html", "--json=report.json"];
        let shown = profile(&folder, &args).expect_success().stdout;
        let said = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{name}: `{words}` is not in:\n{shown}");
        assert!(shown.len() < 100_000, "{name}: {} bytes of text", shown.len());
        assert!(!shown.contains(['\u{1b}', '\u{0}', '\u{202e}']), "{name}: nothing acts on the terminal");
        let page = fs::read_to_string(folder.join("report.html")).unwrap();
        assert!(!page.contains("<script>alert") && page.len() < 4 << 20, "{name}: {} bytes of HTML", page.len());
        let json: Value = serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap();
        assert!(json["keys"][0]["sentence"].is_string(), "{name}");
        assert!(began.elapsed() < Duration::from_secs(110), "{name}: {:?}", began.elapsed());
    }
}

#[test]
fn all_rows_are_all_rows_of_a_topic_and_of_files() {
    let folder = workspace::scratch("profile-all");
    let rows = orders(50_000);
    fs::write(folder.join("orders.json"), rows.join("\n") + "\n").unwrap();
    let (from, to) = (folder.join("orders.json"), folder.join("orders.parquet"));
    duck::rows(&format!("copy (from '{}') to '{}' (format parquet)", from.display(), to.display()));
    let topic = topic("profile-all", 50_000);
    let source = format!("kafka://{}/{}", broker(), topic.name);
    for source in ["orders.json", "orders.parquet", &source] {
        let shown = profile(&folder, &[source, "--all-rows", "--key", "city", "-p", "64", "--json"]).expect_success();
        let said = document(&shown);
        assert_eq!((&said["shape"]["records"], &said["shape"]["rows"]), (&50_000.into(), &50_000.into()), "{source}");
        assert_eq!((&said["keys"][0]["rows"], &said["keys"][0]["distinct"]), (&50_000.into(), &801.into()), "{source}");
        assert_eq!(said["keys"][0]["top"][0]["count"], 10_000, "{source}");
        assert_eq!((&said["sample"]["whole"], &said["sample"]["records"]), (&true.into(), &50_000.into()), "{source}");
    }
    profile(&folder, &["orders.json", "--all-rows", "--rows", "5"]).expect_failure(2, &["--rows"]);
    profile(&folder, &["orders.json", "--all-rows", "--key", "citty"]).expect_failure(2, &["did you mean `city`?"]);
}

/// All rows of Parquet files are gathered column by column; a sample that happens to be all of them, row by row.
#[test]
fn columns_gathered_side_by_side_give_the_report_of_the_rows() {
    let folder = workspace::scratch("profile-columns");
    let sql = |name: &str, columns: &str| {
        let to = folder.join(name);
        duck::rows(&format!(
            "copy (select {columns} from range(6000) rows(n) order by n) to '{}' (format parquet, row_group_size 2048)",
            to.display()
        ));
    };
    let some = "n, n % 7 = 0 as flag, case when n % 5 > 0 then n % 40 - 20 end as small, (n * 7919 % 100003)::int as big,
        n::float / 3 as single, case when n % 3 > 0 then exp((n % 900) / 100) end as number, (n % 50 / 4)::decimal(9, 2) as price,
        case when n % 11 > 0 then 'city ' || (n % 90) end as city, md5(n::varchar) as id, '' as nothing, null::varchar as never,
        date '2026-01-01' + (n % 500)::int as day, timestamp '2026-01-01' + to_seconds(n - n % 3 * 40) as at";
    sql(
        "a.parquet",
        &format!("{some}, {{'x': n % 3, 'y': case when n % 2 = 0 then 'even' end}} as pair, [n % 4, n % 5] as list"),
    );
    sql("b.parquet", &format!("{some}, n % 9 as later"));
    for source in ["a.parquet", "b.parquet", "?.parquet"] {
        let shape = |args: &[&str]| {
            let mut said = document(&profile(&folder, &[&[source, "--json"], args].concat()).expect_success());
            let shape = said["shape"].take();
            assert_eq!(shape["rows"], if source.starts_with('?') { 12_000 } else { 6_000 }, "{source}");
            shape
        };
        let (rows, columns) = (shape(&["--rows", "12000"]), shape(&["--all-rows"]));
        for (own, other) in columns["columns"].as_array().unwrap().iter().zip(rows["columns"].as_array().unwrap()) {
            if source.starts_with('?') {
                // A preview takes from each file in turn, and fills up the columns that one has not with nulls.
                for name in ["path", "types"] {
                    assert_eq!(own[name], other[name], "{source}");
                }
            } else {
                assert_eq!(own, other, "{source}");
            }
        }
        assert_eq!(columns["columns"].as_array().unwrap().len(), rows["columns"].as_array().unwrap().len(), "{source}");
    }
}

/// `docs/reference/profile-json.md` names the fields of each object; here those of a real document are compared with it.
#[test]
fn the_json_is_as_documented() {
    let folder = workspace::scratch("profile-json");
    let topic = topic("profile-json", 5_000);
    let source = format!("kafka://{}/{}", broker(), topic.name);
    let args = ["--key", "city", "-p", "64", "--top-share-below", "0.1", "--json"];
    let said = document(&profile(&folder, &[&[source.as_str()], &args[..]].concat()));
    let text = fs::read_to_string(workspace::root().join("docs/reference/profile-json.md")).unwrap();
    let documented = |heading: &str| -> Vec<String> {
        let section = text.split("\n## ").find(|section| section.lines().next() == Some(heading));
        let section = section.unwrap_or_else(|| panic!("no section `{heading}`"));
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        rows.map(str::to_owned).collect()
    };
    let objects = [
        ("The document", &said),
        ("SampleNote", &said["sample"]),
        ("ShapeReport", &said["shape"]),
        ("ColumnShape", &said["shape"]["columns"][0]),
        ("EnvelopeShape", &said["shape"]["envelope"]),
        ("KeyReport", &said["keys"][0]),
        ("KeyShare", &said["keys"][0]["top"][0]),
        ("SlotForecast", &said["keys"][0]["slots"]),
        ("CheckResult", &said["checks"][0]),
        ("CurvePoint", &said["keys"][0]["curve"][0]),
        ("TargetForecast", &said["keys"][0]["targets"][0]),
        ("CombinedFactor", &said["keys"][0]["combined"][0]),
        ("PartitionerReport", &said["keys"][0]["partitioner"]),
        ("Fix", &said["keys"][0]["fixes"][0]),
    ];
    for (heading, object) in objects {
        let fields: Vec<&String> = object.as_object().unwrap_or_else(|| panic!("{heading}: {object}")).keys().collect();
        let known = documented(heading);
        let missing: Vec<_> = known.iter().filter(|field| !fields.contains(field)).collect();
        let unknown: Vec<_> = fields.iter().filter(|field| !known.contains(field)).collect();
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "{heading}: documented only {missing:?}, written only {unknown:?}"
        );
    }
}
