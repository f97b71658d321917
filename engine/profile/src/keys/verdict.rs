//! The verdict on a key: one of three, as a sentence with its numbers, and the remarks that the numbers call for.

use crate::figures::{bytes, count, multiple, number, percent, workers};
use crate::keys::input::Operator;
use crate::keys::interval::rows_for_floor;
use crate::keys::report::{Cause, CombinedFactor, Interval, KeyReport, KeyShare, Severity, SlotForecast, Verdict};

/// A straggler factor below this is no trouble.
const FINE: f64 = 1.5;

/// An interval narrower than this, of its factor, has nothing more to tell: the factor itself decides.
const NARROW: f64 = 0.2;
/// What one worker can be expected to keep for a key, bytes: where Spark takes a partition to be skewed.
const BUDGET: f64 = 256e6;
/// The flush that the verdict on a combining operator assumes, by its place in the report: 1,000 rows.
const FLUSH: usize = 1;

/// Fills in verdict, severity, cause, sentence and notes from the numbers.
pub(crate) fn judge(report: &mut KeyReport) {
    let Some(slots) = &report.slots else {
        report.sentence = format!("Group by `{}`: no rows, so nothing can be said.", report.key);
        return;
    };
    let plain = verdict(slots.factor, slots.interval);
    let combined = report.combined.get(FLUSH).filter(|_| report.operator.combines() && plain == Verdict::WillStraggle);
    let (verdict, factor) = match combined {
        Some(after) if after.factor < FINE => (Verdict::Ok, after.factor),
        Some(after) => (plain, after.factor),
        None => (plain, slots.interval.low),
    };
    let cause = (plain == Verdict::WillStraggle).then(|| cause(report, slots));
    let severity = if verdict == Verdict::WillStraggle { severity(factor).max(of_state(report)) } else { Severity::Ok };
    let mut sentence = match (verdict, combined) {
        (Verdict::Ok, Some(after)) => combines(report, slots, after),
        (Verdict::Ok, None) => fine(report, slots),
        (Verdict::WillStraggle, after) => {
            let mut sentence = straggles(report, slots, severity, cause);
            sentence.push_str(&after.map_or_else(
                || two_stages(report, slots),
                |after| {
                    format!(" Its aggregates combine before the exchange, which leaves {}.", multiple(after.factor))
                },
            ));
            sentence
        }
        (Verdict::NotEnoughRows, _) => unknown(report, slots),
    };
    if !report.representative {
        sentence.push_str(" The sample is one end of the log and may not represent the stream.");
    }
    let notes = notes(report, slots, verdict);
    (report.verdict, report.cause, report.severity) = (verdict, cause, severity);
    (report.sentence, report.notes) = (sentence, notes);
}

fn verdict(factor: f64, interval: Interval) -> Verdict {
    let narrow = interval.high - interval.low < NARROW * factor;
    if interval.low >= FINE || (narrow && factor >= FINE) {
        Verdict::WillStraggle
    } else if interval.high < FINE || narrow {
        Verdict::Ok
    } else {
        Verdict::NotEnoughRows
    }
}

/// What combining before the exchange would do, when nobody said that the operator cannot.
fn two_stages(report: &KeyReport, slots: &SlotForecast) -> String {
    let Some(last) = report.combined.last().filter(|_| report.operator == Operator::Unknown) else {
        return String::new();
    };
    if last.factor > 0.6 * slots.factor {
        return String::new();
    }
    let flush = count(u64::from(last.flush_rows));
    format!(" Aggregating in two stages (flush {flush} rows) brings it to ≈ {}.", multiple(last.factor))
}

fn combines(report: &KeyReport, slots: &SlotForecast, after: &CombinedFactor) -> String {
    let named = report.top.first().map(|top| format!("{} is {} of rows, but its", named(top), percent(top.share)));
    format!(
        "Group by `{}` at {} is fine: {} aggregates combine before the exchange, which leaves {} of {} (flush {} rows).",
        report.key,
        workers(report.parallelism),
        named.unwrap_or_else(|| "its".into()),
        multiple(after.factor),
        multiple(slots.factor),
        count(u64::from(after.flush_rows)),
    )
}

