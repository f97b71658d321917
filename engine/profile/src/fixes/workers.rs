//! Fewer workers, or key groups that divide evenly among them.

use crate::fixes::{Fix, FixKind};
use crate::keys::input::KeyInput;
use crate::keys::report::KeyReport;
use crate::{Placement, figures};

/// So much of the speed is kept.
const KEPT: f64 = 0.9;

/// The fewest workers that are nearly as fast.
pub(super) fn fewer(input: &KeyInput, report: &KeyReport, before: f64) -> Option<Fix> {
    let asked = report.curve.iter().find(|point| point.workers == report.parallelism)?;
    let enough = report.curve.iter().find(|point| point.speed_up >= KEPT * asked.speed_up)?;
    if enough.workers >= report.parallelism {
        return None;
    }
    Some(Fix {
        kind: FixKind::FewerWorkers,
        title: format!(
            "Use {} instead of {}",
            figures::workers(enough.workers),
            figures::count(report.parallelism.into())
        ),
        why: format!(
            "They are {} as fast as one, {} are {}: the others wait.",
            figures::multiple(enough.speed_up),
            figures::count(report.parallelism.into()),
            figures::multiple(asked.speed_up)
        ),
        workers: enough.workers,
        before,
        factor: enough.factor,
        interval: Some(enough.interval),
        code: match input.placement {
            Placement::Headwater => format!("# job.toml\nparallelism = {}", enough.workers),
            Placement::FlinkKeyGroups(_) => format!("-- Flink SQL\nSET 'parallelism.default' = '{}';", enough.workers),
            Placement::SparkShuffle => format!("-- Spark SQL\nSET spark.sql.shuffle.partitions = {};", enough.workers),
            Placement::KafkaMurmur2 | Placement::KafkaCrc32 => String::new(),
        },
        salts: Vec::new(),
    })
}

/// So many key groups that each worker owns as many as any other.
pub(super) fn key_groups(input: &KeyInput, report: &KeyReport, before: f64) -> Option<Fix> {
    let workers = report.parallelism;
    if report.parts.is_none_or(|parts| parts.rounding <= 1.2) {
        return None;
    }
    let groups = workers.checked_mul(8)?.min(32_768) / workers * workers;
    if groups == 0 {
        return None;
    }
    let placement = Placement::FlinkKeyGroups(Some(groups));
    let (factor, interval) = crate::keys::factor(input, input.rows.clone(), placement, workers);
    Some(Fix {
        kind: FixKind::KeyGroups,
        title: format!("Use {} key groups", figures::count(groups.into())),
        why: "Then each worker owns as many as any other. The number cannot be changed when a job is restored from its state.".into(),
        workers,
        before,
        factor,
        interval: Some(interval),
        code: format!("-- Flink SQL\nSET 'pipeline.max-parallelism' = '{groups}';"),
        salts: Vec::new(),
    })
}
