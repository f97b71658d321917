//! Makes a baseline of rows: once over them for what they hold, once more, window by window, for how much that varies.

use crate::drift::baseline::FORMAT;
use crate::drift::evidence::{CellsTest, SCALES, Test};
use crate::drift::family::Family;
use crate::drift::gather::{Counted, Gather, Gathered};
use crate::drift::hash::stable_hash;
use crate::drift::input::{DriftInput, LogSpan, PinError, PinOptions};
use crate::drift::keyed::{KeySieve, is_path};
use crate::drift::monitor::portion;
use crate::drift::scales::{MeanMeter, PhiMeter, Scales};
use crate::drift::sieve::{ColumnWindow, Sieve, short};
use crate::drift::walk::{Ordered, Walk};
use crate::{
    BASELINE_VERSION, Baseline, Cells, CellsBaseline, ColumnBaseline, KeyBaseline, KeyValue, KnownValue,
    NewValuesBaseline, Provenance, RateBaseline, Rows, VolumeBaseline, WindowStatistic,
};

/// Values that a distribution names; all others are its last cell.
const NAMED: usize = 19;
/// Numbers with no more different values than this are compared by value, not by decile.
const FEW: usize = 20;
/// Domains with more different values are not kept whole.
const KNOWN: usize = 2_048;
/// Keys that a baseline names.
const KEYS: usize = 50;
/// A value has to come so often to be named.
const OFTEN: u64 = 3;

/// Pins these rows as what the stream should look like.
pub fn pin(input: &DriftInput<'_>, options: &PinOptions) -> Result<Baseline, PinError> {
    let workers = |(_, workers): &&(Vec<String>, u32)| !(1..=crate::MAX_PARALLELISM).contains(workers);
    if let Some((_, workers)) = options.keys.iter().find(workers) {
        return Err(PinError::Workers(*workers));
    }
    let rows = Ordered::new(&input.rows, &input.times_ms);
    let mut gathered = Walk::new(Gather::default());
    let failed = input.undecodable + rows.tell(0, rows.len(), &mut gathered);
    let gathered = gathered.sink;
    if gathered.rows == 0 {
        return Err(PinError::NoRows);
    }
    let paths: Vec<&String> = gathered.columns.iter().map(|column| &column.path).collect();
    let asked = options.keys.iter().flat_map(|(columns, _)| columns);
    if let Some(unknown) = asked.into_iter().find(|column| !paths.iter().any(|path| is_path(column, path))) {
        let known = paths.into_iter().take(20).cloned().collect();
        return Err(PinError::UnknownKey(unknown.clone(), known));
    }
    let mut baseline = draft(input, options, &gathered, failed);
    measure(&mut baseline, &rows, input.undecodable, options.redacted);
    Ok(baseline)
}

/// All that the first pass knows.
fn draft(input: &DriftInput<'_>, options: &PinOptions, gathered: &Gather, failed: u64) -> Baseline {
    let window_rows = u32::try_from(gathered.rows / 64).unwrap_or(u32::MAX).clamp(50, 1_000);
    let (from_ms, to_ms) = times(input);
    let key = |(columns, workers): &(Vec<String>, u32)| KeyBaseline {
        columns: columns.clone(),
        workers: *workers,
        top_share: 0.0,
        effective_keys: None,
        straggler: 1.0,
        top: Vec::new(),
        top_share_windows: None,
        effective_keys_windows: None,
        straggler_windows: None,
    };
    Baseline {
        format: FORMAT.into(),
        version: BASELINE_VERSION,
        name: options.name.clone(),
        provenance: Provenance {
            source: input.name.clone(),
            sample: input.sample.clone(),
            representative: input.representative,
            fingerprint: options.fingerprint.clone(),
            plan: options.plan.clone(),
            pinned_ms: options.pinned_ms,
            from_ms,
            to_ms,
        },
        rows: gathered.rows,
        window_rows: options.window_rows.unwrap_or(window_rows).max(1),
        undecodable: rate(failed, gathered.rows + failed),
        late: input.late.map(|late| rate(late.min(gathered.rows), gathered.rows)),
        volume: volume(&input.log),
        columns: gathered.columns.iter().map(|c| column(c, gathered, options.redacted)).collect(),
        keys: options.keys.iter().map(key).collect(),
    }
}

