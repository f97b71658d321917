//! The straggler curve in plain text: a bar of speed-up for each number of workers.

use headwater_profile::{CurvePoint, KeyReport};

/// Workers that get a line, besides those that were asked for.
const SHOWN: [u32; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const LONGEST: f64 = 40.0;

/// `None` without rows.
pub(crate) fn curve(report: &KeyReport, width: usize) -> Option<String> {
    let shown = |point: &&CurvePoint| SHOWN.contains(&point.workers) || point.workers == report.parallelism;
    let points: Vec<&CurvePoint> = report.curve.iter().filter(shown).collect();
    let most = points.iter().map(|point| point.speed_up).fold(f64::NAN, f64::max);
    if points.len() < 2 || most.is_nan() {
        return None;
    }
    let longest = LONGEST.min(width.saturating_sub(34).max(8) as f64);
    let mut out = "more workers, and how many times as fast as one they are\n".to_owned();
    for point in points {
        let bar = "█".repeat((point.speed_up / most * longest).round().max(1.0) as usize);
        let asked = if point.workers == report.parallelism { "◂ asked" } else { "" };
        let (low, high) = (point.interval.low, point.interval.high);
        let line = format!(
            "{:>7}  S = {:<7} {bar} {:.1}× {asked}",
            point.workers,
            format!("{:.2}", point.factor),
            point.speed_up
        );
        let range = if high - low > 0.2 * point.factor { format!("  ({low:.1}–{high:.1})") } else { String::new() };
        out.push_str(format!("{}{range}", line.trim_end()).trim_end());
        out.push('\n');
    }
    Some(out)
}
