//! What the manifests say by which cargo compiles cells.
//!
//! evcxr writes the manifest of the cells by itself, and lets one say only the level of optimisation, which it puts there as it is given.
//! So that is where the rest goes: `0`, and on the lines below it the other keys of the profile and the dependency. Added later, with
//! evcxr's own command, the dependency changes the manifest, and rust-analyzer reads the whole standard library a second time.

use crate::error::CellError;
use evcxr::{CommandContext, Error};

/// The manifest of the crate `headwater`. Its features are for others and not declared here; cargo repeats a warning about that with every
/// cell, where it would pass for the cell's own.
pub(crate) const HEADWATER: &str = concat!(
    "[package]\nname = \"headwater\"\nversion = \"",
    env!("CARGO_PKG_VERSION"),
    "\"\nedition = \"2024\"\n[lints.rust]\nwarnings = \"allow\"\n"
);

/// What evcxr takes for the level of optimisation: the level, with the crate `headwater` beside it, and that all this belongs to no workspace
/// of the folders above. Overflows are errors and debug
/// assertions count at every level: a notebook is where one looks for mistakes. The keys that evcxr writes below come to lie in a table
/// that nobody reads.
pub(crate) fn with_headwater(level: &str) -> String {
    let level = match level {
        "s" | "z" => format!("{level:?}"),
        number => number.to_owned(),
    };
    format!(
        "{level}\n\
        debug = false\n\
        strip = \"debuginfo\"\n\
        rpath = true\n\
        debug-assertions = true\n\
        overflow-checks = true\n\
        codegen-units = 16\n\
        incremental = true\n\
        \n\
        [workspace]\n\
        exclude = [\"headwater\"]\n\
        \n\
        [dependencies.headwater]\n\
        path = \"headwater\"\n\
        \n\
        [package.metadata.evcxr]"
    )
}

/// Carries out lines like `:opt 2`, by which evcxr would write a manifest without the crate `headwater`. The others keep their numbers.
pub(crate) fn optimise(context: &mut CommandContext, code: &str) -> Result<String, Error> {
    let mut rest = Vec::new();
    for line in code.split('\n') {
        match level(line) {
            Some(level) => {
                context.set_opt_level(&with_headwater(level))?;
                rest.push("");
            }
            None => rest.push(line),
        }
    }
    Ok(rest.join("\n"))
}

/// Why a line `:opt` cannot be carried out.
pub(crate) fn refuse(code: &str) -> Option<CellError> {
    let is_opt = |line: &&str| line.split_whitespace().next() == Some(":opt");
    let wrong = code.lines().filter(is_opt).any(|line| level(line).is_none());
    let hint = "`:opt 0` to `:opt 3`, `:opt s` or `:opt z`; a session begins with 0.";
    wrong.then(|| CellError::new("CommandError", "`:opt` takes a level of optimisation", Some(hint)))
}

/// The level that a line `:opt 2` asks for, if it is one that there is.
fn level(line: &str) -> Option<&str> {
    let level = line.trim().strip_prefix(":opt")?.trim();
    ["0", "1", "2", "3", "s", "z"].contains(&level).then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_one_that_cargo_knows() {
        assert_eq!(level(" :opt 2 "), Some("2"));
        assert_eq!(level(":opt s"), Some("s"));
        assert_eq!((level(":opt"), level(":opt fast"), level("let opt = 2;")), (None, None, None));
        assert!(with_headwater("z").starts_with("\"z\"\ndebug"));
    }
}