fn rate(count: u64, of: u64) -> RateBaseline {
    RateBaseline { count, of, phi: vec![1.0] }
}

fn column(column: &Gathered, all: &Gather, redacted: bool) -> ColumnBaseline {
    let family = column.family();
    let chances = column.within.and_then(|list| all.columns.get(list)).map_or(all.rows, |list| list.present);
    let of_family = family.map_or(0, |family| column.families[family.place()]);
    let mut values: Vec<(&u64, &Counted)> =
        column.values.iter().filter(|(_, value)| Some(value.family) == family).collect();
    values.sort_by(|a, b| b.1.count.cmp(&a.1.count).then_with(|| a.1.text.cmp(&b.1.text)));
    let compared = !column.is_time_in_text() && !matches!(family, None | Some(Family::Time | Family::Object));
    let cells = if compared { cells(column, family, &values, redacted) } else { None };
    let once = values.iter().filter(|(_, value)| value.count == 1).count() as u64;
    let unique = !column.open
        && of_family >= 100
        && values.len() as u64 == of_family
        && (family == Some(Family::Text) || (family == Some(Family::Number) && column.whole));
    let by_value = cells.as_ref().is_some_and(|cells| matches!(cells.cells, Cells::Values(_)));
    let mut known: Vec<u32> = values.iter().map(|(hash, _)| short(**hash)).collect();
    known.sort_unstable();
    ColumnBaseline {
        path: column.path.clone(),
        family: family.map_or("nothing", Family::name).into(),
        absent: rate(chances.saturating_sub(column.present), chances),
        null: rate(column.null, column.present),
        off_type: rate(column.filled() - of_family, column.filled()),
        new_values: (by_value && !column.open && values.len() <= KNOWN).then(|| NewValuesBaseline {
            once: rate(once, of_family),
            known: known.iter().map(|hash| format!("{hash:08x}")).collect(),
        }),
        // A place for the second pass to fill.
        distinct: by_value.then_some(WindowStatistic { mean: 0.0, deviation: 0.0, windows: 0 }),
        cells,
        unique,
    }
}

/// The cells of a distribution; `None` where every value is new anyway, or only moves with time.
fn cells(
    column: &Gathered,
    family: Option<Family>,
    values: &[(&u64, &Counted)],
    redacted: bool,
) -> Option<CellsBaseline> {
    let numeric = matches!(family, Some(Family::Number | Family::List));
    if numeric && (column.open || values.len() > FEW) {
        let edges = column.deciles();
        if column.moves_with_time() || edges.is_empty() {
            return None;
        }
        return Some(CellsBaseline {
            counts: vec![0; edges.len() + 1],
            cells: Cells::Edges(edges),
            phi: Vec::new(),
            uneven: Vec::new(),
        });
    }
    let often = values.iter().take(NAMED).take_while(|(_, value)| value.count >= OFTEN);
    let named: Vec<KnownValue> = often.map(|(hash, value)| known_value(**hash, &value.text, redacted)).collect();
    if named.is_empty() {
        return None;
    }
    Some(CellsBaseline {
        counts: vec![0; named.len() + 1],
        cells: Cells::Values(named),
        phi: Vec::new(),
        uneven: Vec::new(),
    })
}

pub(crate) fn known_value(hash: u64, text: &str, redacted: bool) -> KnownValue {
    let hash = format!("{hash:016x}");
    let text = if redacted { format!("#{}", &hash[..8]) } else { text.to_owned() };
    KnownValue { text, hash }
}

/// The hash of a key, by which it is found again.
pub(crate) fn key_hash(key: &KeyValue) -> u64 {
    stable_hash(if key.is_null() { b'0' } else { b'k' }, &key.bytes())
}

