//! `stream.keys(..)`: what grouping by a key would do to so many workers.

use crate::display::reports;
use crate::service::aside::aside;
use crate::service::parts::parts;
use crate::service::verbs::{Answer, Look, Outcome};
use headwater::{KeysArgs, Plan, Target};
use headwater_exec::Tape;
use headwater_look::KeyOptions;
use headwater_profile::Placement;

/// Answers `keys`.
pub fn answer(look: &Look<'_>, args: &KeysArgs) -> Outcome<Answer> {
    let options = KeyOptions { parallelism: args.parallelism, target: placement(args.target), redact: args.redact };
    let early = |plan: &Plan, part: &Tape| {
        let report = headwater_look::keys(plan, part, &args.exprs, &options, look.desk.cancel, &mut |_| ());
        report.ok().map(|report| reports::keys(&report))
    };
    let (plan, tapes) = look.resolved_showing(&early)?;
    let exprs = args.exprs.clone();
    let report = aside(look.desk, move |voice, cancel| {
        let mut progress = |progress| voice.progress(progress);
        for part in parts(&tapes) {
            let report = headwater_look::keys(&plan, &part, &exprs, &options, cancel, &mut progress)?;
            voice.partial(reports::keys(&report));
        }
        headwater_look::keys(&plan, &tapes, &exprs, &options, cancel, &mut progress)
    })?;
    Ok(Answer::show(reports::keys(&report)))
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
