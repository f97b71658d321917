//! The reference page `docs/reference/functions.md`, written from the catalogue.

use std::fmt::Write;

use super::{EXAMPLE_ROW, FunctionSpec, THEMES, functions};

const BEGINNING: &str = "# Functions and operators

Everything that an expression can compute, in a cell with the builders (`col(\"city\").lower()`) or as SQL text (`expr(\"lower(city)\")`); both make the
same plan. This page is written from the function catalogue (`engine/plan/src/catalogue`), which also checks types and reads SQL text; a test runs
every example. Where a value cannot be computed (overflow, division by zero, no real value) it is null, and the preview and the metrics of a job count
it for its step. SQL text knows the functions by their other names too, in small or capital letters.

Constants are `12`, `1.5`, `'text'`, `true`, `null`, `timestamp '2024-01-31T12:00:00Z'`, `date '2024-01-31'`. A column with other characters than letters,
digits and `_` stands in double quotes: `\"my column\"`.

The examples read one row:

```json
ROW
```
";

/// The page.
pub(super) fn page() -> String {
    let mut out = BEGINNING
        .replace("ROW", &EXAMPLE_ROW.replace(",\"", ", \"").replace("Z\", ", "Z\",\n ").replace("], ", "],\n "));
    for theme in &THEMES {
        write(&mut out, format_args!("\n## {}\n", theme.name));
        for spec in theme.specs {
            row(&mut out, spec);
        }
    }
    write(&mut out, format_args!("\n## Names\n\n"));
    let mut names: Vec<&str> = functions().map(|spec| spec.name).collect();
    names.sort_unstable();
    write(&mut out, format_args!("{} functions: {}.\n", names.len(), names.join(", ")));
    out
}

fn row(out: &mut String, spec: &FunctionSpec) {
    let name = if spec.name == "-" && spec.params.len() == 1 { "- (sign)" } else { spec.name };
    write(out, format_args!("\n### `{name}`\n\n`{}`\n\n{}\n\n", spec.signature(), spec.doc));
    write(out, format_args!("- Nulls: {}.\n", spec.nulls));
    if !spec.faults.is_empty() {
        write(out, format_args!("- Faults: {}.\n", spec.faults));
    }
    if !spec.aliases.is_empty() {
        let names: Vec<String> = spec.aliases.iter().map(|name| format!("`{name}`")).collect();
        write(out, format_args!("- Other names: {}.\n", names.join(", ")));
    }
    match spec.flink {
        Some(flink) => write(out, format_args!("- Flink SQL: `{flink}`.\n")),
        None => write(out, format_args!("- Flink SQL cannot say it.\n")),
    }
    write(out, format_args!("\n| SQL | cell | value |\n|---|---|---|\n"));
    for example in spec.examples {
        let cell = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        write(
            out,
            format_args!("| `{}` | `{}` | `{}` |\n", cell(example.sql), cell(example.rust), cell(example.value)),
        );
    }
}

fn write(out: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a String never fails.
    let _ = out.write_fmt(what);
}
