//! `%help`: what there is, made from what each magic says of itself, and what else a cell can do.

use super::{ALL, Call, Group, Magic, Takes, misused};
use crate::display::MimeBundle;
use crate::display::help::{Entry, Part, help};
use crate::service::Desk;
use headwater_look::Outcome;

/// The magic.
pub struct Help;

impl Magic for Help {
    fn name(&self) -> &'static str {
        "help"
    }

    fn usage(&self) -> &'static str {
        "[MAGIC]"
    }

    fn about(&self) -> &'static str {
        "Everything a cell can do beside Rust; of one magic, its options and an example."
    }

    fn example(&self) -> &'static str {
        "%help peek"
    }

    fn run(&self, call: &Call<'_>, _desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        match call.words()[..] {
            [] => Ok(Some(help(&everything()))),
            [name] => {
                let bare = name.trim_start_matches(['%', '!']);
                let found: Vec<&dyn Magic> = ALL.iter().copied().filter(|magic| magic.name() == bare).collect();
                if found.is_empty() {
                    let near = headwater::suggest(bare, ALL.iter().map(|magic| magic.name()));
                    let meant = near.map(|near| format!("; did you mean `%{near}`?")).unwrap_or_default();
                    return Err(misused(self, format!("no magic `%{bare}`{meant}")));
                }
                Ok(Some(help(&found.into_iter().map(of_one).collect::<Vec<_>>())))
            }
            _ => Err(misused(self, "`%help` takes the name of one magic")),
        }
    }
}

/// How a magic is written.
pub(super) fn written(magic: &dyn Magic) -> String {
    let space = if magic.takes() == Takes::Command { "" } else { " " };
    format!("{}{}{space}{}", magic.takes().sign(), magic.name(), magic.usage()).trim_end().to_owned()
}

fn entry(how: impl Into<String>, what: impl Into<String>) -> Entry {
    Entry { how: how.into(), what: what.into() }
}

/// The magics of each group, what cells can call, evcxr's commands, and where to read on.
fn everything() -> Vec<Part> {
    let group = |group: Group| {
        let magics = ALL.iter().filter(|magic| magic.group() == group);
        Part::of(group.name(), magics.map(|magic| entry(written(*magic), magic.about())).collect())
    };
    let mut parts: Vec<Part> = Group::ALL.into_iter().map(group).filter(|part| !part.entries.is_empty()).collect();
    let functions = headwater_cell::cell_functions().into_iter().map(|(signature, doc)| entry(signature, doc));
    parts.push(Part::of("What every cell can call", functions.collect()));
    let commands = headwater_cell::COMMANDS.iter().filter(|command| command.refused.is_none());
    parts.push(Part::of(
        "Commands of evcxr, which compiles cells",
        commands.map(|command| entry(command.name, command.about)).collect(),
    ));
    parts.push(Part::of(
        "To read",
        vec![
            entry("%help MAGIC", "the options of one magic, with an example"),
            entry("docs/guides/first-hour.md", "the guide of this kernel, in Headwater's repository"),
            entry("docs/reference/magics.md", "this list as a page, with every option"),
            entry("docs/reference/functions.md", "every function of expressions, with examples"),
        ],
    ));
    parts
}

/// A magic with its options and an example.
pub(super) fn of_one(magic: &dyn Magic) -> Part {
    let mut entries = vec![entry(written(magic), magic.about())];
    entries.extend(magic.options().iter().map(|(option, about)| entry(*option, *about)));
    if !magic.example().is_empty() {
        entries.push(entry("for example", magic.example()));
    }
    Part::of("", entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_charts::html::sanitized;
    use std::fmt::Write as _;
    use std::path::Path;

    #[test]
    fn help_lists_everything_and_explains_one() {
        let shown = help(&everything());
        insta::assert_snapshot!(shown["text/plain"].as_str().expect("text"));
        sanitized::check(shown["text/html"].as_str().expect("HTML"));
        for magic in ALL {
            assert!(shown["text/plain"].as_str().expect("text").contains(&written(*magic)), "{}", magic.name());
        }
    }

    #[test]
    fn one_magic_is_explained_with_its_options_and_an_example() {
        let peek = ALL.iter().find(|magic| magic.name() == "peek").expect("it is there");
        insta::assert_snapshot!(help(&[of_one(*peek)])["text/plain"].as_str().expect("text"));
    }

    const BEGINNING: &str = "# Magics

Lines and cells that the kernel understands itself, without compiling anything. They stand first in a cell, before any Rust; `%%name` takes the
whole cell. An interrupt ends any of them and keeps everything. This page is written from what each magic says of itself
(`kernel/server/src/magics`); `%help` shows the same in a notebook.
";

    /// The reference page.
    fn page() -> String {
        let mut out = BEGINNING.to_owned();
        for group in Group::ALL {
            let magics: Vec<_> = ALL.iter().filter(|magic| magic.group() == group).collect();
            if !magics.is_empty() {
                write!(out, "\n## {}\n", group.name()).unwrap();
            }
            for magic in magics {
                write!(out, "\n### `{}`\n\n{}\n", written(*magic), magic.about()).unwrap();
                let options = magic.options().iter().map(|(option, about)| format!("- `{option}`: {about}.\n"));
                let options: String = options.collect();
                if !options.is_empty() {
                    write!(out, "\n{options}").unwrap();
                }
                if !magic.example().is_empty() {
                    write!(out, "\n```\n{}\n```\n", magic.example()).unwrap();
                }
            }
        }
        out.push_str("\n## Settings\n\n`%set NAME VALUE` changes one for the rest of the session.\n\n| setting | takes | default | what it means |\n|---|---|---|---|\n");
        for setting in &crate::settings::SETTINGS {
            let (takes, default) = (setting.takes(), setting.default_text());
            writeln!(out, "| `{}` | {takes} | {default} | {} |", setting.name, setting.about).unwrap();
        }
        out.push_str("\n## Commands of evcxr\n\nevcxr compiles the cells; its own commands stand first in a cell too, behind magics.\n\n");
        for command in &headwater_cell::COMMANDS {
            match command.refused {
                None => writeln!(out, "- `{}`: {}.", command.name, command.about).unwrap(),
                Some((why, instead)) => writeln!(out, "- `{}` is refused: it {why}; {instead}", command.name).unwrap(),
            }
        }
        out
    }

    #[test]
    fn the_reference_page_is_what_the_magics_say() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/magics.md");
        if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
            std::fs::write(&path, page()).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == page(),
            "docs/reference/magics.md is older than the magics; write it again with `INSTA_UPDATE=always cargo test --workspace --lib -- the_reference_page`"
        );
    }
}
