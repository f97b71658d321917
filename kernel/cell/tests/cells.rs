//! Real cells through a real compiler: what is printed, returned, kept and said when things go wrong.

use headwater_cell::{Asker, CellOutcome, CellSession, Interrupted, OutputSink, SessionConfig, Stream, Unanswered};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What cells printed, both streams.
#[derive(Default)]
struct Printed(Mutex<String>);

impl OutputSink for Printed {
    fn text(&self, stream: Stream, text: &str) {
        let mut printed = self.0.lock().unwrap();
        if stream == Stream::Stderr {
            printed.push_str("stderr: ");
        }
        printed.push_str(text);
    }

    fn display(&self, id: Option<&str>, mime: &str, body: &str) {
        self.0.lock().unwrap().push_str(&format!("[{} {mime}: {body}]", id.unwrap_or("-")));
    }

    fn update(&self, id: &str, mime: &str, body: &str) {
        self.0.lock().unwrap().push_str(&format!("[{id} again, {mime}: {body}]"));
    }

    fn clear(&self) {
        self.0.lock().unwrap().push_str("[clear]");
    }
}

/// Somebody who answers with the question, or does not answer at all.
struct Parrot;

impl Asker for Parrot {
    fn ask(&self, prompt: &str, is_password: bool) -> Result<String, Unanswered> {
        match prompt {
            "is anybody there?" => Err(Unanswered::Nobody),
            "think!" => Err(Unanswered::Interrupted),
            _ => Ok(format!("{prompt}{}", if is_password { "*" } else { "!" })),
        }
    }
}

/// A first look of rust-analyzer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Notebook {
    session: Arc<CellSession>,
    printed: Arc<Printed>,
    cells: u32,
}

impl Notebook {
    fn start() -> Notebook {
        Notebook::with_templates(None)
    }

    fn with_templates(templates: Option<PathBuf>) -> Notebook {
        let config = SessionConfig {
            runner: PathBuf::from(env!("CARGO_BIN_EXE_headwater-runtime")),
            working_dir: std::env::temp_dir(),
            files: vec![],
            templates,
        };
        let printed = Arc::new(Printed::default());
        let session = Arc::new(CellSession::start(config, Arc::<Printed>::clone(&printed), Arc::new(Parrot)).unwrap());
        Notebook { session, printed, cells: 0 }
    }

    fn execute(&mut self, code: &str) -> CellOutcome {
        self.cells += 1;
        self.session.execute(self.cells, code)
    }

    /// Runs a cell that must succeed; what it printed, and its value as text.
    fn run(&mut self, code: &str) -> (String, Option<String>) {
        let outcome = self.execute(code);
        assert_eq!(outcome.error, None, "`{code}`");
        let value = outcome.results.into_iter().flatten().find(|(mime, _)| mime == "text/plain");
        (self.printed(), value.map(|(_, text)| text))
    }

    /// Runs a cell that must fail; kind and message of its error, and what it printed.
    fn fail(&mut self, code: &str) -> (&'static str, String, String) {
        let error = self.execute(code).error.unwrap_or_else(|| panic!("`{code}` succeeded"));
        (error.ename, error.evalue, self.printed())
    }

    fn printed(&self) -> String {
        std::mem::take(&mut *self.printed.0.lock().unwrap())
    }
}

#[test]
fn cells_print_return_fail_and_go_on() {
    let mut notebook = Notebook::start();
    what_is_printed_comes_through(&mut notebook);
    pipelines_are_at_hand(&mut notebook);
    failures_are_told_once(&mut notebook);
    a_cell_shows_while_it_runs(&mut notebook);
    a_cell_may_ask(&mut notebook);
    a_type_defined_anew_takes_its_variables_along(&mut notebook);
    a_crash_is_told_and_survived(&mut notebook);
    an_endless_loop_is_stopped(&mut notebook);
    pipelines_outlive_the_commands_of_evcxr(&mut notebook);
    let folder = notebook.session.folder().to_owned();
    notebook.session.shutdown();
    assert!(!folder.exists(), "nothing is left behind");
}

