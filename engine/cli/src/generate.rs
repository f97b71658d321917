//! `headwater generate orders`: the orders, to any Kafka or to a file.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::args::Orders as Arguments;
use crate::exit_code;
use crate::failure::{Failure, Outcome};
use crate::orders::Orders;
use crate::producer::{OrderProducer, create_topic};

/// Makes the orders.
pub(crate) fn generate(args: &Arguments) -> Outcome {
    if args.partitions == 0 {
        return Err(Failure::new(exit_code::USER, "a topic has at least one partition"));
    }
    let progress = bar(args.rows);
    match (&args.brokers, &args.out) {
        (Some(brokers), _) => to_kafka(args, brokers, &progress)?,
        (None, Some(path)) => to_file(args, path, &progress)?,
        (None, None) => unreachable!("clap asks for one of them"),
    }
    progress.finish_and_clear();
    let place = args.brokers.as_ref().map_or_else(
        || args.out.as_ref().map_or_else(String::new, |path| format!("`{}`", path.display())),
        |brokers| format!("`{}` at {brokers}", args.topic),
    );
    println!("{} orders written to {place}", args.rows);
    Ok(())
}

fn bar(rows: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} orders, {per_sec}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(rows).with_style(style)
}

fn to_kafka(args: &Arguments, brokers: &str, progress: &ProgressBar) -> Outcome {
    if args.create_topic {
        create_topic(brokers, &args.topic, args.partitions)?;
    }
    let producer = OrderProducer::open(brokers, &args.topic)?;
    let count = usize::try_from(args.rows).unwrap_or(usize::MAX);
    for order in Orders::new(args.seed, producer.partitions()).take(count) {
        producer.send(&order)?;
        progress.inc(1);
    }
    producer.flush()
}

fn to_file(args: &Arguments, path: &Path, progress: &ProgressBar) -> Outcome {
    let failed = |error: std::io::Error| {
        Failure::new(exit_code::EXTERNAL, format!("cannot write `{}`: {error}", path.display()))
    };
    let mut file = BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    let count = usize::try_from(args.rows).unwrap_or(usize::MAX);
    for order in Orders::new(args.seed, args.partitions).take(count) {
        file.write_all(&order.value).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
        progress.inc(1);
    }
    file.flush().map_err(failed)
}
