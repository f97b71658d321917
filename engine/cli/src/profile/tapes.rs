//! `headwater tapes`: the recordings that are kept, with their age and size.

use std::time::Duration;

use headwater_exec::{TapeInfo, TapeStore};

use crate::failure::Outcome;
use crate::profile::args::{Tapes, TapesCommand};

/// Lists, shows or removes tapes.
pub(crate) fn tapes(args: &Tapes) -> Outcome {
    let store = TapeStore::new(TapeStore::default_dir());
    match args.what.as_ref().unwrap_or(&TapesCommand::List) {
        TapesCommand::List => {
            let all = store.list()?;
            if all.is_empty() {
                println!("no tapes in {}", TapeStore::default_dir().display());
            }
            print!("{}", table(&all));
        }
        TapesCommand::Show { name } => println!("{}", described(&store.find(name)?)),
        TapesCommand::Remove { name } => {
            let removed = store.remove(name)?;
            println!("removed {} ({})", removed.name, size(removed.bytes));
        }
    }
    Ok(())
}

fn described(tape: &TapeInfo) -> String {
    let note = tape.note.as_ref().map_or_else(|| "it cannot be read".to_owned(), ToString::to_string);
    let (age, size) = (age(tape.age), size(tape.bytes));
    format!("{} · recorded {age} ago · {size}\n{note}\n{}", tape.name, tape.path.display())
}

/// One line a tape: name, age, size, what it is of.
fn table(tapes: &[TapeInfo]) -> String {
    let rows: Vec<[String; 4]> = tapes
        .iter()
        .map(|tape| {
            let of = tape.note.as_ref().map_or_else(|| "cannot be read".to_owned(), ToString::to_string);
            [tape.name.clone(), age(tape.age), size(tape.bytes), of]
        })
        .collect();
    let wide = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (names, ages, sizes) = (wide(0), wide(1), wide(2));
    rows.iter().map(|[name, age, size, of]| format!("{name:names$}  {age:>ages$}  {size:>sizes$}  {of}\n")).collect()
}

/// `640 B`, `12 kB`, `3.4 MB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// In the one unit that says most: `3 d`, `2 h`, `5 min`, `12 s`.
pub(crate) fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
