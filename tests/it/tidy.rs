//! The laws of the house (docs/ARCHITECTURE.md, "Invariants") as far as a reader of the files can see them.

use std::process::Command;

use headwater_tests::tidy::{FILE_LINES, FUNCTION_LINES, SourceFile, files};
use headwater_tests::workspace;

/// Fails with all that breaks one law.
fn none(law: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{law}:\n  {}", broken.join("\n  "));
}

fn rust() -> Vec<SourceFile> {
    let files = files(&["rs"]);
    assert!(files.len() > 20, "git lists the sources");
    files
}

#[test]
fn the_plan_has_no_dependency() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-p", "headwater", "-e", "normal,build", "--prefix", "none"])
        .current_dir(workspace::root())
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    assert_eq!(tree.lines().count(), 1, "cells compile `headwater`, so it has no dependency:\n{tree}");
    assert!(tree.starts_with("headwater v"), "{tree}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_engine_does_not_know_jupyter() {
    let engine =
        rust().into_iter().chain(files(&["toml"])).filter(|file| file.path.starts_with("engine") && !file.is_test());
    let knows = |file: &SourceFile| {
        let text = file.text.to_lowercase();
        // The names of the method and the variable by which a cell hands its plan over belong to one file and its callers.
        file.name() != "engine/plan/src/display.rs"
            && (text.contains("jupyter") || text.replace("evcxr_display", "").contains("evcxr"))
    };
    none(
        "only engine/plan/src/display.rs may know who runs the cell",
        engine.filter(knows).map(|file| file.name()).collect(),
    );
}

#[test]
fn the_protocol_knows_neither_cells_nor_streams() {
    let protocol = files(&["rs", "toml"]).into_iter().filter(|file| file.path.starts_with("kernel/jupyter"));
    let knows = |file: &SourceFile| {
        ["evcxr", "polars", "rdkafka", "headwater_exec", "headwater-exec"].iter().any(|word| file.text.contains(word))
    };
    none("kernel/jupyter speaks the protocol, no more", protocol.filter(knows).map(|file| file.name()).collect());
}

#[test]
fn operators_do_no_io_and_read_no_clock() {
    let operators =
        rust().into_iter().filter(|file| file.path.starts_with("engine/exec/src/operators") && !file.is_test());
    let words =
        ["std::fs", "std::net", "std::time::Instant", "Instant::now", "SystemTime", "Utc::now", "rdkafka", "println!"];
    let broken = operators.flat_map(|file| {
        let found =
            words.iter().filter(|word| file.product().contains(**word)).map(|word| format!("{}: {word}", file.name()));
        found.collect::<Vec<_>>()
    });
    none("operators are pure", broken.collect());
}

#[test]
fn every_file_says_what_it_is_for() {
    let all = files(&["rs", "sh", "py"]).into_iter().filter(|file| !file.text.is_empty());
    none(
        "the first line says what a file is for",
        all.filter(|file| !file.says_what_it_is_for()).map(|file| file.name()).collect(),
    );
}

#[test]
fn files_are_short() {
    let long = rust().into_iter().filter_map(|file| {
        let lines = if file.is_test() { 0 } else { file.product().lines().count() };
        (lines > FILE_LINES).then(|| format!("{}: {lines}", file.name()))
    });
    none("at most 600 lines a file, tests apart", long.collect());
}

#[test]
fn functions_are_short() {
    let long = rust().into_iter().filter(|file| !file.is_test()).flat_map(|file| {
        let long = file.functions().into_iter().filter(|function| function.lines > FUNCTION_LINES);
        long.map(|function| format!("{}:{} {}: {}", file.name(), function.line, function.name, function.lines))
            .collect::<Vec<_>>()
    });
    none("at most 60 lines of code a function", long.collect());
}

#[test]
fn rooms_have_names() {
    let nameless = ["utils", "util", "common", "helpers", "helper", "misc", "imp"];
    let broken = rust().into_iter().filter(|file| {
        let mut parts = file.path.iter().map(|part| part.to_string_lossy());
        parts.any(|part| nameless.contains(&part.trim_end_matches(".rs")))
    });
    none("no module is called utils, common, helpers or misc", broken.map(|file| file.name()).collect());
}

#[test]
fn nothing_unfinished_is_left() {
    let marks = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("db", "g!("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
    ];
    let broken = files(&["rs", "py", "sh", "toml"]).into_iter().flat_map(|file| {
        let found =
            marks.iter().filter(|mark| file.text.contains(**mark)).map(|mark| format!("{}: {mark}", file.name()));
        found.collect::<Vec<_>>()
    });
    none("what is there is finished", broken.collect());
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let broken = rust().into_iter().flat_map(|file| {
        let attributes = file.text.match_indices("#[").chain(file.text.match_indices("#![")).filter_map(|(at, _)| {
            let starts_line = file.text[..at].lines().next_back().unwrap_or_default().trim().is_empty()
                || file.text[..at].ends_with('\n');
            let attribute = file.text[at..].split("]\n").next()?;
            let words = attribute.trim_start_matches(['#', '!', '[']);
            let wrong = words.starts_with("allow(") || words.starts_with("expect(") && !words.contains("reason");
            (starts_line && wrong).then(|| format!("{}: {attribute}", file.name()))
        });
        attributes.collect::<Vec<_>>()
    });
    none("`#[expect(lint, reason = \"…\")]` never `allow`", broken.collect());
}

#[test]
fn product_code_does_not_unwrap() {
    let broken = rust().into_iter().filter(|file| !file.is_test()).flat_map(|file| {
        let lines = file
            .product()
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains(concat!(".unw", "rap()")) && !line.trim_start().starts_with("//"));
        lines.map(|(at, _)| format!("{}:{}", file.name(), at + 1)).collect::<Vec<_>>()
    });
    none("no unwrap outside of tests", broken.collect());
}

#[test]
fn no_test_file_is_forgotten() {
    let main = std::fs::read_to_string(workspace::root().join("tests/it/main.rs")).unwrap();
    let forgotten = rust().into_iter().filter(|file| {
        let stem = file.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        file.path.parent().is_some_and(|parent| parent.ends_with("tests/it"))
            && stem != "main"
            && !main.contains(&format!("mod {stem};"))
    });
    none("every file of tests/it is a module of main.rs", forgotten.map(|file| file.name()).collect());
}

#[test]
fn notebooks_are_committed_without_outputs() {
    let broken = files(&["ipynb"]).into_iter().filter(|file| {
        let notebook: serde_json::Value = serde_json::from_str(&file.text).unwrap();
        let cells = notebook["cells"].as_array().unwrap();
        cells.iter().any(|cell| {
            cell["cell_type"] == "code"
                && !(cell["outputs"] == serde_json::json!([]) && cell["execution_count"].is_null())
        })
    });
    none("a notebook is source: its outputs are made by running it", broken.map(|file| file.name()).collect());
}
