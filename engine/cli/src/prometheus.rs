//! The status of a job in Prometheus' text form.

use std::fmt::Write as _;

use headwater_exec::{JobStatus, SourceStatus, StepStatus, TableStatus, TapStatus};
use headwater_profile::{CheckResult, CheckVerdict};

use crate::metrics::Served;

/// How many of the most frequent keys are named, where they may be.
const NAMED: usize = 5;

/// The status as text: counters and gauges, each with its help.
pub(crate) fn prometheus(served: &Served, status: &JobStatus) -> String {
    let labels = format!("job=\"{}\",fingerprint=\"{}\"", escaped(&served.job), status.fingerprint);
    let mut text = Text { labels, out: String::new() };
    totals(&mut text, status);
    sources(&mut text, &status.sources);
    tables(&mut text, &status.tables);
    steps(&mut text, &status.steps);
    checks(&mut text, &status.checks);
    taps(&mut text, &status.taps, served.name_keys);
    text.out
}

fn totals(text: &mut Text, status: &JobStatus) {
    let mut counter = |name: &str, help: &str, value: u64| text.one(name, Kind::Counter, help, Some(value as f64));
    counter("records_total", "Records read, undecodable ones included.", status.records);
    counter("rows_out_total", "Rows written to the sink.", status.rows_out);
    counter("dead_letters_total", "Records that did not decode.", status.dead);
    counter("rejected_rows_total", "Rows that a check put aside, to the dead letters.", status.rejected);
    counter("late_rows_total", "Rows dropped because their window was closed.", status.late);
    counter("null_event_time_total", "Rows without an event time.", status.null_event_time);
    counter("future_rows_total", "Rows whose event time is too far ahead, to the dead letters.", status.future);
    counter("checkpoints_total", "Checkpoints written.", status.checkpoints);
    let lag = status.lag.map(|lag| lag as f64);
    text.one("lag_records", Kind::Gauge, "Records in the source that are not read yet.", lag);
    let watermark = status.watermark.filter(|watermark| *watermark < i64::MAX).map(|ms| ms as f64 / 1000.0);
    text.one("watermark_seconds", Kind::Gauge, "Event time reached.", watermark);
    text.one("lanes", Kind::Gauge, "In how many lanes the pipeline runs.", Some(status.lanes as f64));
}

fn sources(text: &mut Text, sources: &[SourceStatus]) {
    let label = |source: &SourceStatus| format!("step=\"{}\",source=\"{}\"", source.node + 1, escaped(&source.origin));
    let all = |value: fn(&SourceStatus) -> u64| sources.iter().map(move |source| (label(source), value(source) as f64));
    text.several("source_records_total", Kind::Counter, "Records read from a source.", all(|source| source.records));
    text.several(
        "source_dead_total",
        Kind::Counter,
        "Records of a source that did not decode.",
        all(|source| source.dead),
    );
    let lag = sources.iter().filter_map(|source| Some((label(source), source.lag? as f64)));
    text.several("source_lag_records", Kind::Gauge, "Records in a source that are not read yet.", lag);
}

fn tables(text: &mut Text, tables: &[TableStatus]) {
    let label = |table: &TableStatus| format!("step=\"{}\"", table.node + 1);
    let all = |value: fn(&TableStatus) -> u64| tables.iter().map(move |table| (label(table), value(table) as f64));
    text.several("table_rows", Kind::Gauge, "Rows of the table of a lookup.", all(|table| table.rows));
    text.several("table_reads_total", Kind::Counter, "How often a table was read.", all(|table| table.reads));
    let help = "How often a table could not be read anew.";
    text.several("table_failures_total", Kind::Counter, help, all(|table| table.failures));
}

fn steps(text: &mut Text, steps: &[StepStatus]) {
    let labels = |step: &StepStatus| format!("step=\"{}\",name=\"{}\"", step.node + 1, step.name);
    let all = |value: fn(&StepStatus) -> u64| steps.iter().map(move |step| (labels(step), value(step) as f64));
    text.several("step_rows_in_total", Kind::Counter, "Rows that came to a step.", all(|step| step.rows_in));
    text.several("step_rows_out_total", Kind::Counter, "Rows that a step passed on.", all(|step| step.rows_out));
    text.several("step_state_rows", Kind::Gauge, "Rows that a step keeps.", all(|step| step.state.rows));
    text.several("step_state_keys", Kind::Gauge, "Keys that a step keeps.", all(|step| step.state.keys));
    text.several("step_state_bytes", Kind::Gauge, "Memory of what a step keeps, about.", all(|step| step.state.bytes));
    let lanes = steps.iter().flat_map(|step| {
        let of = |(lane, count): (usize, &u64)| (format!("{},lane=\"{lane}\"", labels(step)), *count as f64);
        step.lanes.iter().enumerate().map(of)
    });
    let help = "Rows, and groups of combined rows, that the exchange by key brought to a lane of a step.";
    text.several("step_lane_rows_total", Kind::Counter, help, lanes);
    let stragglers = steps.iter().filter_map(|step| Some((labels(step), step.straggler()?)));
    let help = "What the busiest lane of a step got since the start, as a multiple of the mean.";
    text.several("step_straggler_factor", Kind::Gauge, help, stragglers);
    let faults = steps.iter().flat_map(|step| {
        let of = |(reason, count)| (format!("{},reason=\"{reason}\"", labels(step)), count as f64);
        step.faults.by_reason().map(of)
    });
    let help = "Values that became null because they cannot be computed.";
    text.several("step_faults_total", Kind::Counter, help, faults.filter(|(_, count)| *count > 0.0));
}

