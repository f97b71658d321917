//! The command, as its users meet it: the sandbox, generated orders, and what it says of a job.

use std::fs;
use std::path::Path;
use std::time::Duration;

use headwater_tests::job::{self, Running};
use headwater_tests::kafka::{Received, Topic, broker};
use headwater_tests::kernel::Kernel;
use headwater_tests::{process, workspace};

fn generate(topic: &Topic, rows: &str, folder: &Path) {
    let args = ["generate", "orders", "--brokers", &topic.brokers, "--topic", &topic.name, "--rows", rows];
    job::run(folder, &args).expect_success();
}

#[test]
fn what_is_wrong_with_a_command_is_a_usage_error() {
    let folder = workspace::scratch("cli-usage");
    let help = job::run(&folder, &["--help"]).expect_success().stdout;
    for command in ["run", "check", "explain", "preview", "sandbox", "generate"] {
        assert!(help.contains(command), "`{command}` is not in:\n{help}");
    }
    job::run(&folder, &["runn", "job"]).expect_failure(2, &["run"]);
    job::run(&folder, &["run", "nowhere"]).expect_failure(2, &["`nowhere`"]);
}

#[test]
fn generated_orders_are_always_the_same_and_full_of_trouble() {
    let folder = workspace::scratch("cli-generate");
    let (one, two) = (Topic::create("cli-orders", 6), Topic::create("cli-orders", 6));
    generate(&one, "20000", &folder);
    generate(&two, "20000", &folder);
    let records = |topic: &Topic| -> Vec<(i32, Option<String>, Vec<u8>)> {
        topic.read().into_iter().map(|record: Received| (record.partition, record.key, record.value)).collect()
    };
    let (first, second) = (records(&one), records(&two));
    assert!(first == second, "the same rows give the same records");
    assert!(first.len() >= 20_000, "{} records", first.len());
    assert!(first.iter().all(|(partition, ..)| *partition != 5), "partition 5 stays empty");
    let broken = first.iter().filter(|(.., value)| serde_json::from_slice::<serde_json::Value>(value).is_err()).count();
    assert!(broken > 10, "{broken} broken records");
    let has = |text: &str| first.iter().any(|(.., value)| String::from_utf8_lossy(value).contains(text));
    assert!(has("New York") && has("2099") && has("null"));
}

#[test]
fn the_sandbox_serves_orders_and_goes_on() {
    let folder = workspace::scratch("cli-sandbox");
    let args = ["sandbox", "--listen", "127.0.0.1:0", "--write-brokers", "brokers"];
    let sandbox = Running::start(&folder, "sandbox", &args);
    let brokers = process::wait_for("the sandbox's address", Duration::from_secs(30), || {
        fs::read_to_string(folder.join("brokers")).ok().filter(|text| !text.is_empty())
    });
    process::wait_for("it to say where it listens", Duration::from_secs(30), || {
        sandbox.log().contains(brokers.trim()).then_some(())
    });
    let orders = Topic::at(brokers.trim(), "orders", 6);
    let there =
        process::wait_for("orders", Duration::from_secs(30), || Some(orders.count()).filter(|count| *count > 1_000));
    process::wait_for("more orders", Duration::from_secs(30), || (orders.count() > there).then_some(()));
    let (status, log) = sandbox.stop();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn a_job_is_explained_previewed_and_checked() {
    let folder = workspace::scratch("cli-job");
    let topic = Topic::create("cli-job", 6);
    generate(&topic, "5000", &folder);
    let mut kernel = Kernel::start(&folder);
    let cell = format!(
        r#"let busy = kafka("{}", "{}").json().event_time("ts", "10s").idle_after("30s")
    .filter(col("amount").gt(0)).group_by(["city"]).window(tumbling("1m")).agg([count().alias("orders")]);
busy.print().with_sample().export("job")"#,
        broker(),
        topic.name
    );
    kernel.execute(&cell).expect_ok();

    let settings = fs::read_to_string(folder.join("job/job.toml")).unwrap();
    let fingerprint = settings.split("fingerprint = \"").nth(1).unwrap().split('"').next().unwrap();
    let explained = job::run(&folder, &["explain", "job"]).expect_success().stdout;
    for word in [&topic.name, "event_time", "filter", "group_by", &fingerprint[..12]] {
        assert!(explained.contains(word), "`{word}` is not in:\n{explained}");
    }
    let shown = kernel.execute("busy").expect_ok().text();
    assert!(shown.contains(&fingerprint[..12]), "the notebook shows the same fingerprint:\n{shown}");
    let preview = job::run(&folder, &["preview", "job"]).expect_success().stdout;
    assert!(preview.contains("window_start") && preview.contains("New York"), "{preview}");

    job::run(&folder, &["check", "job"]).expect_success();
    let expected = folder.join("job/sample/expected.json");
    let answer = fs::read_to_string(&expected).unwrap();
    fs::write(&expected, answer.replacen("\"orders\":", "\"orders\":9", 1)).unwrap();
    let differs = job::run(&folder, &["check", "job"]);
    assert_eq!(differs.code, Some(3), "{}\n{}", differs.stdout, differs.stderr);
    let running = job::run(&folder, &["run", "job", "--until-end"]).expect_success();
    assert!(running.stdout.contains("New York"), "a print sink writes rows to standard output");
    assert!(running.stderr.contains(&fingerprint[..12]), "the log names the fingerprint:\n{}", running.stderr);
}
