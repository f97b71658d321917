//! `headwater sandbox`: librdkafka's mock cluster in this process, with orders in it, for trying things on.
//!
//! The mock keeps 5 MiB and 100,000 records a partition and hides no aborted transaction: it shows, it proves nothing.

mod forward;

use std::path::Path;
use std::time::{Duration, Instant};

use headwater_exec::Cancel;
use rdkafka::mocking::MockCluster;

use crate::args::Sandbox;
use crate::exit_code;
use crate::failure::{Failure, Outcome};
use crate::orders::Orders;
use crate::producer::OrderProducer;
use crate::signals;

/// The topics that are there, with their partitions.
const TOPICS: [(&str, i32); 3] = [("orders", 6), ("city-revenue", 4), ("orders-dead-letters", 1)];

/// Runs until SIGTERM or Ctrl-C.
pub(crate) fn sandbox(args: &Sandbox) -> Outcome {
    let cancel = signals::cancel_on_signal()?;
    let failed = |error: rdkafka::error::KafkaError| {
        Failure::new(exit_code::INTERNAL, format!("the sandbox cannot start: {error}"))
    };
    let cluster = MockCluster::new(1).map_err(failed)?;
    for (topic, partitions) in TOPICS {
        cluster.create_topic(topic, partitions, 1).map_err(failed)?;
    }
    let listen = forward::serve(&args.listen, &cluster.bootstrap_servers())?;
    let producer = OrderProducer::open(&cluster.bootstrap_servers(), "orders")?;
    let mut orders = Orders::new(args.seed, producer.partitions());
    for order in orders.by_ref().take(usize::try_from(args.rows).unwrap_or(usize::MAX)) {
        producer.send(&order)?;
    }
    producer.flush()?;
    if let Some(path) = &args.write_brokers {
        write_brokers(path, &listen)?;
    }
    welcome(args, &listen);
    keep_producing(&producer, orders, args.rate, &cancel)
}

fn welcome(args: &Sandbox, listen: &str) {
    println!(
        "Kafka (a mock, in this process) listens on {listen}
  topic `orders`: {} orders in 6 partitions, {} a second keep flowing in; partition 5 never gets one
  topics `city-revenue` and `orders-dead-letters`: empty, for what you make of them
In a notebook: kafka(\"{listen}\", \"orders\").json()
Ctrl-C ends it; nothing is kept.",
        args.rows, args.rate
    );
}

/// Written aside and renamed, so that whoever waits for the file finds it whole.
fn write_brokers(path: &Path, listen: &str) -> Outcome {
    let aside = path.with_extension("tmp");
    std::fs::write(&aside, listen)
        .and_then(|()| std::fs::rename(&aside, path))
        .map_err(|error| Failure::new(exit_code::EXTERNAL, format!("cannot write `{}`: {error}", path.display())))
}

/// Sends `rate` orders a second, in ten portions, until cancelled.
fn keep_producing(producer: &OrderProducer, mut orders: Orders, rate: u32, cancel: &Cancel) -> Outcome {
    let begun = Instant::now();
    let mut sent: u64 = 0;
    while !cancel.is_cancelled() {
        let due = (begun.elapsed().as_secs_f64() * f64::from(rate)) as u64;
        for order in orders.by_ref().take(usize::try_from(due - sent).unwrap_or(0)) {
            producer.send(&order)?;
        }
        sent = due;
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
