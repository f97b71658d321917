//! What can be done, in plain text, and who wrote the topic.

use headwater_profile::{KeyReport, clean};

/// A line of code is to be pasted, so it is cut only where nobody would.
const LINE: usize = 5_000;

/// `None` when nothing needs to be done.
pub(crate) fn fixes(report: &KeyReport) -> Option<String> {
    let before = report.fixes.first()?.before;
    let mut out = format!("what can be done (now {before:.1}×)\n");
    for (at, fix) in report.fixes.iter().enumerate() {
        out.push_str(&format!("{}. {:.2}×  {}\n   {}\n", at + 1, fix.factor, fix.title, fix.why));
        for line in fix.code.lines() {
            out.push_str(&format!("     {}\n", clean(line, LINE)));
        }
    }
    Some(out)
}

/// `None` without a topic.
pub(crate) fn producers(report: &KeyReport) -> Option<String> {
    let own = report.partitioner.as_ref()?;
    let mut out = format!("{}\n", own.sentence);
    for key in &own.split {
        out.push_str(&format!("  {} is in partitions {:?}\n", key.text, key.partitions));
    }
    Some(out)
}
