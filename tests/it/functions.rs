//! Functions held against DuckDB: the same expressions over the same hostile values, read from SQL text, give the same answers.

use std::fs;

use headwater::prelude::*;
use headwater::{Expr, Sample};
use headwater_exec::json_rows::append_rows;
use headwater_exec::{Cancel, Tape, preview, resolve};
use headwater_tests::{duck, workspace};
use serde_json::{Value, json};

const SCHEMA: &str = "n BIGINT, k BIGINT, m BIGINT, x DOUBLE, s STRING, p STRING, t TIMESTAMP, u TIMESTAMP, said STRING, doc STRING, \
     tags ARRAY<STRING>, paid BOOLEAN";

/// The columns as DuckDB reads them.
const COLUMNS: &str = "n: 'BIGINT', k: 'BIGINT', m: 'BIGINT', x: 'DOUBLE', s: 'VARCHAR', p: 'VARCHAR', t: 'TIMESTAMP', u: 'TIMESTAMP', \
     said: 'VARCHAR', doc: 'VARCHAR', tags: 'VARCHAR[]', paid: 'BOOLEAN'";

/// What both understand: in this engine's words, and in DuckDB's where they differ.
const BOTH: [(&str, &str); 74] = [
    ("n + m", "try(n + m)"),
    ("n - m", "try(n - m)"),
    ("n * m", "try(n * m)"),
    ("-n", "try(-n)"),
    ("abs(n)", "try(abs(n))"),
    ("m % k", "m % nullif(k, 0)"),
    ("m / k", "m / nullif(k, 0)"),
    ("x / k", "x / nullif(k, 0)"),
    ("floor_div(m, k)", "floor(m / nullif(k, 0))::bigint"),
    ("x * 2 - 1", ""),
    ("floor(x)", ""),
    ("ceil(x)", ""),
    ("round(x)", ""),
    ("sign(m)", ""),
    ("sqrt(x)", "case when x >= 0 then sqrt(x) end"),
    ("exp(m / 1000)", ""),
    ("ln(x)", "case when x > 0 then ln(x) end"),
    ("log10(x)", "case when x > 0 then log10(x) end"),
    ("power(m, 2)", ""),
    ("m = k or paid", ""),
    ("m > k and not paid", ""),
    ("m <> k", ""),
    ("s < p", ""),
    ("m between k and 100", ""),
    ("m not in (0, 1, -3)", ""),
    ("m in (0, null)", ""),
    ("s is distinct from p", ""),
    ("paid is not true", ""),
    ("coalesce(s, p, 'none')", ""),
    ("nullif(m, k)", ""),
    ("least(m, k)", "case when m is not null and k is not null then least(m, k) end"),
    ("greatest(m, k, 2)", "case when m is not null and k is not null then greatest(m, k, 2) end"),
    ("case when m > 0 then 'up' when m < 0 then 'down' else s end", ""),
    ("case k when 0 then 'zero' when 5 then 'five' end", ""),
    ("cast(m as string)", "m::varchar"),
    ("cast(paid as bigint)", ""),
    (
        "try_cast(said as bigint)",
        "case when regexp_full_match(trim(said), '[+-]?[0-9]+') then try_cast(said as bigint) end",
    ),
    ("lower(s)", ""),
    ("upper(s)", "replace(upper(s), 'ẞ', 'SS')"),
    ("length(s)", ""),
    ("trim(s)", ""),
    ("ltrim(s)", ""),
    ("rtrim(s)", ""),
    ("lpad(s, 6, '*-')", ""),
    ("rpad(s, 6, '*-')", ""),
    ("substring(s, 2, 3)", ""),
    ("contains(s, p)", ""),
    ("starts_with(s, p)", ""),
    ("ends_with(s, p)", ""),
    ("s like '%a_'", ""),
    ("position(p in s)", ""),
    ("replace(s, p, '<>')", ""),
    ("reverse(s)", ""),
    ("s || '-' || p", ""),
    ("concat_ws('-', s, p, 'z')", ""),
    ("split(s, ',')", "string_split(s, ',')"),
    ("regex_matches(s, '[0-9]+$')", "regexp_matches(s, '[0-9]+$')"),
    ("regex_extract(s, '([A-Z])[a-z]+', 1)", "nullif(regexp_extract(s, '([A-Z])[a-z]+', 1), '')"),
    ("regex_replace(s, '[aeiou]', '.')", "regexp_replace(s, '[aeiou]', '.', 'g')"),
    ("md5(s)", ""),
    ("sha256(s)", ""),
    ("date_trunc('week', t)", "date_trunc('week', t)::timestamp"),
    ("date_trunc('quarter', t)", "date_trunc('quarter', t)::timestamp"),
    ("date_trunc('minute', t)", "date_trunc('minute', t)::timestamp"),
    (
        "concat(cast(year(t) as string), ':', cast(month(t) as string), ':', cast(day(t) as string))",
        "year(t) || ':' || month(t) || ':' || day(t)",
    ),
    ("hour(t) * 10000 + minute(t) * 100 + second(t)", ""),
    ("day_of_week(t) * 1000 + day_of_year(t)", "isodow(t) * 1000 + dayofyear(t)"),
    ("t + interval '90' minute - interval '1' day", ""),
    ("date_diff('hour', t, u)", "datesub('hour', t, u)"),
    ("date_diff('month', t, u)", "datesub('month', t, u)"),
    ("format_timestamp(t, '%d.%m.%Y %H:%M')", "strftime(t, '%d.%m.%Y %H:%M')"),
    ("parse_timestamp(format_timestamp(t, '%Y/%m/%d %H'), '%Y/%m/%d %H')", "date_trunc('hour', t)::timestamp"),
    ("json_value(doc, '$.a[1].b')", "doc ->> '$.a[1].b'"),
    (
        "concat_ws('|', tags[2], cast(list_length(tags) as string), cast(list_contains(tags, 'red') as string))",
        "concat_ws('|', tags[2], len(tags)::varchar, list_contains(tags, 'red')::varchar)",
    ),
];

