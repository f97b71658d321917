//! The start of the kernel, and its end: warm sessions, several kernels at once, and what a kernel leaves that was killed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use headwater_tests::kernel::Kernel;
use headwater_tests::{process, workspace};
use serde_json::json;

fn family(kernel: &mut Kernel) -> Vec<u64> {
    let family = kernel.ask(&json!({"do": "family"}));
    family["pids"].as_array().unwrap().iter().map(|pid| pid.as_u64().unwrap()).collect()
}

fn of(pid: u64, name: &str) -> PathBuf {
    Path::new("/proc").join(pid.to_string()).join(name)
}

fn runs(pid: u64) -> bool {
    std::fs::read_to_string(of(pid, "stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn program(pid: u64) -> String {
    std::fs::read_to_string(of(pid, "comm")).unwrap_or_default().trim().to_owned()
}

fn session_of(kernel: u64) -> PathBuf {
    std::env::temp_dir().join(format!("headwater-kernel-{kernel}"))
}

#[test]
fn a_kernel_killed_while_it_compiles_leaves_neither_compiler_nor_folder() {
    let mut kernel = Kernel::start(&workspace::scratch("start-killed"));
    kernel.execute("1").expect_ok();
    let background = "let _ = std::process::Command::new(\"sleep\").arg(\"1000\").spawn()?;";
    kernel.execute(background).expect_ok();
    let endless =
        "#[allow(long_running_const_eval)] const SLOW: u64 = { let mut i = 0; while i < 1 << 60 { i += 1; } i };\nSLOW";
    kernel.ask(&json!({"do": "execute", "code": endless, "timeout": 2}));
    let family = process::wait_for("the compiler", Duration::from_secs(60), || {
        Some(family(&mut kernel)).filter(|family| family.iter().any(|pid| program(*pid) == "rustc"))
    });
    let programs: Vec<String> = family.iter().map(|pid| program(*pid)).collect();
    for expected in ["cargo", "rustc", "sleep", "headwater-runt"] {
        assert!(programs.iter().any(|program| program.starts_with(expected)), "no {expected} in {programs:?}");
    }
    assert!(session_of(family[0]).exists());
    let killed = std::process::Command::new("kill").args(["-KILL", &family[0].to_string()]).status().unwrap();
    assert!(killed.success());
    process::wait_for("every process of the kernel to end", Duration::from_secs(10), || {
        family.iter().all(|pid| !runs(*pid)).then_some(())
    });
    process::wait_for("the session's folder to go", Duration::from_secs(5), || {
        (!session_of(family[0]).exists()).then_some(())
    });
}

#[test]
fn a_restart_begins_anew_and_leaves_nothing_of_the_old_session() {
    let mut kernel = Kernel::start(&workspace::scratch("start-restart"));
    kernel.execute("let kept = 7;").expect_ok();
    let old = family(&mut kernel);
    kernel.ask(&json!({"do": "restart"}));
    kernel.execute("kept").expect_error(&["kept"]);
    assert_eq!(kernel.execute("let kept = 8;\nkept").expect_ok().text(), "8");
    assert!(old.iter().all(|pid| !runs(*pid)), "the old kernel is gone with its processes");
    let new = family(&mut kernel);
    assert!(!session_of(old[0]).exists() && session_of(new[0]).exists());
}

#[test]
fn two_kernels_share_a_named_tape() {
    let folder = workspace::scratch("start-two");
    let rows: String = (0..500).map(|row| format!("{{\"city\": \"c{}\", \"amount\": {row}}}\n", row % 7)).collect();
    std::fs::write(folder.join("orders.json"), rows).unwrap();
    let look = "files(\"orders.json\").json().sample(stratified().named(\"shared\"))";
    let tapes = folder.join("tapes");
    let start = || Kernel::start_with(&folder, "tcp", &[("HEADWATER_TAPES", tapes.as_os_str())]);
    let mut kernels = [start(), start()];
    let shown = std::thread::scope(|threads| {
        let looks = kernels.each_mut().map(|kernel| threads.spawn(|| kernel.execute(look).expect_ok().text()));
        looks.map(|look| look.join().unwrap())
    });
    assert!(shown[0].contains("c6"), "{}", shown[0]);
    let rows = |text: &str| text.lines().filter(|line| line.contains(" c")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(rows(&shown[0]), rows(&shown[1]));
    let again = kernels[1].execute(look).expect_ok().text();
    assert_eq!(rows(&again), rows(&shown[0]), "the tape that is kept is one of the two, whole");
}

#[test]
fn a_warm_session_does_not_compile_what_an_earlier_one_has() {
    let folder = workspace::scratch("start-warm");
    let templates = folder.join("templates");
    let start = || Kernel::start_with(&folder, "tcp", &[("HEADWATER_TEMPLATES", templates.as_os_str())]);
    start().execute("let orders = kafka(\"b\", \"t\").json();").expect_ok();
    let kept =
        || -> Vec<PathBuf> { std::fs::read_dir(&templates).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let template = kept();
    assert_eq!(template.len(), 1, "{template:?}");
    let written = || std::fs::metadata(template[0].join("target")).unwrap().created().unwrap();
    let before = written();
    start().execute("let orders = kafka(\"b\", \"t\").json();").expect_ok();
    assert_eq!(
        (kept(), written()),
        (template.clone(), before),
        "cargo found nothing to compile: the template was not replaced"
    );
}