fn what_is_printed_comes_through(notebook: &mut Notebook) {
    assert_eq!(notebook.run("1 + 1"), (String::new(), Some("2".to_owned())));
    assert_eq!(notebook.run("print!(\"no newline\");").0, "no newline");
    let raw = "use std::io::Write; std::io::stdout().write_all(b\"half \\xff\")?; std::io::stdout().flush()?;";
    assert_eq!(notebook.run(raw).0, "half \u{fffd}");
    assert_eq!(notebook.run("eprintln!(\"to stderr\");").0, "stderr: to stderr\n");
    assert_eq!(
        notebook.run("let mut line = String::new(); std::io::stdin().read_line(&mut line)?").1.as_deref(),
        Some("0")
    );
    let (printed, _) = notebook.run("for _ in 0..1_000_000 { println!(\"{}\", \"x\".repeat(99)); }");
    assert!(printed.len() < 1_500_000 && printed.contains("MB of output are not shown"), "{} bytes", printed.len());
}

fn pipelines_are_at_hand(notebook: &mut Notebook) {
    notebook.run("let orders = kafka(\"localhost:9092\", \"orders\").json();");
    notebook.run("let paid = orders.filter(col(\"amount\").gt(0));");
    let proposals = notebook.session.complete("paid.fil", 8, PATIENCE).unwrap();
    assert!(proposals.matches.iter().any(|(text, _)| text.starts_with("filter")), "{proposals:?}");
    assert_eq!((proposals.start, proposals.end), (5, 8));
    let known = notebook.session.inspect("paid.filter", 11, PATIENCE).unwrap();
    assert!(known.iter().any(|(mime, text)| mime == "text/plain" && text.contains("filter")), "{known:?}");
}

fn failures_are_told_once(notebook: &mut Notebook) {
    let nothing = String::new;
    let (ename, evalue, printed) = notebook.fail("let before = 1;\nlet wrong: i64 = \"text\";");
    assert_eq!((ename, evalue.as_str(), printed), ("CompileError", "mismatched types (line 2, column 18)", nothing()));
    assert_eq!(notebook.fail("panic!(\"on purpose\");"), ("Panic", "on purpose".to_owned(), nothing()));
    let expected = ("Error", "ParseIntError { kind: InvalidDigit }".to_owned(), nothing());
    assert_eq!(notebook.fail("\"x\".parse::<i32>()?;"), expected);
    notebook.run("fn third(of: &[i32]) -> i32 {\n    of[2]\n}");
    let cell = notebook.cells;
    let error = notebook.execute("third(&[1])").error.unwrap();
    let told = error.traceback.join("\n");
    assert!(told.contains(&format!("cell {cell}, line 2")) && told.contains("of[2]"), "{told}");
    let calls = [
        format!("cell {cell}, line 2  in `third`: of[2]"),
        format!("cell {}, line 1  in the cell: third(&[1])", cell + 1),
    ];
    assert!(calls.iter().all(|call| told.contains(call)), "the way there is told: {told}");
    assert_eq!(notebook.fail(":quit").0, "CommandError");
    assert_eq!(notebook.run("paid.clone(); 7").1.as_deref(), Some("7"), "variables survive all that");
}

fn a_cell_shows_while_it_runs(notebook: &mut Notebook) {
    let cell = r#"print!("a");
display("text/html", "<b>\n</b>");
display_as("bar", "text/plain", "1 %");
println!("b");
update_display("bar", "text/plain", "2 %");
clear_output();
7"#;
    let shown = "a[- text/html: <b>\n</b>][bar text/plain: 1 %]b\n[bar again, text/plain: 2 %][clear]";
    assert_eq!(notebook.run(cell), (shown.to_owned(), Some("7".to_owned())));
}