fn severity(factor: f64) -> Severity {
    match factor {
        f if f >= 5.0 => Severity::Fail,
        f if f >= 3.0 => Severity::Warn,
        f if f >= FINE => Severity::Notice,
        _ => Severity::Ok,
    }
}

/// How bad it is what has to be kept of the most frequent key in one place.
fn of_state(report: &KeyReport) -> Severity {
    match kept(report) / BUDGET {
        part if part >= 1.0 => Severity::Fail,
        part if part >= 0.8 => Severity::Warn,
        part if part >= 0.5 => Severity::Notice,
        _ => Severity::Ok,
    }
}

/// Bytes that are kept of the most frequent key within a window; 0 when that is not known.
fn kept(report: &KeyReport) -> f64 {
    report.hot_state.and_then(|hot| hot.bytes).unwrap_or(0.0)
}

fn cause(report: &KeyReport, slots: &SlotForecast) -> Cause {
    let top = report.top.first().map_or(0.0, |key| key.share * f64::from(report.parallelism));
    // As frequent as any other, so no one's fault: there are too few of them.
    let alike = report.distinct > 4 && report.top.first().is_some_and(|key| key.share * report.distinct as f64 <= 3.0);
    if !alike && top >= 0.5 * slots.factor && report.top.first().is_some_and(|key| key.hot) && top > FINE {
        return Cause::HotKey;
    }
    if rounding(report) > 1.2 && rounding(report) >= 0.8 * slots.factor {
        return Cause::Rounding;
    }
    if report.parts.map_or(1.0, |parts| parts.placement) >= 0.8 * slots.factor
        || report.distinct_at_least < 10 * u64::from(report.parallelism)
    {
        return Cause::FewKeys;
    }
    Cause::SeveralKeys
}

fn range(slots: &SlotForecast) -> String {
    if slots.interval.high - slots.interval.low < 1e-9 {
        return "exactly: everything was looked at".into();
    }
    format!("90 % range {}–{}", number(slots.interval.low), number(slots.interval.high))
}

fn fine(report: &KeyReport, slots: &SlotForecast) -> String {
    let (key, p) = (&report.key, workers(report.parallelism));
    if report.parallelism == 1 {
        return format!("Group by `{key}` at 1 worker is fine: it gets everything.");
    }
    format!(
        "Group by `{key}` at {p} is fine: the fullest gets {} the average ({}), {} as fast as one.",
        multiple(slots.factor),
        range(slots),
        multiple(slots.speed_up),
    )
}

fn straggles(report: &KeyReport, slots: &SlotForecast, severity: Severity, cause: Option<Cause>) -> String {
    let (key, p) = (&report.key, workers(report.parallelism));
    let how = if severity == Severity::Notice { "will straggle somewhat" } else { "will straggle" };
    let mut out = format!(
        "Group by `{key}` at {p} {how}: one worker gets {} the average ({}).",
        multiple(slots.factor),
        range(slots)
    );
    out.push_str(&match cause {
        Some(Cause::HotKey) => report.top.first().map(|top| hot_key(top, report)).unwrap_or_default(),
        Some(Cause::Rounding) => {
            format!(" The key groups do not divide evenly: that alone gives {}.", multiple(rounding(report)))
        }
        Some(Cause::FewKeys) => few_keys(report),
        _ => " No key is hot alone: several heavy ones share a worker.".into(),
    });
    if report.parallelism > 1 {
        out.push_str(&format!(" About {} of {p}' time is wasted.", number(slots.wasted)));
    }
    out
}

fn named(key: &KeyShare) -> String {
    if key.is_null { "The null key".to_owned() } else { format!("\"{}\"", key.text) }
}

fn rounding(report: &KeyReport) -> f64 {
    report.parts.map_or(1.0, |parts| parts.rounding)
}

