//! `%help`: what there is, made from what each magic says of itself.

use super::{ALL, Call, Magic, Takes, misused};
use crate::display::style::{self, tag};
use crate::display::{MimeBundle, bundle, escape};
use crate::service::Desk;
use headwater_charts::html::plain_table;
use headwater_look::Outcome;
use serde_json::json;

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
        "Every magic with what it does; of one, its options too."
    }

    fn run(&self, call: &Call<'_>, _desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        match call.words()[..] {
            [] => Ok(Some(table(ALL))),
            [name] => {
                let name = name.trim_start_matches(['%', '!']);
                let found: Vec<&dyn Magic> = ALL.iter().copied().filter(|magic| magic.name() == name).collect();
                if found.is_empty() {
                    return Err(misused(self, format!("no magic `%{name}`")));
                }
                Ok(Some(table(&found)))
            }
            _ => Err(misused(self, "`%help` takes the name of one magic")),
        }
    }
}

/// How a magic is written.
fn written(magic: &dyn Magic) -> String {
    let space = if magic.takes() == Takes::Command { "" } else { " " };
    format!("{}{}{space}{}", magic.takes().sign(), magic.name(), magic.usage()).trim_end().to_owned()
}

fn table(magics: &[&dyn Magic]) -> MimeBundle {
    let mut rows: Vec<[String; 2]> = Vec::new();
    for magic in magics {
        rows.push([written(*magic), magic.about().to_owned()]);
        if magics.len() == 1 {
            rows.extend(magic.options().iter().map(|(option, about)| [format!("  {option}"), (*about).to_owned()]));
        }
    }
    let width = rows.iter().map(|[how, _]| how.chars().count()).max().unwrap_or_default();
    let text: Vec<String> = rows.iter().map(|[how, what]| format!("{how:<width$}  {what}")).collect();
    let cells: Vec<[String; 2]> = rows.iter().map(|row| row.each_ref().map(|cell| escape::html(cell))).collect();
    let html = tag("div", style::PANEL, &plain_table(&["magic", "what it does"], &cells));
    bundle::bundle("help", html, text.join("\n"), json!(rows))
}
