//! A tooltip, as text and as HTML: a heading, sentences, a table of facts, and code.

use crate::display::style::{CODE, PANEL, VERDICT, tag};
use crate::display::{MimeBundle, escape};
use headwater_charts::html::plain_table;
use serde_json::Value;

/// A tooltip while it is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    heading: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Sentence(String),
    Facts([&'static str; 2], Vec<[String; 2]>),
    Code(String),
}

impl Told {
    /// One with this heading.
    pub fn of(heading: impl Into<String>) -> Told {
        Told { heading: heading.into(), parts: Vec::new() }
    }

    /// With a sentence or a paragraph; an empty one is left out.
    #[must_use]
    pub fn says(mut self, sentence: impl Into<String>) -> Told {
        let sentence = sentence.into();
        if !sentence.trim().is_empty() {
            self.parts.push(Part::Sentence(sentence));
        }
        self
    }

    /// With a table of two columns; an empty one is left out.
    #[must_use]
    pub fn lists(mut self, heads: [&'static str; 2], rows: Vec<[String; 2]>) -> Told {
        if !rows.is_empty() {
            self.parts.push(Part::Facts(heads, rows));
        }
        self
    }

    /// With code.
    #[must_use]
    pub fn shows(mut self, code: impl Into<String>) -> Told {
        self.parts.push(Part::Code(code.into()));
        self
    }

    /// In the forms that a front end chooses from.
    pub fn bundle(&self) -> MimeBundle {
        let forms = [("text/plain", self.text()), ("text/html", self.html())];
        MimeBundle::from_iter(forms.map(|(mime, body)| (mime.to_owned(), Value::String(body))))
    }

    /// As text.
    pub fn text(&self) -> String {
        let mut out = self.heading.clone();
        for part in &self.parts {
            out.push_str("\n\n");
            match part {
                Part::Sentence(sentence) => out.push_str(sentence),
                Part::Facts(_, rows) => {
                    let width = rows.iter().map(|[name, _]| name.chars().count()).max().unwrap_or_default();
                    let lines: Vec<String> =
                        rows.iter().map(|[name, value]| format!("{name:<width$}  {value}")).collect();
                    out.push_str(&lines.join("\n"));
                }
                Part::Code(code) => {
                    let lines: Vec<String> =
                        code.lines().map(|line| format!("    {line}").trim_end().to_owned()).collect();
                    out.push_str(&lines.join("\n"));
                }
            }
        }
        out.lines().map(escape::visible).collect::<Vec<_>>().join("\n")
    }

    fn html(&self) -> String {
        let mut out = tag("div", VERDICT, &tag("span", CODE, &escape::html(&self.heading)));
        for part in &self.parts {
            out.push_str(&match part {
                Part::Sentence(sentence) => {
                    let lines: Vec<String> = sentence.lines().map(escape::html_sentence).collect();
                    tag("div", "margin:3px 0", &lines.join("<br>"))
                }
                Part::Facts(heads, rows) => {
                    let cells: Vec<[String; 2]> =
                        rows.iter().map(|row| row.each_ref().map(|cell| escape::html(cell))).collect();
                    plain_table(heads, &cells)
                }
                Part::Code(code) => {
                    let lines: Vec<String> = code.lines().map(escape::html).collect();
                    tag("div", CODE, &lines.join("<br>"))
                }
            });
        }
        tag("div", PANEL, &out)
    }
}
