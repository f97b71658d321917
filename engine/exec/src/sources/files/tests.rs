//! Tests of files as a source: the same rows whatever the format, whole or from a tape, and what is said of a damaged one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float32Array, Int32Array, ListArray, RecordBatch, StringArray, StructArray,
    TimestampNanosecondArray,
};
use arrow::datatypes::{DataType as Arrow, Field as ArrowField, Fields};
use headwater::prelude::{Stream, files};
use headwater::{Sample, SampleFrom};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

use crate::sources::{DeadLetter, Polled, Positions, SourceReader, Start, open_source};
use crate::tape::{Tape, read_whole};
use crate::{Cancel, Error, resolve};

fn folder(contents: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in contents {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn stream(folder: &TempDir, pattern: &str) -> Stream {
    files(folder.path().join(pattern).display().to_string())
}

fn tape(stream: &Stream, sample: &Sample) -> Result<Tape, Error> {
    Tape::record(stream.plan().source(), sample, &Cancel::new(), &mut |_| {})
}

/// Reads to the end or the first error: the rows as JSON by partition, and the dead letters.
fn drain(reader: &mut dyn SourceReader) -> (Vec<String>, Vec<DeadLetter>, Option<Error>) {
    let mut rows = vec![String::new(); reader.partitions() as usize];
    let mut dead = Vec::new();
    loop {
        match reader.poll(Duration::ZERO) {
            Ok(Polled::Batch(batch)) => {
                let mut text = Vec::new();
                crate::json_rows::append_rows(&batch.frame, &mut text).unwrap();
                rows[batch.partition as usize].push_str(&String::from_utf8(text).unwrap());
                dead.extend(batch.dead);
            }
            Ok(Polled::Nothing) => panic!("files never wait"),
            Ok(Polled::End) => return (rows, dead, None),
            Err(error) => return (rows, dead, Some(error)),
        }
    }
}

/// Asserts that the source and its whole tape give the same rows and dead letters, and returns them.
fn read_both(stream: &Stream) -> (Vec<String>, Vec<String>) {
    let tape = tape(stream, &Sample::default()).unwrap();
    assert!(tape.note().whole, "{}", tape.note());
    let plan = resolve(&stream.plan(), &tape).unwrap();
    let (rows, dead, error) = drain(&mut *open_source(plan.source(), &Start::Earliest, false, None).unwrap());
    assert_eq!(error, None);
    let (replayed, replayed_dead, _) = drain(&mut *tape.reader(plan.source()).unwrap());
    assert_eq!(rows, replayed);
    let reasons = |dead: &[DeadLetter]| -> Vec<String> {
        dead.iter().map(|dead| format!("{}@{}: {}", dead.partition, dead.position.unwrap(), dead.reason)).collect()
    };
    assert_eq!(reasons(&dead), reasons(&replayed_dead));
    (rows, reasons(&dead))
}

#[test]
fn newline_delimited_json_is_a_partition_a_file() {
    let folder = folder(&[
        ("b.json", b"{\"n\":3}\n{\"n\":4}"),
        ("a.json", b"\xef\xbb\xbf{\"n\":1}\r\n\nbroken\n{\"n\":\"2\"}\n"),
        ("c.txt", b"no"),
    ]);
    let (rows, dead) = read_both(&stream(&folder, "*.json"));
    assert_eq!(rows, ["{\"n\":1}\n{\"n\":2}\n", "{\"n\":3}\n{\"n\":4}\n"]);
    assert_eq!(dead, ["0@13: not JSON: expected value at line 1 column 1"]);
}

#[test]
fn csv_is_read_by_its_header() {
    let folder = folder(&[(
        "a.csv",
        "city,amount,when\n\"Rome, IT\",1.5,2024-01-01 10:00\nOslo,,\n\"two\nlines\",2,2024-01-02\nshort,1\nBonn,\"3\",2024-01-03T00:00:00+01:00\n".as_bytes(),
    )]);
    let (rows, dead) = read_both(&stream(&folder, "a.csv"));
    insta::assert_snapshot!(rows[0], @r#"
    {"city":"Rome, IT","amount":1.5,"when":"2024-01-01T10:00:00.000Z"}
    {"city":"Oslo","amount":null,"when":null}
    {"city":"two\nlines","amount":2.0,"when":"2024-01-02T00:00:00.000Z"}
    {"city":"Bonn","amount":3.0,"when":"2024-01-02T23:00:00.000Z"}
    "#);
    assert_eq!(dead, ["0@81: 2 fields, where the header names 3 columns"]);
}

#[test]
fn a_dead_letter_of_csv_holds_its_line() {
    let folder = folder(&[("a.csv", b"city,n\n\"Rome, IT\",x\nOslo,1\n")]);
    let source = stream(&folder, "a.csv").schema("city STRING, n BIGINT").plan();
    let plan = resolve(&source, &tape(&stream(&folder, "a.csv"), &Sample::default()).unwrap()).unwrap();
    let (_, dead, _) = drain(&mut *open_source(plan.source(), &Start::Earliest, false, None).unwrap());
    assert_eq!(
        (dead[0].value.as_slice(), dead[0].reason.as_str()),
        (&b"\"Rome, IT\",x"[..], "column `n`: `x` is not a BIGINT")
    );
    assert!(dead[0].origin.ends_with("a.csv"));
}

fn parquet_file(path: &Path, rows: i32) {
    let list = ListArray::from_iter_primitive::<arrow::datatypes::Int32Type, _, _>(
        (0..rows).map(|n| Some(vec![Some(n), None])),
    );
    let members: Vec<ArrayRef> = vec![Arc::new(Int32Array::from_iter_values(0..rows))];
    let member = Fields::from(vec![ArrowField::new("zip", Arrow::Int32, true)]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "date",
            Arc::new(
                TimestampNanosecondArray::from_iter_values((0..rows).map(|n| i64::from(n) * 1_000_000_000))
                    .with_timezone("UTC"),
            ),
        ),
        ("delay", Arc::new((0..rows).map(|n| (n % 3 > 0).then_some(n)).collect::<Int32Array>())),
        ("share", Arc::new(Float32Array::from_iter_values((0..rows).map(|n| n as f32 / 2.0)))),
        ("origin", Arc::new(StringArray::from_iter_values((0..rows).map(|n| format!("A{n}"))))),
        ("ok", Arc::new((0..rows).map(|n| Some(n % 2 == 0)).collect::<BooleanArray>())),
        ("day", Arc::new(Date32Array::from_iter_values(0..rows))),
        ("list", Arc::new(list)),
        ("place", Arc::new(StructArray::new(member, members, None))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn parquet_brings_its_schema() {
    let folder = folder(&[]);
    parquet_file(&folder.path().join("a.parquet"), 3);
    let (rows, dead) = read_both(&stream(&folder, "a.parquet"));
    insta::assert_snapshot!(rows[0], @r#"
    {"date":"1970-01-01T00:00:00.000Z","delay":null,"share":0.0,"origin":"A0","ok":true,"day":"1970-01-01","list":[0,null],"place":{"zip":0}}
    {"date":"1970-01-01T00:00:01.000Z","delay":1,"share":0.5,"origin":"A1","ok":false,"day":"1970-01-02","list":[1,null],"place":{"zip":1}}
    {"date":"1970-01-01T00:00:02.000Z","delay":2,"share":1.0,"origin":"A2","ok":true,"day":"1970-01-03","list":[2,null],"place":{"zip":2}}
    "#);
    assert_eq!(dead, [""; 0]);
}

#[test]
fn a_parquet_value_that_does_not_fit_a_given_schema_is_a_dead_letter() {
    let folder = folder(&[]);
    parquet_file(&folder.path().join("a.parquet"), 4);
    let stream = stream(&folder, "a.parquet").parquet().schema("share BIGINT, origin STRING, none DOUBLE");
    let (rows, dead, error) = drain(&mut *open_source(stream.plan().source(), &Start::Earliest, false, None).unwrap());
    assert_eq!(error, None);
    insta::assert_snapshot!(rows[0], @r#"
    {"share":0,"origin":"A0","none":null}
    {"share":1,"origin":"A2","none":null}
    "#);
    assert_eq!(
        (dead.len(), dead[0].position.unwrap(), dead[0].reason.as_str()),
        (2, 1, "column `share`: the value is not a BIGINT")
    );
    assert_eq!(dead[0].value, br#"{"share":0.5,"origin":"A1"}"#);
}

#[test]
fn reading_goes_on_where_it_was_left_in_every_format() {
    let folder = folder(&[]);
    let lines: String = (0..20_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    fs::write(folder.path().join("a.json"), lines).unwrap();
    let records: String = (0..20_000).map(|n| format!("{n}\n")).collect();
    fs::write(folder.path().join("a.csv"), format!("n\n{records}")).unwrap();
    parquet_file(&folder.path().join("a.parquet"), 20_000);
    for (name, schema) in [("a.json", "n BIGINT"), ("a.csv", "n BIGINT"), ("a.parquet", "delay BIGINT")] {
        let plan = resolve(
            &stream(&folder, name).schema(schema).plan(),
            &tape(&stream(&folder, name), &Sample::default()).unwrap(),
        )
        .unwrap();
        let open = |start: &Start| open_source(plan.source(), start, false, None).unwrap();
        let (whole, ..) = drain(&mut *open(&Start::Earliest));
        let mut first = open(&Start::Earliest);
        let Polled::Batch(batch) = first.poll(Duration::ZERO).unwrap() else { panic!("{name}: no batch") };
        let mut text = Vec::new();
        crate::json_rows::append_rows(&batch.frame, &mut text).unwrap();
        let (rest, ..) = drain(&mut *open(&Start::At(first.positions())));
        assert_eq!(whole[0], String::from_utf8(text).unwrap() + &rest[0], "{name}");
        let (nothing, ..) = drain(&mut *open(&Start::Latest));
        assert_eq!(nothing[0], "", "{name}");
    }
}

#[test]
fn a_large_file_is_sampled_in_blocks() {
    let folder = folder(&[]);
    let lines: String = (0..50_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    fs::write(folder.path().join("a.json"), lines).unwrap();
    let records: String = (0..50_000).map(|n| format!("{n},\"x{n}\"\n")).collect();
    fs::write(folder.path().join("a.csv"), format!("n,s\n{records}")).unwrap();
    parquet_file(&folder.path().join("a.parquet"), 50_000);
    for name in ["a.json", "a.csv", "a.parquet"] {
        let stream = stream(&folder, name);
        let sample = Sample { rows: 2_000, ..Sample::default() };
        let tape = tape(&stream, &sample).unwrap();
        let (note, count) = (tape.note(), tape.records().len());
        assert!((1_900..=2_000).contains(&count), "{name}: {count}");
        assert!((49_000..=51_000).contains(&note.total), "{name}: {}", note.total);
        assert!(!note.whole && note.blocks >= 39 && note.stopped_by.is_none(), "{name}: {note:?}");
        let plan = resolve(&stream.plan(), &tape).unwrap();
        let (_, dead, _) = drain(&mut *tape.reader(plan.source()).unwrap());
        assert_eq!(dead, [], "{name}: a block begins where a record begins");
        let blocks: std::collections::BTreeSet<u32> = tape.records().iter().map(|record| record.block).collect();
        assert!(blocks.len() >= 39, "{name}: from everywhere, {} blocks", blocks.len());
        let range = Sample { from: SampleFrom::Between { from_ms: 0, to_ms: 1 }, ..Sample::default() };
        let error = super::tests::tape(&stream, &range).unwrap_err();
        assert!(error.message.contains("have no times of their own"), "{error}");
        let latest = Sample { rows: 10, from: SampleFrom::Latest, ..Sample::default() };
        assert!(super::tests::tape(&stream, &latest).unwrap().records().len() <= 10);
    }
}

#[test]
fn the_bounds_of_a_sample_of_files_hold() {
    let lines: String = (0..5_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    let folder = folder(&[("a.json", lines.as_bytes())]);
    let bytes = tape(&stream(&folder, "a.json"), &Sample { bytes: 1_000, ..Sample::default() }).unwrap();
    assert!((500..=1_000).contains(&bytes.note().bytes), "{}", bytes.note().bytes);
    let rows = tape(&stream(&folder, "a.json"), &Sample { rows: 1, ..Sample::default() }).unwrap();
    assert_eq!(rows.records().len(), 1);
    let cancel = Cancel::new();
    cancel.cancel();
    let error =
        Tape::record(stream(&folder, "a.json").plan().source(), &Sample::default(), &cancel, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind, crate::ErrorKind::Cancelled);
}

fn without_folder(error: &Error, folder: &TempDir) -> String {
    error.to_string().replace(&folder.path().display().to_string(), "FOLDER")
}

#[test]
fn a_missing_file_names_its_neighbours() {
    let folder = folder(&[("orders.json", b"{}"), ("other.csv", b"a")]);
    let failure =
        |pattern: &str| without_folder(&tape(&stream(&folder, pattern), &Sample::default()).unwrap_err(), &folder);
    insta::assert_snapshot!(failure("order.json"), @r"
    no file `FOLDER/order.json`
    hint: The folder `FOLDER` holds `orders.json`, `other.csv`.
    ");
    insta::assert_snapshot!(failure("*.parquet"), @r"
    no file matches `FOLDER/*.parquet`
    hint: The folder `FOLDER` holds `orders.json`, `other.csv`.
    ");
    insta::assert_snapshot!(failure(""), @r"
    `FOLDER/` is a folder
    hint: Name its files with a glob, such as `FOLDER//*.json`.
    ");
    assert!(failure("none/a.json").contains("There is no folder `FOLDER/none`"));
}

#[test]
fn a_file_of_unknown_kind_is_asked_for() {
    let folder = folder(&[("a.dat", b"hello"), ("b.dat", b" {\"n\":1}\n")]);
    insta::assert_snapshot!(without_folder(&tape(&stream(&folder, "a.dat"), &Sample::default()).unwrap_err(), &folder), @r"
    neither the name of `FOLDER/a.dat` nor its first bytes say what it holds
    hint: Say it: `.json()`, `.csv()` or `.parquet()`. Compressed files are not read yet, but for Parquet.
    ");
    assert_eq!(read_both(&stream(&folder, "b.dat")).0, ["{\"n\":1}\n"]);
}

#[test]
fn broken_quoting_is_an_error_with_its_place_after_the_rows_before_it() {
    let mut text = "city,n\n".to_string();
    (0..9_000).for_each(|n| text.push_str(&format!("Rome,{n}\n")));
    let place = text.len();
    text.push_str("\"Oslo,1\nBonn,2\n");
    let folder = folder(&[("a.csv", text.as_bytes())]);
    let plan = stream(&folder, "a.csv").csv().schema("city STRING, n BIGINT").plan();
    let (rows, _, error) = drain(&mut *open_source(plan.source(), &Start::Earliest, false, None).unwrap());
    assert_eq!(rows[0].lines().count(), 9_000);
    let error = without_folder(&error.unwrap(), &folder).replace(&place.to_string(), "PLACE");
    insta::assert_snapshot!(error, @r"
    `FOLDER/a.csv` cannot be read: the record at byte PLACE opens a quote that is never closed
    hint: Is the file whole? What was read before the damaged place is kept.
    ");
}

#[test]
fn a_truncated_parquet_file_is_an_error_naming_it() {
    let folder = folder(&[]);
    let path = folder.path().join("a.parquet");
    parquet_file(&path, 1_000);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = tape(&stream(&folder, "a.parquet"), &Sample::default()).unwrap_err();
    assert!(error.message.starts_with(&format!("`{}` cannot be read: ", path.display())), "{error}");
    let plan = stream(&folder, "a.parquet").parquet().schema("delay BIGINT").plan();
    let error = open_source(plan.source(), &Start::Earliest, false, None).err().unwrap();
    assert!(error.message.starts_with(&format!("`{}` cannot be read: ", path.display())), "{error}");
}

#[test]
fn a_parquet_file_damaged_half_way_keeps_the_rows_before() {
    let folder = folder(&[]);
    let path: PathBuf = folder.path().join("a.parquet");
    parquet_file(&path, 60_000);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4_096].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    let plan = stream(&folder, "a.parquet").parquet().schema("delay BIGINT, origin STRING, ok BOOLEAN").plan();
    let (rows, _, error) = drain(&mut *open_source(plan.source(), &Start::Earliest, false, None).unwrap());
    let error = error.expect("the damage is noticed");
    assert!(error.message.contains("a.parquet` cannot be read") && error.message.contains("after row"), "{error}");
    assert!(rows[0].lines().count() < 60_000);
}

#[test]
fn a_csv_file_without_the_columns_in_its_first_line_says_so() {
    let folder = folder(&[("a.csv", b"Rome,1\nOslo,2\n")]);
    let plan = stream(&folder, "a.csv").csv().schema("city STRING, n BIGINT").plan();
    let error = open_source(plan.source(), &Start::Earliest, false, None).err().unwrap();
    insta::assert_snapshot!(without_folder(&error, &folder), @r"
    the header of `FOLDER/a.csv` names none of the columns: it is `Rome`, `1`
    hint: The first line of a CSV file must name its columns.
    ");
}

#[test]
fn a_file_that_became_shorter_is_refused() {
    let folder = folder(&[("a.json", b"{\"n\":1}\n")]);
    let plan = stream(&folder, "a.json").json().schema("n BIGINT").plan();
    let error = open_source(plan.source(), &Start::At(Positions::from([(0, 100)])), false, None).err().unwrap();
    assert!(error.message.ends_with("is shorter than the position 100 it was read to"), "{error}");
}

#[test]
fn files_are_read_whole_chunk_by_chunk() {
    let folder = folder(&[]);
    for name in ["a", "b"] {
        let lines: String = (0..50_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
        fs::write(folder.path().join(format!("{name}.json")), lines).unwrap();
        parquet_file(&folder.path().join(format!("{name}.parquet")), 50_000);
    }
    for glob in ["*.json", "*.parquet"] {
        let stream = stream(&folder, glob);
        let (mut read, mut chunks) = (0, 0);
        let note = read_whole(stream.plan().source(), &Cancel::new(), &mut |_| {}, &mut |records| {
            chunks += 1;
            read += records.len();
            Ok(())
        });
        let note = note.unwrap();
        assert!(chunks >= 2, "{glob}: {chunks} chunks");
        assert_eq!((read, note.records, note.whole, note.partitions_taken()), (100_000, 100_000, true, 2), "{glob}");
    }
}
