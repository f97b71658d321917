//! Live views and jobs in the notebook, over the wire: a watch sees what comes while it runs, a job ends with its kernel.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use headwater_tests::kafka::{Topic, groups};
use headwater_tests::kernel::{Executed, Kernel};
use headwater_tests::{process, workspace};
use serde_json::{Value, json};

const VIEW: &str = "application/vnd.headwater.watch+json";

fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

/// Writes orders of now: so many at a time, into the first partitions of a topic.
fn write(topic: &Topic, orders: usize, partitions: u32) {
    let now = now_ms();
    let order =
        |at: usize| format!("{{\"ts\":{now},\"city\":\"{}\",\"amount\":{at}}}", ["Oslo", "Paris", "Rome"][at % 3]);
    let values: Vec<String> = (0..orders).map(order).collect();
    topic.write(values.iter().zip(0_u32..).map(|(value, at)| (at % partitions, None, value.as_bytes())));
}

/// The views of a cell, checked to be one output that was changed in place.
fn views(executed: &Executed) -> Vec<&Value> {
    let outputs = &executed.outputs;
    let id = &outputs[0]["transient"]["display_id"];
    assert!(id.is_string() && outputs[0]["type"] == "display_data", "{:?}", outputs[0]);
    for output in &outputs[1..] {
        assert!(output["type"] == "update_display_data" && output["transient"]["display_id"] == *id, "{output:?}");
    }
    outputs.iter().filter_map(|output| output["data"].get(VIEW)).collect()
}

fn last_text(executed: &Executed) -> &str {
    executed.outputs.last().and_then(|output| output["data"]["text/plain"].as_str()).unwrap_or_default()
}

fn source(topic: &Topic) -> String {
    format!("let orders = kafka(\"{}\", \"{}\").json().event_time(\"ts\", \"1s\");", topic.brokers, topic.name)
}

#[test]
fn a_watch_sees_what_comes_until_it_is_interrupted_and_leaves_nothing() {
    let topic = Topic::create("watched", 2);
    write(&topic, 60, 2);
    let before = groups();
    let mut kernel = Kernel::start(&workspace::scratch("watch"));
    kernel.execute(&format!("{}\nlet kept = 7;", source(&topic))).expect_ok();
    kernel.execute("orders").expect_ok();
    let enough = Arc::new(AtomicBool::new(false));
    let producer = {
        let (topic, enough) = (topic.clone(), Arc::clone(&enough));
        std::thread::spawn(move || {
            while !enough.load(Ordering::SeqCst) {
                write(&topic, 30, 2);
                std::thread::sleep(Duration::from_millis(100));
            }
        })
    };
    let cell =
        "orders.group_by(\"city\").window(tumbling(\"1s\")).agg([count().alias(\"orders\")]).watch().keys(\"city\")";
    let watched = kernel.interrupt_once_shown(cell, Duration::from_secs(5));
    enough.store(true, Ordering::SeqCst);
    let took = watched.interrupt_millis.unwrap();
    assert!(took < 500.0, "the interrupt took {took} ms");
    eprintln!("interrupt of a watch: {took:.0} ms");
    let all = views(&watched);
    let records: Vec<u64> = all.iter().map(|view| view["counts"]["records"].as_u64().unwrap()).collect();
    assert!(records.is_sorted() && *records.last().unwrap() > 200, "{records:?}");
    assert!(records.len() >= 4, "it is shown while records come: {records:?}");
    assert!(records.iter().filter(|records| **records > 0).count() >= 3, "{records:?}");
    let last = last_text(&watched).to_owned();
    for said in [
        "■ watched watched-",
        "until you interrupted it",
        "✓ closed",
        "… open, closes in",
        "city: about 3 different keys",
    ] {
        assert!(last.contains(said), "`{said}` is not in:\n{last}");
    }
    assert_eq!(all.last().unwrap()["end"], "interrupted");
    watched.expect_error(&["nterrupt"]);
    assert_eq!(kernel.execute("kept").expect_ok().text(), "7");
    kernel.execute("orders").expect_ok();
    producer.join().unwrap();
    assert_eq!(groups(), before, "a watch joins no group");
}

