//! What `SOURCE` names: a topic, a tape, or files; and its sample.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use headwater::{
    Format, Plan, Sample, SampleFrom, Source, SourceConnector, Step, parse_instant, parse_size, sample_name,
};
use headwater_exec::{Cancel, Progress, Table, Tape, TapeStore};

use crate::exit_code;
use crate::failure::Failure;
use crate::profile::args::{FormatArg, Profile, Sampling};
use crate::profile::tapes;

/// Where the records are.
#[derive(Debug, PartialEq)]
pub(crate) enum Place {
    /// To be sampled.
    Source(Source),
    /// Recorded already: the file of the tape.
    Tape(std::path::PathBuf),
}

/// Finds out what `text` names.
pub(crate) fn place(text: &str, format: Option<FormatArg>, store: &TapeStore) -> Result<Place, Failure> {
    let format = format.map(|format| match format {
        FormatArg::Json => Format::Json,
        FormatArg::Csv => Format::Csv,
        FormatArg::Parquet => Format::Parquet,
    });
    if let Some(rest) = text.strip_prefix("kafka://") {
        let connector = topic(text, rest)?;
        return Ok(Place::Source(Source { format, ..Source::new(connector) }));
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(user(format!("cannot read `{scheme}://`"))
            .hint("a source is `kafka://host:port/topic`, a path or a glob, or the name of a tape"));
    }
    let path = Path::new(text);
    if path.extension().is_some_and(|ending| ending == "arrow") && path.is_file() {
        return Ok(Place::Tape(path.to_owned()));
    }
    if !path.exists() && sample_name(text).is_ok() {
        let tape = store.find(text).map_err(|error| {
            let failure = user(format!("neither a file nor a tape is called `{text}`"));
            error.hint.map_or(failure.clone(), |hint| failure.hint(hint))
        })?;
        return Ok(Place::Tape(tape.path));
    }
    let connector = SourceConnector::Files { path: text.to_owned() };
    Ok(Place::Source(Source { format, ..Source::new(connector) }))
}

/// `host:port[,host:port]/topic`.
fn topic(text: &str, rest: &str) -> Result<SourceConnector, Failure> {
    let (brokers, topic) = rest.split_once('/').unwrap_or((rest, ""));
    let (brokers, topic) = (brokers.trim(), topic.trim_end_matches('/'));
    if brokers.is_empty() || topic.is_empty() {
        return Err(user(format!("`{text}` names no topic")).hint("write it as `kafka://localhost:9092/orders`"));
    }
    let port = |broker: &str| broker.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let brokers: Vec<String> = brokers
        .split(',')
        .map(|broker| if port(broker) { broker.to_owned() } else { format!("{broker}:9092") })
        .collect();
    Ok(SourceConnector::Kafka { brokers: brokers.join(","), topic: topic.to_owned() })
}

/// The sample that is asked for.
pub(crate) fn sample(args: &Sampling) -> Result<Sample, Failure> {
    let bytes = parse_size(&args.bytes).map_err(user)?;
    if bytes == 0 {
        return Err(user("a sample of 0 bytes shows nothing"));
    }
    let name = args.name.as_deref().map(sample_name).transpose().map_err(|mistake| {
        let failure = user(format!("--name: {}", mistake.message));
        mistake.hint.map_or(failure.clone(), |hint| failure.hint(hint))
    })?;
    let millis = args.seconds.saturating_mul(1_000);
    Ok(Sample { rows: args.rows, bytes, millis, from: from(&args.from)?, name, again: true })
}

fn from(text: &str) -> Result<SampleFrom, Failure> {
    match text {
        "stratified" => return Ok(SampleFrom::Stratified),
        "latest" => return Ok(SampleFrom::Latest),
        "earliest" => return Ok(SampleFrom::Earliest),
        _ => {}
    }
    let Some((first, last)) = text.split_once("..") else {
        return Err(user(format!("--from: no place `{text}` to sample from"))
            .hint("take stratified, latest, earliest, or a range such as 2026-11-15T00:00..2026-11-16"));
    };
    let instant = |text: &str| parse_instant(text).map_err(|message| user(format!("--from: {message}")));
    let (from_ms, to_ms) = (instant(first)?, instant(last)?);
    match from_ms < to_ms {
        true => Ok(SampleFrom::Between { from_ms, to_ms }),
        false => Err(user(format!("--from: `{first}` is not before `{last}`"))),
    }
}

/// The sample and the plan that reads it; of Parquet files that are read whole a tape without records.
pub(crate) fn record(
    args: &Profile,
    store: &TapeStore,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Plan, Arc<Tape>), Failure> {
    let sample = sample(&args.sample)?;
    let (source, tape) = match place(&args.source, args.format, store)? {
        Place::Tape(path) => {
            let tape = Tape::open(&path)?;
            if let Some(age) = age(&tape) {
                eprintln!("the tape was recorded {age} ago; nothing is read anew");
            }
            (tape.note().source(), Arc::new(tape))
        }
        Place::Source(source) => {
            let plan = plan(&source);
            if let Some(mistake) = headwater::mistakes(&plan, &[]).into_iter().next() {
                let failure = user(mistake.message);
                return Err(mistake.hint.map_or(failure.clone(), |hint| failure.hint(hint)));
            }
            if args.sample.all_rows
                && let Some(table) = Table::of(&source)?
            {
                return Ok((plan, Arc::new(table.tape())));
            }
            let tape = Tape::record(&source, &sample, cancel, progress)?;
            if sample.name.is_some() && !tape.records().is_empty() {
                store.keep(&source, &sample, &tape)?;
            }
            (source, Arc::new(tape))
        }
    };
    Ok((plan(&source), tape))
}

/// How old a tape is, where it says when it was recorded.
fn age(tape: &Tape) -> Option<String> {
    let recorded = Duration::from_millis(u64::try_from(tape.note().recorded_ms?).ok()?);
    Some(tapes::age(UNIX_EPOCH.checked_add(recorded)?.elapsed().ok()?))
}

fn plan(source: &Source) -> Plan {
    Plan::linear([Step::Source(source.clone())])
}

fn user(message: impl Into<String>) -> Failure {
    Failure::new(exit_code::USER, message)
}
