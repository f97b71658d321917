//! Bad input: each is answered by an error that says what, where and what to do next, and nothing is lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use headwater::prelude::*;
use headwater_tests::job::{self, Running};
use headwater_tests::kafka::{Topic, broker};
use headwater_tests::kernel::Kernel;
use headwater_tests::{process, workspace};

fn written(name: &str, values: &[&str]) -> Topic {
    let topic = Topic::create(name, 2);
    topic.write((0..).zip(values).map(|(n, value)| (n % 2, None, value.as_bytes())));
    topic
}

/// A job over a topic of two good orders and a broken one, exported to `folder/job`; and its topic.
fn small_job(folder: &Path) -> (PathBuf, Topic) {
    let values = [r#"{"city":"Oslo","amount":1.5}"#, r#"{"city":"Bergen","amount":2}"#, r#"{"city":"#];
    let topic = written("bad-input-job", &values);
    let orders = kafka(broker(), &topic.name).json().schema("city STRING, amount DOUBLE");
    (job::export(folder, "job", &orders.filter(col("amount").gt(0)).print()), topic)
}

#[test]
fn sources_that_are_not_there() {
    let mut kernel = Kernel::start(&workspace::scratch("bad-sources"));
    kernel.execute("1").expect_ok();

    let began = Instant::now();
    kernel.execute("kafka(\"127.0.0.1:1\", \"orders\").json()").expect_error(&["127.0.0.1:1"]);
    assert!(began.elapsed() < Duration::from_secs(6), "told after {:?}", began.elapsed());

    let topic = written("bad-payments", &["{\"a\":1}"]);
    let wrong = topic.name.replace("payments", "paiments");
    let cell = format!("kafka(\"{}\", \"{wrong}\").json()", broker());
    kernel.execute(&cell).expect_error(&[&format!("`{wrong}`"), &format!("`{}`", topic.name)]);

    let empty = Topic::create("bad-empty", 3);
    let shown = kernel.execute(&format!("kafka(\"{}\", \"{}\").json()", broker(), empty.name)).expect_ok();
    assert!(shown.text().contains("empty"), "{}", shown.text());

    kernel.execute("files(\"nowhere/orders.json\").json()").expect_error(&["nowhere/orders.json"]);
    kernel.execute("files(\"nowhere/*.json\").json()").expect_error(&["nowhere/*.json"]);
}

#[test]
fn records_that_are_all_broken() {
    let mut kernel = Kernel::start(&workspace::scratch("bad-records"));
    let broken = written("bad-records", &["{\"city\":", "no json", "[1]", "{\"city\" 5}"]);
    let cell = format!("kafka(\"{}\", \"{}\").json()", broker(), broken.name);
    let answer = kernel.execute(&cell);
    let said = format!("{}\n{}\n{}", answer.text(), answer.evalue, answer.traceback.join("\n"));
    let shown =
        ["{\"city\":", "no json", "[1]", "{\"city\" 5}"].iter().filter(|record| said.contains(**record)).count();
    assert!(shown >= 3, "three of them are shown:\n{said}");
    assert!(said.contains("JSON"), "and why they do not decode:\n{said}");
}

#[test]
fn files_that_are_damaged_half_way() {
    let folder = workspace::scratch("bad-files");
    let rows: String = (0..1_000).map(|n| format!("{{\"city\":\"c{n}\",\"amount\":{n}}}\n")).collect();
    let whole = rows.lines().take(500).map(str::len).sum::<usize>() + 500;
    fs::write(folder.join("cut.json"), &rows[..whole + 9]).unwrap();
    headwater_tests::duck::rows(&format!(
        "copy (select range as a from range(100000)) to '{}' (format parquet)",
        folder.join("whole.parquet").display()
    ));
    let parquet = fs::read(folder.join("whole.parquet")).unwrap();
    fs::write(folder.join("cut.parquet"), &parquet[..parquet.len() / 2]).unwrap();

    let mut kernel = Kernel::start(&folder);
    let shown = kernel.execute("files(\"cut.json\").json()").expect_ok();
    assert!(
        shown.text().contains("1 of 501 records"),
        "the line that was cut is told, the rest is shown:\n{}",
        shown.text()
    );
    kernel.execute("files(\"cut.parquet\").parquet()").expect_error(&["cut.parquet"]);
}

#[test]
fn pipelines_that_cannot_run_name_the_step_and_the_line() {
    let mut kernel = Kernel::start(&workspace::scratch("bad-pipelines"));
    let topic = written(
        "bad-pipelines",
        &[r#"{"city":"Oslo","amount":1.5,"ts":1000}"#, r#"{"city":"Bergen","amount":2,"ts":2000}"#],
    );
    kernel.execute(&format!("let orders = kafka(\"{}\", \"{}\").json();", broker(), topic.name)).expect_ok();

    let cell = "let fine = orders\n    .filter(col(\"amout\").gt(0));\nfine";
    kernel.execute(cell).expect_error(&["`amout`", "did you mean `amount`", "`filter`", "line 2"]);
    kernel.execute("orders.with_columns([(col(\"city\") * 2).alias(\"x\")])").expect_error(&["`city`", "STRING"]);
    let cell = "orders.group_by([\"city\"]).window(tumbling(\"1m\")).agg([count()])";
    kernel.execute(cell).expect_error(&["event_time"]);
    kernel.execute("orders.event_time(\"ts\", \"soon\")").expect_error(&["soon"]);
    let cell = "orders.print().exactly_once().export(\"job\")";
    kernel.execute(cell).expect_error(&["exactly_once", "at_least_once"]);
}

#[test]
fn a_folder_with_another_pipeline_is_not_overwritten() {
    let folder = workspace::scratch("bad-export");
    let mut kernel = Kernel::start(&folder);
    let topic = written("bad-export", &[r#"{"city":"Oslo","amount":1.5}"#]);
    let cell =
        format!("let orders = kafka(\"{}\", \"{}\").json();\norders.print().export(\"job\")", broker(), topic.name);
    kernel.execute(&cell).expect_ok();
    let before = fs::read(folder.join("job/plan.json")).unwrap();
    let other = "orders.filter(col(\"amount\").gt(1))";
    kernel.execute(&format!("{other}.print().export(\"job\")")).expect_error(&["holds another pipeline", "overwrite"]);
    assert_eq!(fs::read(folder.join("job/plan.json")).unwrap(), before);
    kernel.execute(&format!("{other}.print().overwrite().export(\"job\")")).expect_ok();
    assert_ne!(fs::read(folder.join("job/plan.json")).unwrap(), before);
}

#[test]
fn a_job_folder_that_was_changed_is_refused() {
    let folder = workspace::scratch("bad-folder");
    let (exported, _) = small_job(&folder);
    job::run(&folder, &["run", "job", "--until-end"]).expect_success();

    let settings = fs::read_to_string(exported.join("job.toml")).unwrap();
    job::set(&exported, "interval =", "intervall =");
    let line = settings.lines().position(|line| line.starts_with("interval =")).unwrap() + 1;
    job::run(&folder, &["run", "job"])
        .expect_failure(2, &["job.toml", &format!("line {line}"), "`intervall`", "did you mean `interval`"]);
    fs::write(exported.join("job.toml"), &settings).unwrap();

    job::set(&exported, "guarantee = \"at_least_once\"", "guarantee = \"exactly_once\"");
    job::run(&folder, &["run", "job"]).expect_failure(2, &["exactly_once", "at_least_once"]);
    fs::write(exported.join("job.toml"), &settings).unwrap();

    let plan = fs::read_to_string(exported.join("plan.json")).unwrap();
    fs::write(exported.join("plan.json"), plan.replacen("amount", "amounts", 1)).unwrap();
    job::run(&folder, &["run", "job"]).expect_failure(2, &["plan.json", "edited"]);
}

#[test]
fn a_checkpoint_that_is_damaged_or_of_another_plan_is_refused() {
    let folder = workspace::scratch("bad-checkpoint");
    let (exported, topic) = small_job(&folder);
    job::set(&exported, "interval = \"10s\"", "interval = \"100ms\"");
    let running = Running::start(&folder, "first", &["run", "job"]);
    let newest = || {
        let mut files: Vec<PathBuf> =
            fs::read_dir(exported.join("checkpoints")).ok()?.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.is_file());
        files.sort();
        files.pop()
    };
    process::wait_for("a checkpoint", Duration::from_secs(30), newest);
    let (status, log) = running.stop();
    assert!(status.success(), "{log}");

    let whole = newest().map(|path| fs::read(&path).unwrap()).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(newest().unwrap(), damaged).unwrap();
    job::run(&folder, &["run", "job", "--until-end"]).expect_failure(5, &["checkpoint", "damaged"]);
    fs::write(newest().unwrap(), whole).unwrap();

    let orders = kafka(broker(), &topic.name).json().schema("city STRING, amount DOUBLE");
    job::export(&folder, "other", &orders.filter(col("amount").gt(1)).print());
    fs::remove_dir_all(folder.join("other/checkpoints")).ok();
    let copied =
        Command::new("cp").arg("-r").args([exported.join("checkpoints"), folder.join("other/checkpoints")]).status();
    assert!(copied.unwrap().success());
    job::run(&folder, &["run", "other", "--until-end"])
        .expect_failure(5, &["is of pipeline", "another checkpoint folder"]);
}

#[test]
fn a_job_without_its_broker_says_so() {
    let folder = workspace::scratch("bad-broker");
    let (exported, _) = small_job(&folder);
    job::set(&exported, &format!("# brokers = \"{}\"", broker()), "brokers = \"127.0.0.1:1\"");
    let began = Instant::now();
    job::run(&folder, &["run", "job", "--until-end"]).expect_failure(4, &["127.0.0.1:1"]);
    assert!(began.elapsed() < Duration::from_secs(8), "told after {:?}", began.elapsed());
    let missing = kafka(broker(), "bad-broker-nothing").json().schema("a INT");
    job::export(&folder, "missing", &missing.print());
    job::run(&folder, &["run", "missing", "--until-end"]).expect_failure(2, &["`bad-broker-nothing`"]);
}

#[test]
fn a_full_disk_stops_the_job_and_loses_nothing() {
    let folder = workspace::scratch("bad-disk");
    let (exported, _) = small_job(&folder);
    // Linux has a device that is always full. First it is the standard output, then the file of the dead letters.
    let mut command = Command::new(workspace::binary("headwater"));
    command.args(["run", "job", "--until-end"]).current_dir(&folder);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("No space left") || said.contains("full"), "{said}");

    job::set(&exported, "path = \"dead-letters.json\"", "path = \"/dev/full\"");
    job::run(&folder, &["run", "job", "--until-end"]).expect_failure(4, &["/dev/full"]);

    // With room again, the same job gives everything: nothing was committed past what was written.
    job::set(&exported, "path = \"/dev/full\"", "path = \"dead-letters.json\"");
    let rows = job::run(&folder, &["run", "job", "--until-end"]).expect_success().stdout;
    assert!(rows.contains("Oslo") && rows.contains("Bergen"), "{rows}");
    let dead = fs::read_to_string(exported.join("dead-letters.json")).unwrap();
    assert!(dead.lines().count() >= 1, "it is kept, by the first run and by the last (at least once)");
    assert!(dead.lines().all(|line| line.contains("broken JSON")), "{dead}");
}
