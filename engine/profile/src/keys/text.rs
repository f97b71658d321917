//! The key report as plain text.

use std::fmt;

use crate::cells::{clean, table};
use crate::figures::{count, multiple, number, percent};
use crate::keys::report::{ErrorBasis, KeyError, KeyReport, KeyShare, Severity, SlotForecast, Verdict};
use crate::spread::bars;

/// The longest bar, in columns.
const BAR: f64 = 30.0;

impl Verdict {
    /// The verdict in capitals.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Ok => "OK",
            Verdict::WillStraggle => "WILL STRAGGLE",
            Verdict::NotEnoughRows => "NOT ENOUGH ROWS",
        }
    }

    /// The mark in front of it: a form, so that it does without colour.
    pub fn mark(self) -> &'static str {
        match self {
            Verdict::Ok => "●",
            Verdict::WillStraggle => "▲",
            Verdict::NotEnoughRows => "○",
        }
    }
}

impl Severity {
    /// As one lowercase word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Ok => "ok",
            Severity::Notice => "notice",
            Severity::Warn => "warn",
            Severity::Fail => "fail",
        }
    }
}

impl KeyReport {
    /// The report as plain text: the verdict first.
    pub fn to_text(&self) -> String {
        let mut out = format!("{} {}\n{}\n", self.verdict.mark(), self.verdict.word(), self.sentence);
        for note in &self.notes {
            out.push_str(&format!("· {note}\n"));
        }
        if !self.sample.is_empty() {
            out.push_str(&format!("{}\n", self.sample));
        }
        if let Some(slots) = &self.slots {
            out.push_str(&format!("\n{}", self.slot_text(slots)));
        }
        if !self.top.is_empty() {
            out.push_str(&format!("\n{}", table(&self.key_rows())));
        }
        let facts: Vec<Vec<String>> =
            self.facts().into_iter().map(|(name, text)| vec![name.to_owned(), text]).collect();
        out.push_str(&format!("\n{}", table(&facts)));
        out
    }

    fn slot_text(&self, slots: &SlotForecast) -> String {
        let least = slots.loads.iter().map(|slot| slot.load).fold(f64::INFINITY, f64::min);
        let bar = |load: f64| "█".repeat(((load / slots.factor * BAR).round() as usize).max(usize::from(load > 0.0)));
        let row = |name: &str, load: f64| vec![name.to_owned(), multiple(load), bar(load)];
        let rows = [row("fullest worker", slots.factor), row("average", 1.0), row("emptiest worker", least)];
        format!(
            "load of {} workers by {}\n{}",
            count(u64::from(self.parallelism)),
            slots.placement.name(),
            table(&rows)
        )
    }

    fn key_rows(&self) -> Vec<Vec<String>> {
        let most = self.top.first().map_or(1.0, |key| key.share);
        let bar =
            |share: f64| bars(&[(share * 1e6) as u64, (most * 1e6) as u64]).chars().next().unwrap_or('▁').to_string();
        let row = |key: &KeyShare| {
            let range = format!("{}–{}", percent(key.interval.low), percent(key.interval.high));
            let hot = if key.hot { "▲ hot" } else { "" };
            vec![clean(&key.text, 32), bar(key.share), percent(key.share), range, count(key.count), hot.into()]
        };
        let mut rows = vec![["key", "", "share", "90 % range", "rows", ""].map(str::to_owned).to_vec()];
        rows.extend(self.top.iter().map(row));
        if self.other_keys > 0 {
            let other = format!("other ({} keys)", count(self.other_keys));
            let rows_left = self.rows - self.top.iter().map(|key| key.count).sum::<u64>();
            rows.push(vec![other, String::new(), percent(self.other_share), String::new(), count(rows_left)]);
        }
        rows
    }

    /// The numbers behind the verdict, as pairs of a name and a text.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        if self.rows == 0 {
            return vec![("rows", "0".into())];
        }
        let evenly = |p| format!("{} worker{} at most", count(p), if p == 1 { "" } else { "s" });
        let at_least = if self.distinct_at_least > self.distinct {
            format!("{} seen, at least {}", count(self.distinct), number(self.distinct_at_least as f64))
        } else {
            count(self.distinct)
        };
        let effective = self.effective_keys.map_or("–".into(), number);
        let mut facts = vec![
            ("rows", format!("{}, worth {} independent ones", count(self.rows), number(self.effective_rows.round()))),
            ("intervals", self.basis_text()),
            ("keys", at_least),
            ("effective keys", format!("{effective}: so many equally frequent ones load workers alike")),
            ("coverage", format!("{} of rows have a key that was seen", percent(self.coverage))),
            ("share evenly", self.max_parallelism.map_or("–".into(), evenly)),
        ];
        if let (Some(slots), Some(parts)) = (&self.slots, &self.parts) {
            facts.push(("even keys show", format!("{} with so few rows", multiple(slots.noise_floor))));
            facts.push(("placement alone", format!("{} without the hot keys", multiple(parts.placement))));
        }
        facts
    }

    fn basis_text(&self) -> String {
        match self.basis {
            ErrorBasis::BetweenBlocks => format!("from how {} blocks differ", count(u64::from(self.blocks))),
            ErrorBasis::Whole => "none: everything was looked at".into(),
            ErrorBasis::Binomial => "binomial: one block only, bursts are not accounted for".into(),
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::NoWorkers => f.write_str("`parallelism` is 0; give the number of workers, 1 or more"),
            KeyError::TooManyWorkers(n) => {
                let most = count(u64::from(crate::MAX_PARALLELISM));
                write!(f, "`parallelism` is {}; a forecast goes up to {most}", count(u64::from(*n)))
            }
        }
    }
}

impl std::error::Error for KeyError {}