fn checks(text: &mut Text, checks: &[CheckResult]) {
    let label = |check: &CheckResult| format!("check=\"{}\"", escaped(&check.name));
    let failing = |check: &CheckResult| f64::from(u8::from(check.verdict == CheckVerdict::Fail));
    let all = checks.iter().map(|check| (label(check), failing(check)));
    text.several("check_failing", Kind::Gauge, "1 while the check fails, on the rows since the start.", all);
    let undecided = |check: &CheckResult| f64::from(u8::from(matches!(check.verdict, CheckVerdict::NeedData(_))));
    let all = checks.iter().map(|check| (label(check), undecided(check)));
    text.several("check_undecided", Kind::Gauge, "1 while more rows are needed to tell.", all);
    let bars = || checks.iter().filter_map(|check| Some((label(check), check.bar?)));
    let seen = bars().map(|(label, bar)| (label, bar.seen));
    text.several("check_seen", Kind::Gauge, "What a check has seen: a share of rows, a count or a multiple.", seen);
    let expected = bars().map(|(label, bar)| (label, bar.expected));
    text.several("check_expected", Kind::Gauge, "The bound that check_seen is held against.", expected);
}

fn taps(text: &mut Text, taps: &[TapStatus], name_keys: bool) {
    let label = |tap: &TapStatus| format!("step=\"{}\",key=\"{}\"", tap.node + 1, escaped(&tap.key));
    let counted = taps.iter().map(|tap| (label(tap), tap.summary.rows as f64));
    text.several("key_rows_total", Kind::Counter, "Rows whose key was counted.", counted);
    let nulls = taps.iter().map(|tap| (label(tap), tap.summary.null_rows as f64));
    text.several("key_null_rows_total", Kind::Counter, "Rows with a null key.", nulls);
    let distinct = taps.iter().map(|tap| (label(tap), tap.summary.distinct));
    text.several("key_distinct", Kind::Gauge, "Different keys, estimated.", distinct);
    let effective = taps.iter().filter_map(|tap| Some((label(tap), tap.summary.effective_keys?)));
    text.several("key_effective", Kind::Gauge, "How many keys of equal weight they are worth.", effective);
    let top = taps.iter().filter_map(|tap| {
        let first = tap.summary.top.first()?;
        Some((label(tap), f64::midpoint(first.share_low, first.share_high)))
    });
    text.several("key_top_share", Kind::Gauge, "The share of the most frequent key.", top);
    let stragglers = taps.iter().flat_map(|tap| {
        let of = |(workers, factor): &(u32, f64)| (format!("{},workers=\"{workers}\"", label(tap)), *factor);
        tap.summary.straggler.iter().map(of).collect::<Vec<_>>()
    });
    let help = "What the busiest of so many workers gets, as a multiple of the mean.";
    text.several("key_straggler_factor", Kind::Gauge, help, stragglers);
    if name_keys {
        let named = taps.iter().flat_map(|tap| {
            let top = tap.summary.top.iter().take(NAMED);
            top.map(|key| {
                let share = f64::midpoint(key.share_low, key.share_high);
                (format!("{},value=\"{}\"", label(tap), escaped(&key.text)), share)
            })
            .collect::<Vec<_>>()
        });
        text.several("key_share", Kind::Gauge, "The share of a frequent key.", named);
    }
}

/// The kinds of metrics.
#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
}

/// Metrics written so far, each with the labels of the job.
struct Text {
    labels: String,
    out: String,
}

impl Text {
    fn one(&mut self, name: &str, kind: Kind, help: &str, value: Option<f64>) {
        self.several(name, kind, help, value.map(|value| (String::new(), value)));
    }

    /// A family: of each value its own labels.
    fn several(&mut self, name: &str, kind: Kind, help: &str, values: impl IntoIterator<Item = (String, f64)>) {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return;
        }
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        // Writing to a String never fails.
        let _ = writeln!(self.out, "# HELP headwater_{name} {help}\n# TYPE headwater_{name} {kind}");
        for (own, value) in values {
            let comma = if own.is_empty() { "" } else { "," };
            let _ = writeln!(self.out, "headwater_{name}{{{}{comma}{own}}} {value}", self.labels);
        }
    }
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use headwater_profile::{CheckTally, KeyTap, RateCheck, RateLimit};

    use headwater_exec::expression::Faults;
    use headwater_exec::operators::StateSize;

    use super::*;

    fn served(name_keys: bool) -> Served {
        Served { job: "a \"job\"".into(), name_keys }
    }

    #[test]
    fn prometheus_reads_it() {
        let faults = Faults { overflow: 3, ..Faults::default() };
        let state = StateSize { rows: 2, keys: 1, bytes: 640 };
        let lanes = vec![6, 3];
        let step = StepStatus { node: 1, name: "filter", rows_in: 9, rows_out: 4, faults, state, lanes, late: 0 };
        let mut tally = CheckTally::new();
        tally.push(0, 10, 5);
        let check = RateCheck { name: "nulls".into(), limit: RateLimit::AtMost(0.0) }.judge(&tally);
        let mut keys = KeyTap::new(&[2]);
        keys.push(Some(b"New \"York\""), 3);
        keys.push(None, 1);
        let tap = TapStatus { node: 2, key: "city".into(), summary: keys.summary() };
        let status = JobStatus {
            fingerprint: "6f1c".into(),
            records: 9,
            watermark: Some(1_500),
            steps: vec![step],
            checks: vec![check],
            taps: vec![tap],
            ..JobStatus::default()
        };
        insta::assert_snapshot!(prometheus(&served(true), &status));
        let quiet = prometheus(&served(false), &status);
        assert!(!quiet.contains("York"), "{quiet}");
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let text = prometheus(&served(false), &JobStatus::default());
        assert!(!text.contains("lag") && !text.contains("key_") && !text.contains("check_"), "{text}");
    }
}