/// A row of values that have hurt somebody, chosen by a small generator that is the same on every run.
fn rows(count: usize) -> Vec<Value> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut pick = move |choices: &[Value]| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        choices[usize::try_from(state % choices.len() as u64).unwrap()].clone()
    };
    let texts = json!([
        null,
        "",
        "New York",
        "  two  spaces ",
        "Zürich",
        "a,b,,c",
        "naïve café",
        "ABC123",
        "straße",
        "日本語",
        "na",
        "a'b",
        "%_\\",
        "42",
        " 7 "
    ]);
    let parts = json!([null, "", "a", "ü", "York", ",", "日", "x", "%"]);
    let times = json!([
        null,
        "2024-02-29T13:45:30.250Z",
        "2023-12-31T23:59:59.999Z",
        "1969-12-31T23:59:59.000Z",
        "1900-02-28T00:00:00.000Z",
        "2000-03-01T12:00:00.000Z",
        "2024-03-31T13:45:30.249Z",
        "2024-01-31T13:45:30.250Z",
        "2038-01-19T03:14:08.000Z"
    ]);
    let docs = json!([
        null,
        "{\"a\":[1,{\"b\":\"x\"}]}",
        "{\"a\":[0,{\"b\":7}]}",
        "{\"a\":[]}",
        "{}",
        "{\"a\":[1,{\"b\":true}]}"
    ]);
    let lists = json!([null, [], ["red"], ["blue", "red"], [null, "x", "red"], ["", null]]);
    let numbers = json!([null, 0, 1, -1, 7, i64::MAX, i64::MIN, 1_000_000_000_000_i64]);
    let list = |choices: &Value| choices.as_array().unwrap().clone();
    let small = list(&json!([null, -7, -3, 0, 2, 5]));
    let (texts, parts, times, docs, lists, numbers) =
        (list(&texts), list(&parts), list(&times), list(&docs), list(&lists), list(&numbers));
    let middling = list(&json!([null, 0, 1, -1, 17, -17, 999, 2048]));
    let reals = list(&json!([null, 0.0, 1.5, -2.5, 2.5, 0.1, 1e300, -1e-300, 123_456.789]));
    let booleans = list(&json!([null, true, false]));
    let row = |_| {
        json!({
            "n": pick(&numbers), "k": pick(&small), "m": pick(&middling), "x": pick(&reals), "s": pick(&texts), "p": pick(&parts),
            "t": pick(&times), "u": pick(&times), "said": pick(&texts), "doc": pick(&docs), "tags": pick(&lists), "paid": pick(&booleans),
        })
    };
    (0..count).map(row).collect()
}

/// Numbers are equal when they are the same to twelve digits: the last bits of `exp` are the machine's.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours.as_f64(), theirs.as_f64()) {
        (Some(a), Some(b)) => a == b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs()),
        _ => ours == theirs,
    }
}

#[test]
fn expressions_give_what_duckdb_gives() {
    let folder = workspace::scratch("functions");
    let file = folder.join("rows.json");
    let lines: Vec<String> = rows(1_500).iter().map(Value::to_string).collect();
    fs::write(&file, lines.join("\n") + "\n").unwrap();

    let columns: Vec<Expr> = (0..).zip(BOTH).map(|(at, (own, _))| expr(own).alias(format!("c{at}"))).collect();
    let stream = files(file.to_string_lossy()).json().schema(SCHEMA).select(columns);
    let sample = Sample { rows: 10_000, ..Sample::default() };
    let tape = Tape::record(stream.plan().sources()[0].1, &sample, &Cancel::new(), &mut |_| {}).unwrap();
    let plan = resolve(&stream.plan(), &tape).unwrap();
    let shown = preview(&plan, &tape, &Cancel::new()).unwrap();
    assert_eq!((shown.counts.dead, shown.counts.rows), (0, lines.len() as u64));
    let mut ours = Vec::new();
    append_rows(&shown.frame, &mut ours).unwrap();
    let ours: Vec<Value> =
        String::from_utf8(ours).unwrap().lines().map(|row| serde_json::from_str(row).unwrap()).collect();

    let theirs = BOTH
        .iter()
        .enumerate()
        .map(|(at, (own, other))| format!("{} as c{at}", if other.is_empty() { own } else { other }));
    let theirs = duck::rows(&format!(
        "select {} from read_json('{}', format = 'newline_delimited', columns = {{{COLUMNS}}})",
        theirs.collect::<Vec<_>>().join(", "),
        file.display(),
    ));
    assert_eq!(theirs.len(), ours.len());
    let mut wrong = Vec::new();
    for (at, (own, _)) in BOTH.iter().enumerate() {
        let column = format!("c{at}");
        let differs = |row: &usize| !same(&ours[*row][&column], &theirs[*row][&column]);
        if let Some(row) = (0..ours.len()).find(differs) {
            wrong
                .push(format!("{own}: {} here, {} there, of {}", ours[row][&column], theirs[row][&column], lines[row]));
        }
    }
    assert!(wrong.is_empty(), "{} expressions differ:\n{}", wrong.len(), wrong.join("\n"));
    let faults = shown.steps.iter().map(|step| step.faults.total()).sum::<u64>();
    assert!(faults > 1_000, "the values are hostile enough: {faults}");
}
