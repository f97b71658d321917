//! What users of Rust kernels have complained of for years, each as a test; `docs/reference/complaints.md` says which is which, and what
//! cannot be answered.

use headwater_tests::kernel::Kernel;
use headwater_tests::workspace;
use serde_json::json;

fn kernel(name: &str) -> Kernel {
    Kernel::start(&workspace::scratch(name))
}

/// evcxr #303, #157: `print!` was invisible until a newline came.
#[test]
fn half_a_line_is_seen_while_the_cell_runs() {
    let mut kernel = kernel("complaints-partial");
    kernel.execute("1").expect_ok();
    let cell =
        "print!(\"half a line\"); std::thread::sleep(std::time::Duration::from_secs(2)); println!(\", and its end\");";
    let said = kernel.execute(cell).expect_ok();
    assert_eq!(said.stdout, "half a line, and its end\n");
    let first = said.first_output.unwrap();
    assert!(first + 1_500.0 < said.millis, "it came after {first} of {} ms", said.millis);
    // evcxr #331: what ended without a newline was glued to the kernel's own words, and the cell never ended.
    let glued = "print!(\"no end\"); std::io::Write::flush(&mut std::io::stdout())?;";
    assert_eq!(kernel.execute(glued).expect_ok().stdout, "no end");
    let bytes = "std::io::Write::write_all(&mut std::io::stdout(), b\"caf\\xc3\\xa9 \\xff\\xfe.\")?;";
    assert_eq!(kernel.execute(bytes).expect_ok().stdout, "café \u{fffd}\u{fffd}.");
}

/// evcxr #303: a progress bar draws its line again and again, with `\r`.
#[test]
fn a_progress_bar_moves() {
    let mut kernel = kernel("complaints-progress");
    kernel.execute("1").expect_ok();
    let cell = "for done in 0..=4 {\n    print!(\"\\r{}0 %\", done * 2);\n    std::thread::sleep(std::time::Duration::from_millis(400));\n}";
    let bar = kernel.execute(cell).expect_ok();
    assert_eq!(bar.stdout, "\r00 %\r20 %\r40 %\r60 %\r80 %", "every step arrives as it was printed");
    assert!(bar.first_output.unwrap() + 1_200.0 < bar.millis, "the first step is seen while the others are to come");
}

/// evcxr #353, #400, #402, #403, #414: output came after the end of its cell, or never, and the end was lost. Cells of every kind in a row.
#[test]
fn output_belongs_to_its_cell_and_comes_before_its_end() {
    let mut kernel = kernel("complaints-races");
    kernel.execute("1").expect_ok();
    let kinds = ["println!(\"{n}\");", "{n}", "eprintln!(\"{n}\");", "display(\"text/html\", \"{n}\");"];
    let cells: Vec<String> = (0..40).map(|n: usize| kinds[n % 4].replace("{n}", &format!("{n}"))).collect();
    let told = kernel.ask(&json!({"do": "queue", "cells": cells}));
    assert_eq!(told["late"], json!([]), "nothing after the end of its cell");
    for (n, cell) in told["cells"].as_array().unwrap().iter().enumerate() {
        let shown = ["stream", "execute_result", "stream", "display_data"][n % 4];
        assert_eq!(cell["kinds"], json!(["busy", "execute_input", shown, "idle"]), "cell {n}");
    }
    // A thread goes on after its cell: what it says is seen then, and the next cell runs.
    kernel.execute("std::thread::spawn(|| { for _ in 0..100 { println!(\"from behind\"); std::thread::sleep(std::time::Duration::from_millis(2)); } });").expect_ok();
    assert_eq!(kernel.execute("std::thread::sleep(std::time::Duration::from_millis(300)); 7").expect_ok().text(), "7");
}

/// evcxr #331, #227: a static is compiled into every cell again, so each has its own. What is kept in a variable is one thing.
#[test]
fn what_cells_share_is_kept_in_variables() {
    let mut kernel = kernel("complaints-statics");
    kernel.execute("use std::sync::atomic::{AtomicU32, Ordering};\nlet count: &'static AtomicU32 = Box::leak(Box::new(AtomicU32::new(0)));").expect_ok();
    kernel.execute("count.fetch_add(1, Ordering::Relaxed);").expect_ok();
    assert_eq!(
        kernel.execute("count.fetch_add(1, Ordering::Relaxed); count.load(Ordering::Relaxed)").expect_ok().text(),
        "2"
    );
}

/// evcxr #137, #145, #109, #344: closures and iterators cannot be kept as they are, for their types have no name; boxed they can.
#[test]
fn closures_are_kept_in_boxes() {
    let mut kernel = kernel("complaints-closures");
    kernel.execute("let base = 40;\nlet add: Box<dyn Fn(i64) -> i64 + Send> = Box::new(move |x| base + x);\nlet mut numbers: Box<dyn Iterator<Item = i64>> = Box::new((0..9).filter(|n| n % 2 == 0));").expect_ok();
    assert_eq!(kernel.execute("add(2) + numbers.nth(1).unwrap()").expect_ok().text(), "44");
    assert_eq!(kernel.execute("numbers.next()").expect_ok().text(), "Some(4)");
    // Without a box the message says which variable, and what to do.
    let told = kernel.execute("let sum = |x: i64| x + 1;").expect_error(&["sum"]);
    assert!(!told.traceback.join("\n").contains("evcxr_variable_store"), "{:?}", told.traceback);
    assert_eq!(kernel.execute("base").expect_ok().text(), "40");
}

/// evcxr #212, #339, #154, #257: errors spoke of generated code, or of no line at all.
#[test]
fn errors_point_at_the_line_of_the_cell() {
    let mut kernel = kernel("complaints-errors");
    kernel.execute("fn third(v: &[i64]) -> i64 {\n    let index = v.len() + 2;\n    v[index]\n}").expect_ok();
    let wrong = kernel
        .execute("let a = 1;\nlet b = 2;\nlet c: String = a + b;\nlet d = 4;")
        .expect_error(&["mismatched types"]);
    let text = wrong.traceback.join("\n");
    assert!(text.contains("let c: String = a + b;") && text.contains('3'), "line 3 and its code: {text}");
    assert!(!text.contains("src/lib.rs") && !text.contains("evcxr"), "nothing of what was generated: {text}");
    let panicked = kernel.execute("let v = vec![1];\nthird(&v)").expect_error(&["index out of bounds"]);
    assert_eq!(panicked.ename, "Panic", "{:?}", panicked.traceback);
}

/// evcxr #245: the second use of an async runtime failed.
#[test]
fn what_is_async_runs_a_second_time() {
    let mut kernel = kernel("complaints-async");
    // The first cell that awaits makes evcxr add tokio, whose source cargo has from the build of this workspace.
    let spawn = |x: i64| {
        format!("let task = tokio::spawn(async move {{ tokio::task::yield_now().await; {x} * 2 }});\ntask.await?")
    };
    assert_eq!(kernel.execute("std::future::ready(1).await").expect_ok().text(), "1");
    assert_eq!(kernel.execute(&spawn(4)).expect_ok().text(), "8");
    assert_eq!(kernel.execute(&spawn(21)).expect_ok().text(), "42");
}
