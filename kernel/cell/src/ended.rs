//! What is said of a cell that did not come to its end: it was interrupted, or its process is gone; and what became of the variables.

use crate::error::CellError;

/// An interrupted cell. Front ends know this name.
pub(crate) fn interrupted(loss: Option<String>) -> CellError {
    let evalue = match loss {
        None => "the cell was interrupted; variables are kept".to_owned(),
        Some(loss) => {
            format!("the cell was interrupted; it did not stop by itself, so its process was ended and {loss}")
        }
    };
    CellError::new("KeyboardInterrupt", evalue, None)
}

/// The process of the cells is gone: `text` is what evcxr says of it, `last_words` the end of what was written to stderr.
pub(crate) fn process_ended(text: &str, last_words: &str, loss: Option<String>) -> CellError {
    let status = text.rsplit_once("with status: ").map_or(text, |(_, status)| status).trim();
    let loss = loss.map(|loss| format!("; {loss}")).unwrap_or_default();
    let (why, advice) = reason(status, last_words);
    let evalue = format!("the process that runs cells ended: {why} ({status}){loss}");
    let kept = "functions, types and `use` are kept; run the cells that define the variables again.";
    CellError::new("ProcessEnded", evalue, Some(&format!("{advice}{kept}")))
}

/// Why a process ended so, and what to do about it.
fn reason(status: &str, last_words: &str) -> (&'static str, &'static str) {
    if last_words.contains("has overflowed its stack") {
        return ("the cell overflowed its stack", "does a function call itself without end? ");
    }
    let signal = status
        .split("SIG")
        .nth(1)
        .map_or("", |rest| rest.split(|c: char| !c.is_ascii_uppercase()).next().unwrap_or(""));
    match signal {
        "ABRT" => ("the cell aborted", "a panic inside a panic, or in a `Drop` or a foreign function, aborts too. "),
        "SEGV" | "BUS" => ("the cell used memory that is not its own", "look at its `unsafe` code. "),
        "ILL" => ("the cell ran into an illegal instruction", "look at its `unsafe` code. "),
        "KILL" => ("somebody killed it", "perhaps the machine ran out of memory. "),
        "FPE" | "TRAP" | "SYS" | "PIPE" | "TERM" | "INT" | "HUP" => ("a signal ended it", ""),
        _ => ("the cell called `exit`", "a cell ends with its last line; `exit` ends all cells. "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::readable;

    #[expect(clippy::unnecessary_wraps, reason = "as it is given")]
    fn lost() -> Option<String> {
        Some("all variables are lost: `big`, `orders`".to_owned())
    }

    #[test]
    fn an_interrupt_says_what_became_of_the_variables() {
        insta::assert_snapshot!(readable(&interrupted(None)));
        insta::assert_snapshot!(readable(&interrupted(lost())));
    }

    #[test]
    fn every_end_of_a_process_has_its_words() {
        let told = |text: &str, last_words: &str| {
            readable(&process_ended(&format!("Subprocess terminated with status: {text}"), last_words, lost()))
        };
        let overflow = "\nthread 'main' (17) has overflowed its stack\nfatal runtime error: stack overflow, aborting\n";
        insta::assert_snapshot!(
            [
                told("signal: 6 (SIGABRT) (core dumped)", overflow),
                told("signal: 6 (SIGABRT)", ""),
                told("signal: 11 (SIGSEGV)", ""),
                told("signal: 9 (SIGKILL)", ""),
                told("exit status: 3", ""),
                readable(&process_ended("Subprocess terminated with status: signal: 15 (SIGTERM)", "", None)),
            ]
            .join("\n\n")
        );
    }
}