fn a_cell_may_ask(notebook: &mut Notebook) {
    assert_eq!(
        notebook.run("print!(\"before\");\nlet name = input(\"a\\nb\")?;\nname.clone()"),
        ("before".to_owned(), Some("\"a\\nb!\"".to_owned()))
    );
    assert_eq!(notebook.run("password(\"é\")?").1.as_deref(), Some("\"é*\""));
    let (ename, evalue, _) = notebook.fail("input(\"is anybody there?\")?;");
    assert!(ename == "Error" && evalue.contains("takes no input"), "{ename}: {evalue}");
    for code in ["input(\"think!\")?;", "input(\"think!\").unwrap();"] {
        let (ename, evalue, _) = notebook.fail(code);
        assert_eq!(
            (ename, evalue.as_str()),
            ("KeyboardInterrupt", "the cell was interrupted; variables are kept"),
            "{code}"
        );
    }
    assert_eq!(notebook.run("input(\"think!\").is_err()").1.as_deref(), Some("true"), "a cell may go on without");
    assert_eq!(notebook.run("name").1.as_deref(), Some("\"a\\nb!\""));
}

fn a_type_defined_anew_takes_its_variables_along(notebook: &mut Notebook) {
    notebook.run(
        "#[derive(Debug)] struct Point { x: i32 }\nlet point = Point { x: 1 }; let points = vec![Point { x: 2 }];",
    );
    let (printed, _) = notebook.run("#[derive(Debug)] struct Point { x: i64, y: i64 }");
    assert!(printed.contains("`Point` is defined anew") && printed.contains("`points`"), "{printed}");
    assert_eq!(notebook.fail("point.x").0, "CompileError");
}

fn a_crash_is_told_and_survived(notebook: &mut Notebook) {
    let (ename, evalue, printed) = notebook.fail("println!(\"last words\"); std::process::abort()");
    assert_eq!((ename, printed.as_str()), ("ProcessEnded", "last words\n"));
    assert!(evalue.contains("the cell aborted (signal: 6 (SIGABRT)") && evalue.contains("`orders`"), "{evalue}");
    assert_eq!(notebook.run("third(&[1, 2, 3])").1.as_deref(), Some("3"), "functions are kept");
    assert_eq!(notebook.fail("panic!(\"hooked again\");").1, "hooked again");
    let (ename, evalue, printed) =
        notebook.fail("fn down(n: u64) -> u64 { if n == u64::MAX { 0 } else { down(n + 1) + 1 } }\ndown(0)");
    assert_eq!(ename, "ProcessEnded");
    assert!(evalue.contains("the cell overflowed its stack"), "{evalue}; {printed}");
    let (_, evalue, _) = notebook.fail("std::process::exit(3)");
    assert!(evalue.contains("the cell called `exit` (exit status: 3)"), "{evalue}");
    assert_eq!(notebook.run("third(&[1, 2, 3])").1.as_deref(), Some("3"), "and it goes on");
}

/// Both write the manifest of the cells anew.
fn pipelines_outlive_the_commands_of_evcxr(notebook: &mut Notebook) {
    let (ename, evalue, _) = notebook.fail(":opt fast");
    assert_eq!((ename, evalue.as_str()), ("CommandError", "`:opt` takes a level of optimisation"));
    notebook.run(":opt 1\nlet fast = kafka(\"localhost:9092\", \"orders\").json();");
    let error = notebook.execute(":opt 1\nlet wrong: i64 = \"text\";").error.unwrap();
    assert!(error.evalue.contains("line 2"), "lines keep their numbers: {}", error.evalue);
    notebook.run(":clear");
    notebook.run("let anew = kafka(\"localhost:9092\", \"orders\").json();");
    assert_eq!(notebook.fail("fast").0, "CompileError");
}

fn an_endless_loop_is_stopped(notebook: &mut Notebook) {
    notebook.run("let lost = 1;");
    let session = Arc::clone(&notebook.session);
    let printed = Arc::clone(&notebook.printed);
    let interrupter = std::thread::spawn(move || {
        while !printed.0.lock().unwrap().contains("looping") {
            std::thread::sleep(Duration::from_millis(10));
        }
        session.interrupt()
    });
    let begun = Instant::now();
    let (ename, evalue, _) = notebook.fail("print!(\"looping\"); loop { std::hint::spin_loop(); }");
    assert_eq!(ename, "KeyboardInterrupt");
    assert!(evalue.contains("`lost`"), "{evalue}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!(interrupter.join().unwrap(), Interrupted::Process);
    assert_eq!(notebook.session.interrupt(), Interrupted::Nothing);
    assert_eq!(notebook.run("1").1.as_deref(), Some("1"));
}
