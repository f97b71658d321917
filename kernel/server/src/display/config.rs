//! The settings of a session and the facts about it.

use crate::display::escape::{html, html_sentence, visible};
use crate::display::listing::{Listing, Side};
use crate::display::style::{self, tag};
use crate::display::{MimeBundle, bundle};
use crate::settings::{SETTINGS, Setting, Settings};
use serde_json::{Map, Value, json};

/// One fact about the session.
pub struct Fact {
    /// What it is about.
    pub name: &'static str,
    /// What it is.
    pub value: String,
}

/// `%config` for a notebook.
pub fn config(settings: &Settings, facts: &[Fact]) -> MimeBundle {
    let mut list = Listing::new(&[
        ("setting", Side::Left),
        ("value", Side::Right),
        ("default", Side::Right),
        ("what it means", Side::Left),
    ]);
    for setting in &SETTINGS {
        list.push([setting.name.to_owned(), settings.text(setting), setting.default_text(), setting.about.to_owned()]);
    }
    let mut about = Listing::new(&[("this session", Side::Left), ("", Side::Left)]);
    facts.iter().for_each(|fact| about.push([fact.name.to_owned(), fact.value.clone()]));
    let hint = "%set NAME VALUE changes a setting for the rest of the session, %set NAME default undoes that.";
    let page = list.to_html() + &tag("div", style::NOTE, &html(hint)) + &about.to_html();
    let text = [list.to_text(), hint.to_owned(), String::new(), about.to_text()].join("\n");
    let json = json!({
        "settings": SETTINGS.iter().map(|setting| as_json(setting, settings)).collect::<Vec<_>>(),
        "session": facts.iter().map(|fact| (fact.name.to_owned(), json!(fact.value))).collect::<Map<String, Value>>(),
    });
    bundle::bundle("config", tag("div", style::PANEL, &page), text, json)
}

/// `%set` for a notebook: the setting as it is now.
pub fn one(setting: &'static Setting, settings: &Settings) -> MimeBundle {
    let now = format!("`{}` is {}: {}", setting.name, settings.text(setting), setting.about);
    let page = tag("div", style::PANEL, &html_sentence(&now));
    bundle::bundle("config", page, visible(&now), json!({"settings": [as_json(setting, settings)]}))
}

fn as_json(setting: &'static Setting, settings: &Settings) -> Value {
    json!({"name": setting.name, "value": settings.text(setting), "default": setting.default_text(), "about": setting.about})
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_charts::html::sanitized;

    #[test]
    fn every_setting_is_shown_with_its_value_and_meaning() {
        let settings = Settings::default();
        let rows = Setting::named("sample.rows").expect("a setting");
        settings.set(rows, "500").expect("a number");
        let facts = [Fact { name: "session's folder", value: "/tmp/<kernel>".to_owned() }];
        let shown = config(&settings, &facts);
        insta::assert_snapshot!(shown["text/plain"].as_str().expect("text"));
        sanitized::check(shown["text/html"].as_str().expect("HTML"));
        let set = one(rows, &settings);
        assert_eq!(
            set["text/plain"],
            "`sample.rows` is 500: records of a sample, where its cell does not say how many"
        );
        sanitized::check(set["text/html"].as_str().expect("HTML"));
    }
}
