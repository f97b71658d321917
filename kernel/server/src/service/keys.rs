//! `stream.keys(..)`: what grouping by a key would do to so many workers.

use crate::display;
use crate::service::verbs::{Answer, Look, Outcome};
use headwater::{KeysArgs, Target};
use headwater_look::KeyOptions;
use headwater_profile::Placement;

/// Answers `keys`.
pub fn answer(look: &Look<'_>, args: &KeysArgs) -> Outcome<Answer> {
    let (plan, tape) = look.resolved()?;
    let mut progress = |progress| look.waiting.report(progress);
    let options = KeyOptions { parallelism: args.parallelism, target: placement(args.target), ..KeyOptions::default() };
    let report = headwater_look::keys(&plan, &tape, &args.exprs, &options, look.cancel, &mut progress)?;
    let charts = display::keys::charts(&report);
    let text = report.to_text();
    Ok(Answer::show(display::keys::keys(&report, &charts, text)))
}

/// The placement of a target.
fn placement(target: Target) -> Placement {
    match target {
        Target::Headwater => Placement::Headwater,
        Target::Kafka => Placement::KafkaMurmur2,
        Target::Librdkafka => Placement::KafkaCrc32,
        Target::Flink { key_groups } => Placement::FlinkKeyGroups(key_groups),
        Target::Spark => Placement::SparkShuffle,
    }
}