#[test]
fn a_flood_is_shown_a_few_times_a_second_in_bounded_memory() {
    let topic = Topic::create("flooded", 3);
    write(&topic, 60, 3);
    let mut kernel = Kernel::start(&workspace::scratch("watch-flood"));
    kernel.execute(&source(&topic)).expect_ok();
    kernel.execute("orders").expect_ok();
    let pid = kernel.ask(&json!({"do": "family"}))["pids"][0].as_u64().unwrap();
    let before = resident_mib(pid);
    let producer = {
        let topic = topic.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(2));
            for _ in 0..20 {
                write(&topic, 10_000, 3);
            }
        })
    };
    // However long the cell takes to compile, all are seen: those of before, too.
    let watched = kernel.execute("orders.watch().since(\"1h\").rows(200_060).stop_after(\"90s\")").expect_ok();
    producer.join().unwrap();
    let all = views(&watched);
    let last = all.last().unwrap();
    assert_eq!(last["counts"]["records"], 200_060, "{last}");
    assert_eq!(last["end"], "rows");
    let most = watched.millis / 1000.0 * 5.0 + 4.0;
    assert!((all.len() as f64) < most, "{} views in {} ms", all.len(), watched.millis);
    assert_eq!(last["rows"].as_array().map(Vec::len), Some(20), "the newest rows");
    let after = resident_mib(pid);
    eprintln!(
        "{} views in {:.0} ms; the kernel had {before} MiB before and {after} MiB after",
        all.len(),
        watched.millis
    );
    assert!(after < before + 400, "{before} MiB before, {after} MiB after");
}

fn resident_mib(pid: u64) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
fn silence_is_told_and_who_holds_windows_back() {
    let topic = Topic::create("silent", 2);
    write(&topic, 20, 1);
    let mut kernel = Kernel::start(&workspace::scratch("watch-silence"));
    kernel.execute(&source(&topic)).expect_ok();
    std::thread::sleep(Duration::from_millis(1_200));
    write(&topic, 1, 1);
    let cell =
        "orders.group_by(\"city\").window(tumbling(\"1s\")).agg(count()).watch().since(\"10m\").stop_after(\"6s\")";
    let watched = kernel.execute(cell).expect_ok();
    let silences: Vec<u64> = views(&watched).iter().map(|view| view["silent_ms"].as_u64().unwrap()).collect();
    assert!(silences.len() >= 5 && *silences.last().unwrap() > 3_000, "it ticks in silence: {silences:?}");
    let last = last_text(&watched);
    for said in [
        "as long as you asked: 21 records",
        "nothing has come for",
        "held back by partition 1, of which nothing has come",
    ] {
        assert!(last.contains(said), "`{said}` is not in:\n{last}");
    }
    kernel.execute("orders.watch().since(\"yesterday\")").expect_error(&["neither a length of time nor an instant"]);
    kernel.execute("orders.watch().keys(\"citty\")").expect_error(&["no column `citty`", "did you mean `city`"]);
}

/// What `%jobs …` shows last.
fn jobs(kernel: &mut Kernel, arguments: &str) -> String {
    last_text(&kernel.execute(&format!("%jobs {arguments}")).expect_ok()).to_owned()
}

fn pid_of(shown: &str) -> u64 {
    shown.split("runs, process ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().parse().unwrap()
}

fn has_ended(pid: u64) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z ")
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("jobs/copy/job.log")).unwrap_or_default()
}