/// The first and the last time of the rows.
pub(crate) fn times(input: &DriftInput<'_>) -> (Option<i64>, Option<i64>) {
    let (first, last) = match &input.rows {
        Rows::Json(records) => {
            let times = || records.iter().filter_map(|record| record.timestamp_ms);
            (times().min(), times().max())
        }
        Rows::Frame(_) => (input.times_ms.iter().min().copied(), input.times_ms.iter().max().copied()),
    };
    (first, last)
}

/// How long the rows took (ms), where they have times.
pub(crate) fn span_ms(input: &DriftInput<'_>) -> Option<f64> {
    let (from, to) = times(input);
    from.zip(to).map(|(from, to)| (to - from) as f64).filter(|span| *span > 0.0)
}

fn volume(log: &[LogSpan]) -> Option<VolumeBaseline> {
    let (rows, span_ms) = log.iter().fold((0, 0), |(rows, span), of| (rows + of.records, span + of.span_ms));
    if rows == 0 || span_ms == 0 {
        return None;
    }
    let rate = rows as f64 / span_ms as f64;
    let excess = |of: &LogSpan| {
        let expected = (rate * of.span_ms as f64).max(1e-9);
        (of.records as f64 - expected).powi(2) / expected
    };
    let enough = log.len() >= 8;
    let phi = if enough { log.iter().map(excess).sum::<f64>() / (log.len() - 1) as f64 } else { 1.0 };
    Some(VolumeBaseline { rows, span_ms, phi: vec![phi.max(1.0)] })
}

/// What the second pass measures of a column.
struct Meters {
    absent: PhiMeter,
    null: PhiMeter,
    off_type: PhiMeter,
    cells: Vec<f64>,
    windows: Vec<(Vec<f64>, f64)>,
    distinct: MeanMeter,
}

/// What it measures of a key.
#[derive(Default)]
struct KeyMeters {
    top_share: MeanMeter,
    effective_keys: MeanMeter,
    straggler: MeanMeter,
}

/// Windows whose cells are kept until the shares are known.
const WINDOWS: usize = 2_048;

fn measure(baseline: &mut Baseline, rows: &Ordered<'_>, undecodable_before: u64, redacted: bool) {
    let mut walk = Walk::new(Sieve::new(baseline));
    let mut columns: Vec<Meters> = baseline.columns.iter().map(Meters::new).collect();
    let mut keys: Vec<KeyMeters> = baseline.keys.iter().map(|_| KeyMeters::default()).collect();
    let mut undecodable = PhiMeter::new(vec![baseline.undecodable.share()]);
    let size = baseline.window_rows as usize;
    let windows = rows.len().div_ceil(size) as u64;
    for (from, window) in (0..rows.len()).step_by(size).zip(1..) {
        let failed = rows.tell(from, size, &mut walk) + portion(undecodable_before, window - 1, windows);
        walk.sink.end(window);
        undecodable.push(&[failed as f64], (walk.sink.rows + failed) as f64);
        let full = walk.sink.rows >= u64::from(baseline.window_rows) * 9 / 10;
        columns.iter_mut().zip(&walk.sink.columns).for_each(|(meters, column)| meters.push(&column.window, full));
        if full {
            keys.iter_mut().zip(&walk.sink.keys).for_each(|(meters, key)| meters.push(key));
        }
        walk.sink.clear();
    }
    baseline.undecodable.phi = undecodable.phi();
    baseline.columns.iter_mut().zip(columns).for_each(|(column, meters)| meters.fill(column));
    for ((key, meters), sieve) in baseline.keys.iter_mut().zip(keys).zip(&walk.sink.keys) {
        meters.fill(key, sieve, redacted);
    }
}

impl Meters {
    fn new(column: &ColumnBaseline) -> Self {
        let rate = |rate: &RateBaseline| PhiMeter::new(vec![rate.share()]);
        Self {
            absent: rate(&column.absent),
            null: rate(&column.null),
            off_type: rate(&column.off_type),
            cells: vec![0.0; column.cells.as_ref().map_or(0, |cells| cells.counts.len())],
            windows: Vec::new(),
            distinct: MeanMeter::default(),
        }
    }