fn hot_key(top: &KeyShare, report: &KeyReport) -> String {
    let most = report.max_parallelism.unwrap_or(1);
    let named = named(top);
    let share = percent(top.share);
    if most <= 1 {
        return format!(" {named} is {share} of rows, so a second worker hardly helps.");
    }
    format!(
        " {named} is {share} of rows: no more than {} can share the load evenly, and no number of them is more than {} \
         as fast as one.",
        workers(u32::try_from(most).unwrap_or(u32::MAX)),
        multiple(1.0 / top.share)
    )
}

fn few_keys(report: &KeyReport) -> String {
    let keys = if report.distinct_at_least > report.distinct { "at least " } else { "" };
    format!(
        " No key stands out: {keys}{} keys are too few to land evenly; ten a worker, {} here, keep it below about 2×.",
        count(report.distinct_at_least),
        count(10 * u64::from(report.parallelism))
    )
}

fn unknown(report: &KeyReport, slots: &SlotForecast) -> String {
    let need = rows_needed(report, slots);
    format!(
        "Group by `{}` at {}: not enough rows to tell (need ≈ {}). The sample shows {} ({}), and perfectly even keys \
         would show up to {} in {} rows.",
        report.key,
        workers(report.parallelism),
        count(need),
        multiple(slots.factor),
        range(slots),
        multiple(slots.noise_floor),
        count(report.rows)
    )
}

/// Enough to bring the noise floor below the mark, and the interval's half width below its distance from the mark.
fn rows_needed(report: &KeyReport, slots: &SlotForecast) -> u64 {
    let n = report.rows as f64;
    let design = n / report.effective_rows.max(1.0);
    let for_floor = rows_for_floor(report.parallelism, FINE) * design;
    let half = (slots.interval.high - slots.interval.low) / 2.0;
    let distance = (slots.factor - FINE).abs().max(0.05);
    let for_interval = n * (half / distance).powi(2).min(100.0);
    let need = for_floor.max(for_interval).max(n * 1.5);
    // Two digits: it is an estimate and should look like one.
    let unit = 10_f64.powf((need.log10().floor() - 1.0).max(0.0));
    ((need / unit).ceil() * unit) as u64
}

fn notes(report: &KeyReport, slots: &SlotForecast, verdict: Verdict) -> Vec<String> {
    let mut notes = Vec::new();
    if report.parallelism_assumed {
        notes.push(format!("no parallelism was given: {} assumed", workers(report.parallelism)));
    }
    if report.null_rows > 0 {
        let share = percent(report.null_rows as f64 / report.rows as f64);
        notes.push(format!(
            "{share} of rows have a null key: they all go to one worker; filter them if they mean nothing"
        ));
    }
    let over = report.max_parallelism.is_some_and(|most| u64::from(report.parallelism) > most);
    if verdict == Verdict::Ok && over && report.parallelism > 1 {
        let most = report.max_parallelism.unwrap_or(1);
        notes.push(format!("more than {} cannot all be kept busy", workers(u32::try_from(most).unwrap_or(u32::MAX))));
    }
    if of_state(report) > Severity::Ok {
        let rows = report.hot_state.and_then(|hot| hot.rows_per_window).unwrap_or(0.0);
        notes.push(format!(
            "a window holds about {} rows of the most frequent key: {} for one worker to keep",
            count(rows as u64),
            bytes(kept(report))
        ));
    }
    if slots.idle > 0 && verdict != Verdict::NotEnoughRows {
        let verb = if slots.idle == 1 { "gets" } else { "get" };
        notes.push(format!("{} {verb} nothing at all", workers(slots.idle)));
    }
    if rounding(report) > 1.2 {
        notes.push(format!("key groups do not divide evenly: {} from that alone", multiple(rounding(report))));
    }
    if report.coverage < 0.95 {
        notes.push(format!(
            "{} of rows have a key that came only once: the tail is hardly seen",
            percent(1.0 - report.coverage)
        ));
    }
    if report.operator == Operator::Unknown && verdict == Verdict::WillStraggle {
        notes.push("an aggregation that combines before the exchange suffers less than this".into());
    }
    notes
}
