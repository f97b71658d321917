//! evcxr's own commands (`:vars`, `:dep`, …) as cells may use them: which it has, and which are refused because they would end, bend or
//! break the kernel around it. Also what every cell can call.

use crate::error::CellError;

/// What every session defines.
pub(crate) const FUNCTIONS: &str = include_str!("runtime/functions.rs");

/// A command of evcxr.
#[derive(Debug)]
pub struct EvcxrCommand {
    /// As it is written.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Why it is refused, and what to do instead; nothing when it works.
    pub refused: Option<(&'static str, &'static str)>,
}

const fn works(name: &'static str, about: &'static str) -> EvcxrCommand {
    EvcxrCommand { name, about, refused: None }
}

const fn refused(name: &'static str, why: &'static str, instead: &'static str) -> EvcxrCommand {
    EvcxrCommand { name, about: "", refused: Some((why, instead)) }
}

/// Why a command that needs a program of evcxr's own around the compiler cannot work.
const NEEDS_WRAPPER: &str = "needs evcxr's own wrapper around the compiler, which this kernel does not have";
const ITSELF: &str = "would change the kernel itself";

/// Every command there is.
pub const COMMANDS: [EvcxrCommand; 33] = [
    works(":dep", "adds a crate: `:dep regex = \"1\"`, `:dep ./my-crate`"),
    works(":show_deps", "the crates that were added"),
    works(":vars", "the variables and their types"),
    works(":type", "the type of a variable; `:t` is short for it"),
    works(":t", "the type of a variable"),
    works(":doc", "the documentation of a variable, type or module"),
    works(":explain", "what the compiler has to say about the last error"),
    works(":last_error_json", "the last error as the compiler's JSON"),
    works(":clear", "forgets variables, functions and `use`"),
    works(":restart", "a new process for cells; variables are lost"),
    works(":opt", "how much cells are optimised: 0, 1 or 2"),
    works(":fmt", "how values are printed: `{:?}` unless said"),
    works(":types", "whether types are printed beside values"),
    works(":efmt", "how errors of `?` are printed"),
    works(":toolchain", "which toolchain compiles cells"),
    works(":offline", "1: cargo never uses the network; 0: it may"),
    works(":linker", "which linker puts cells together: system, lld, mold"),
    works(":codegen_backend", "which backend compiles cells; nightly only"),
    works(":build_env", "sets a variable of the compiler's environment"),
    works(":preserve_vars_on_panic", "1: a panic keeps the variables; 0: it ends their process"),
    works(":last_compile_dir", "the folder that cells are compiled in"),
    works(":version", "evcxr's version"),
    works(":help", "evcxr's list of all these"),
    refused(":quit", ITSELF, "shut the kernel down from the Kernel menu."),
    refused(":env", ITSELF, "set variables with `std::env::set_var` in a cell, or before Jupyter starts."),
    refused(":load_config", ITSELF, "put what every notebook needs into its first cell."),
    refused(":allow_static_linking", NEEDS_WRAPPER, "crates are linked into each cell, as usual."),
    refused(":cache", NEEDS_WRAPPER, "crates stay compiled for as long as the session lives."),
    refused(":sccache", NEEDS_WRAPPER, "crates stay compiled for as long as the session lives."),
    refused(":clear_cache", "clears a cache that this kernel does not use", "there is nothing to clear."),
    refused(
        ":internal_debug",
        "writes to the kernel's own output",
        "`HEADWATER_LOG=debug` makes the kernel tell more in its log.",
    ),
    refused(":time_passes", "shows nothing here", "`%timings` shows where the time of the last cells went."),
    refused(":timing", "shows nothing here", "`%timings` shows where the time of the last cells went."),
];

/// The error of the first line of a cell that must not come to evcxr. Its commands stand before the first line of Rust.
pub(crate) fn refuse(code: &str) -> Option<CellError> {
    commands(code).find_map(|line| {
        if line.starts_with('!') {
            let hint = "put commands of the system first in the cell, before all else.";
            return Some(CellError::new(
                "CommandError",
                "a command of the system stands too late in the cell",
                Some(hint),
            ));
        }
        COMMANDS.iter().find(|command| command.name == name_in(line)).and_then(error_of)
    })
}