#[test]
fn a_job_is_run_watched_and_stopped_from_the_notebook_and_ends_with_its_kernel() {
    let (topic, out) = (Topic::create("jobs", 2), Topic::create("jobs-out", 2));
    write(&topic, 300, 2);
    let folder = workspace::scratch("jobs-magic");
    let mut kernel = Kernel::start(&folder);
    assert!(jobs(&mut kernel, "").starts_with("No jobs yet"));
    kernel.execute(&source(&topic)).expect_ok();
    let export = format!("orders.to_kafka(\"{}\", \"{}\").export(\"jobs/copy\")", out.brokers, out.name);
    kernel.execute(&export).expect_ok();
    assert!(jobs(&mut kernel, "").contains("was never run"));
    kernel.execute("%jobs stop jobs/copy").expect_error(&["does not run"]);
    kernel.execute("%jobs run jobs/nowhere").expect_error(&["is not a job folder"]);

    let pid = pid_of(&jobs(&mut kernel, "run jobs/copy"));
    kernel.execute("%jobs run jobs/copy").expect_error(&["runs already"]);
    process::wait_for("the rows of the job", Duration::from_secs(30), || (out.count() == 300).then_some(()));
    let watched = kernel.execute("%jobs watch jobs/copy --for 4s").expect_ok();
    assert!(watched.outputs.len() >= 3, "{} outputs", watched.outputs.len());
    let last = last_text(&watched);
    for said in
        ["■ copy runs", "as long as you asked", "records read       300", "rows written       300", "Job starts."]
    {
        assert!(last.contains(said), "`{said}` is not in:\n{last}");
    }
    let stopped = kernel.interrupt_once_shown("%jobs watch jobs/copy", Duration::from_millis(1_500));
    let took = stopped.interrupt_millis.unwrap();
    assert!(took < 500.0, "the interrupt took {took} ms");
    stopped.expect_error(&["nterrupt"]);
    assert!(!has_ended(pid), "an interrupt of a cell ends no job");

    let stopped = jobs(&mut kernel, "stop jobs/copy");
    assert!(stopped.contains("copy is stopped") && !stopped.contains("none"), "with a checkpoint:\n{stopped}");
    assert!(has_ended(pid) && jobs(&mut kernel, "log jobs/copy -n 1").contains("Job was stopped"));

    write(&topic, 30, 2);
    let finished = jobs(&mut kernel, "run jobs/copy --until-end");
    assert!(finished.contains("reached the end of its source"), "{finished}");
    assert_eq!(out.count(), 330, "it went on from its checkpoint");

    let pid = pid_of(&jobs(&mut kernel, "run jobs/copy"));
    kernel.ask(&json!({"do": "shutdown"}));
    process::wait_for("the job to end with the kernel", Duration::from_secs(10), || has_ended(pid).then_some(()));
    assert!(log(&folder).contains("Job was stopped"), "with a checkpoint:\n{}", log(&folder));
}

#[test]
fn a_job_ends_when_its_kernel_is_killed_and_a_job_that_fails_says_why() {
    let topic = Topic::create("jobs-killed", 1);
    write(&topic, 30, 1);
    let folder = workspace::scratch("jobs-killed");
    let mut kernel = Kernel::start(&folder);
    kernel.execute(&source(&topic)).expect_ok();
    let export = |to: &str| format!("orders.to_files(\"{}\").export(\"jobs/copy\")", folder.join(to).display());
    kernel.execute(&export("out")).expect_ok();
    let gone = format!("orders.to_kafka(\"{}\", \"no-such-topic\").export(\"jobs/gone\")", topic.brokers);
    kernel.execute(&gone).expect_ok();
    kernel.execute("%jobs run jobs/gone").expect_error(&[
        "the job gone failed",
        "no topic `no-such-topic`",
        "%jobs log jobs/gone",
    ]);
    assert!(jobs(&mut kernel, "").contains("no topic `no-such-topic`"), "{}", jobs(&mut kernel, ""));

    let pid = pid_of(&jobs(&mut kernel, "run jobs/copy"));
    let kernel_pid = kernel.ask(&json!({"do": "family"}))["pids"][0].as_u64().unwrap();
    let killed = std::process::Command::new("kill").args(["-KILL", &kernel_pid.to_string()]).status().unwrap();
    assert!(killed.success());
    process::wait_for("the job to end with the kernel", Duration::from_secs(10), || has_ended(pid).then_some(()));
    assert!(log(&folder).contains("Job was stopped"), "with a checkpoint:\n{}", log(&folder));
}