    fn push(&mut self, window: &ColumnWindow, full: bool) {
        let filled = (window.present - window.null) as f64;
        self.absent.push(&[(window.chances - window.present) as f64], window.chances as f64);
        self.null.push(&[window.null as f64], window.present as f64);
        self.off_type.push(&[window.off_type as f64], filled);
        self.cells.iter_mut().zip(&window.cells).for_each(|(sum, count)| *sum += count);
        if !self.cells.is_empty() && self.windows.len() < WINDOWS {
            self.windows.push((window.cells.clone(), window.cells.iter().sum()));
        }
        if full && window.valued > 0 {
            self.distinct.push(window.different.len() as f64);
        }
    }

    fn fill(self, column: &mut ColumnBaseline) {
        column.absent.phi = self.absent.phi();
        column.null.phi = self.null.phi();
        column.off_type.phi = self.off_type.phi();
        column.distinct = column.distinct.as_ref().and_then(|_| self.distinct.statistic());
        let Some(cells) = &mut column.cells else { return };
        let rows: f64 = self.cells.iter().sum();
        cells.counts = self.cells.iter().map(|count| *count as u64).collect();
        let mut meter = PhiMeter::new(self.cells.iter().map(|count| count / rows.max(1.0)).collect());
        self.windows.iter().for_each(|(counts, rows)| meter.push(counts, *rows));
        cells.uneven = meter.uneven();
        cells.phi = calibrated(&self.cells, &cells.uneven, meter.phi(), &self.windows);
        if let Some(new) = &mut column.new_values {
            // New values come in the bursts that the known ones come in.
            new.once.phi.clone_from(&cells.phi);
        }
    }
}

/// Evidence that the baseline's own blocks may have against it.
const AGAINST_ITSELF: f64 = 10.0;
/// A shift of this size is one (the default of a report).
const POINTS: f64 = 0.02;

/// φ made so large that no block of the baseline speaks against the baseline: where few blocks differ wildly, the mean of how much they
/// differ is not what the next wild one will do.
fn calibrated(counts: &[f64], uneven: &[f64], phi: Vec<f64>, windows: &[(Vec<f64>, f64)]) -> Vec<f64> {
    let mut phi: Vec<f64> = (0..SCALES).map_while(|scale| phi.get(scale).or(phi.last()).copied()).collect();
    for _ in 0..40 {
        let test = Test::Cells(CellsTest::distribution(counts, &phi, uneven, POINTS, false));
        let (mut scales, mut most) = (Scales::new(), [f64::MIN; SCALES]);
        for (cells, rows) in windows {
            scales.push(0, cells, *rows, |scale, block| {
                let found = test.find(scale, &block.sums, block.weight);
                most[scale] = most[scale].max(found.map_or(f64::MIN, |found| found.ln_evidence));
            });
        }
        let loud: Vec<usize> = (0..phi.len()).filter(|scale| most[*scale] > AGAINST_ITSELF.ln()).collect();
        if loud.is_empty() {
            break;
        }
        loud.into_iter().for_each(|scale| phi[scale] *= 1.25);
    }
    phi
}

impl KeyMeters {
    fn push(&mut self, key: &KeySieve) {
        self.top_share.push(key.window.top_share());
        self.effective_keys.push(key.window.effective_keys().unwrap_or(f64::NAN));
        self.straggler.push(key.window.straggler(key.workers()));
    }

    fn fill(self, key: &mut KeyBaseline, sieve: &KeySieve, redacted: bool) {
        key.top_share = sieve.ever.top_share();
        key.effective_keys = sieve.ever.effective_keys();
        key.straggler = sieve.ever.straggler(key.workers);
        let top = sieve.ever.top(KEYS).into_iter();
        key.top = top.map(|(top, share)| (known_value(key_hash(top), &top.shown(), redacted), share)).collect();
        key.top_share_windows = self.top_share.statistic();
        key.effective_keys_windows = self.effective_keys.statistic();
        key.straggler_windows = self.straggler.statistic();
    }
}