/// The lines in which evcxr looks for commands: all before the first line of Rust.
fn commands(code: &str) -> impl Iterator<Item = &str> {
    let command = |line: &&str| line.starts_with('!') || line.trim_start().starts_with(':');
    let nothing = |line: &str| line.trim().is_empty() || line.starts_with("//");
    code.lines().take_while(move |line| command(line) || nothing(line)).filter(command)
}

fn name_in(line: &str) -> &str {
    line.split_whitespace().next().unwrap_or_default()
}

fn error_of(command: &EvcxrCommand) -> Option<CellError> {
    let (why, instead) = command.refused?;
    Some(CellError::new("CommandError", format!("`{}` {why}", command.name), Some(instead)))
}

/// Whether a cell adds a crate.
pub fn adds_crates(code: &str) -> bool {
    commands(code).any(|line| name_in(line) == ":dep")
}

/// What a cell says itself of cargo and the network, when it does: `:offline 1` forbids it.
pub(crate) fn says_offline(code: &str) -> Option<bool> {
    let mut said = commands(code).filter(|line| name_in(line) == ":offline");
    said.next().map(|line| line.split_whitespace().nth(1) == Some("1"))
}

/// What every cell can call beside the crate `headwater`: pairs of signature and documentation.
pub fn cell_functions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut doc = String::new();
    for line in FUNCTIONS.lines() {
        if let Some(text) = line.strip_prefix("/// ") {
            doc.push_str(if doc.is_empty() { "" } else { " " });
            doc.push_str(text);
        } else if let Some(signature) = line.strip_prefix("pub fn ") {
            let signature = signature.trim_end_matches(" {").replace("std::io::Result", "Result");
            found.push((signature, std::mem::take(&mut doc)));
        } else {
            doc.clear();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: &str) -> String {
        refuse(code).map_or_else(|| "-".to_owned(), |error| error.traceback.join("\n").replace('\u{1b}', "ESC"))
    }

    #[test]
    fn what_would_harm_the_kernel_is_refused_with_what_to_do_instead() {
        let all: Vec<String> =
            COMMANDS.iter().filter(|command| command.refused.is_some()).map(|command| told(command.name)).collect();
        insta::assert_snapshot!(all.join("\n\n"));
        assert_eq!(told(":vars\nlet a = 1;"), "-");
        assert!(told("\n// first\n:quit").contains("Kernel menu"));
        assert_eq!(told("let text = \"\n:quit\n\";"), "-", "a line of text is no command");
    }

    #[test]
    fn a_command_of_the_system_does_not_come_to_evcxr() {
        assert!(told(":vars\n!ls").contains("stands too late"));
        assert!(told("!true").contains("stands too late"), "an expression is none");
        assert_eq!(told("let a = true;\n!a"), "-");
    }

    #[test]
    fn commands_that_add_crates_stand_first() {
        assert!(adds_crates("// regex\n:dep regex = \"1\"\nuse regex::Regex;"));
        assert!(!adds_crates("let a = 1;\n:dep x") && !adds_crates(":depend"));
    }

    #[test]
    fn a_cell_may_speak_of_the_network_itself() {
        assert_eq!(says_offline(":offline 0\n:dep x"), Some(false));
        assert_eq!(says_offline(":dep x\n:offline 1"), Some(true));
        assert_eq!(says_offline(":dep x\nlet a = \":offline 1\";"), None);
    }

    #[test]
    fn what_cells_can_call_is_told_by_its_own_source() {
        let functions = cell_functions();
        assert_eq!(functions.len(), FUNCTIONS.matches("pub fn ").count());
        assert_eq!(functions[0].0, "display(mime: &str, body: &str)");
        assert!(functions[0].1.starts_with("Shows something at once"), "{functions:?}");
        assert!(functions.iter().all(|(_, doc)| !doc.is_empty()), "{functions:?}");
    }
}
