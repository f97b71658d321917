//! `headwater-kernel doctor`: is all there that the kernel needs, and if not, how is it mended? A line for each thing.

mod brokers;
mod jupyter;

use crate::kernelspec;
use clap::Args;
use headwater_cell::{Finding, Verdict, check_up};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::process::ExitCode;

/// What `doctor` is asked for.
#[derive(Args, Debug)]
pub struct Doctor {
    /// Kafka brokers that must answer, as in `kafka("localhost:9092", ..)`
    #[arg(long, value_name = "HOST:PORT,..")]
    brokers: Vec<String>,
    /// One JSON object, for programs
    #[arg(long)]
    json: bool,
}

/// Looks, and tells. The exit code is 1 when something is broken.
pub fn doctor(asked: &Doctor) -> Result<ExitCode, String> {
    let kernel = kernelspec::own_path()?;
    let mut findings = check_up(&kernelspec::runner_beside(&kernel));
    findings.extend(jupyter::check(&kernel));
    findings.extend(asked.brokers.iter().map(|brokers| brokers::check(brokers)));
    if asked.json {
        println!("{:#}", as_json(&findings));
    } else {
        print!("{}", as_text(&findings, std::io::stdout().is_terminal()));
    }
    let broken = findings.iter().any(|finding| finding.verdict == Verdict::Broken);
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Broken => "broken",
    }
}

fn as_text(findings: &[Finding], in_colour: bool) -> String {
    let mut text = String::new();
    for finding in findings {
        let word = word(finding.verdict);
        let (on, off) = match finding.verdict {
            _ if !in_colour => ("", ""),
            Verdict::Ok => ("\x1b[32m", "\x1b[0m"),
            Verdict::Warning => ("\x1b[33m", "\x1b[0m"),
            Verdict::Broken => ("\x1b[31m", "\x1b[0m"),
        };
        text.push_str(&format!("{on}{word:<8}{off} {:<19} {}\n", finding.subject, finding.found));
        if let Some(mend) = &finding.mend {
            text.push_str(&format!("{:29}mend: {mend}\n", ""));
        }
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (warnings, broken) = (count(Verdict::Warning), count(Verdict::Broken));
    text.push_str(&match (broken, warnings) {
        (0, 0) => "All is well.\n".to_owned(),
        (0, _) => format!("Cells run. To look at: {warnings}.\n"),
        _ => format!("Broken: {broken}. Mend that first, from the top: what is below may follow from it.\n"),
    });
    text
}

fn as_json(findings: &[Finding]) -> Value {
    let each = findings.iter().map(|finding| {
        json!({
            "subject": finding.subject,
            "verdict": word(finding.verdict),
            "found": finding.found,
            "mend": finding.mend,
        })
    });
    let broken = findings.iter().any(|finding| finding.verdict == Verdict::Broken);
    json!({"ok": !broken, "version": env!("CARGO_PKG_VERSION"), "findings": each.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_below_each_other_and_the_last_sums_up() {
        let findings = [
            Finding::ok("cargo", "cargo 1.95.0"),
            Finding::warning("rust-src", "missing", "`rustup component add rust-src`."),
            Finding::broken("headwater-runtime", "gone", "install it."),
        ];
        insta::assert_snapshot!(as_text(&findings, false), @r"
        ok       cargo               cargo 1.95.0
        warning  rust-src            missing
                                     mend: `rustup component add rust-src`.
        broken   headwater-runtime   gone
                                     mend: install it.
        Broken: 1. Mend that first, from the top: what is below may follow from it.
        ");
        assert!(as_text(&findings[..2], true).contains("\x1b[33mwarning \x1b[0m rust-src"));
        assert!(as_text(&findings[..2], false).ends_with("Cells run. To look at: 1.\n"));
        assert!(as_text(&findings[..1], false).ends_with("All is well.\n"));
        assert_eq!(as_json(&findings)["findings"][1]["verdict"], "warning");
        assert_eq!((&as_json(&findings)["ok"], &as_json(&findings[..2])["ok"]), (&json!(false), &json!(true)));
    }
}
