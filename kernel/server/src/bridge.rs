//! Joins the three crates that know nothing of each other: what cells print and what the engine finds goes to Jupyter,
//! and the engine learns which line of a cell it speaks about.

use headwater_cell::{Asker, CellSession, Keeper, OutputSink, Stream, Unanswered};
use headwater_jupyter::{Input, InputError, IoPub, StreamName};
use headwater_server::display::MimeBundle;
use headwater_server::pipelines::Pipelines;
use headwater_server::service::{CellPlace, Places, Publisher, Variables};
use serde_json::Value;
use std::sync::{Arc, OnceLock};

/// The way out to the front end.
pub struct Screen(pub IoPub);

impl OutputSink for Screen {
    fn text(&self, stream: Stream, text: &str) {
        let name = match stream {
            Stream::Stdout => StreamName::Stdout,
            Stream::Stderr => StreamName::Stderr,
        };
        self.0.stream(name, text);
    }

    fn display(&self, id: Option<&str>, mime: &str, body: &str) {
        self.0.display_data(form(mime, body.to_owned()), id);
    }

    fn update(&self, id: &str, mime: &str, body: &str) {
        self.0.update_display_data(form(mime, body.to_owned()), id);
    }

    fn clear(&self) {
        self.0.clear_output(true);
    }
}

impl Publisher for Screen {
    fn display(&self, bundle: MimeBundle, display_id: Option<&str>) {
        self.0.display_data(bundle, display_id);
    }

    fn update(&self, bundle: MimeBundle, display_id: &str) {
        self.0.update_display_data(bundle, display_id);
    }

    fn stdout(&self, text: &str) {
        self.0.stream(StreamName::Stdout, text);
    }

    fn stderr(&self, text: &str) {
        self.0.stream(StreamName::Stderr, text);
    }
}

/// What is shown, in the forms of `forms`: pairs of MIME type and body. JSON becomes JSON, everything else is text.
pub fn bundle(forms: Vec<(String, String)>) -> MimeBundle {
    forms.into_iter().flat_map(|(mime, body)| form(&mime, body)).collect()
}

fn form(mime: &str, body: String) -> MimeBundle {
    let is_json = mime == "application/json" || mime.ends_with("+json");
    let value = match serde_json::from_str(&body) {
        Ok(json) if is_json => json,
        _ => Value::String(body),
    };
    MimeBundle::from_iter([(mime.to_owned(), value)])
}

/// The user before the front end.
pub struct User(pub Input);

impl Asker for User {
    fn ask(&self, prompt: &str, is_password: bool) -> Result<String, Unanswered> {
        self.0.ask(prompt, is_password).map_err(|error| match error {
            InputError::Nobody => Unanswered::Nobody,
            InputError::Interrupted => Unanswered::Interrupted,
        })
    }
}

/// The lines of the session's cells. The session starts after the engine, whose socket lies in its folder.
#[derive(Default)]
pub struct Lines(pub OnceLock<Arc<CellSession>>);

impl Places for Lines {
    fn resolve(&self, cell: u32, line: u32) -> Option<CellPlace> {
        let place = self.0.get()?.resolve(cell, line)?;
        Some(CellPlace { cell: place.cell, line: place.line, text: place.text })
    }

    fn text(&self, cell: u32) -> Option<String> {
        self.0.get()?.text(cell)
    }
}

impl Variables for Lines {
    fn hand_over(&self, give_up: &dyn Fn() -> bool) {
        self.0.get().inspect(|session| session.hand_over(give_up));
    }

    fn make(&self, name: &str) {
        self.0.get().inspect(|session| session.make(name));
    }
}

/// Keeps the pipelines that variables of the cells hold.
pub struct KeptPipelines(pub Arc<Pipelines>);

impl Keeper for KeptPipelines {
    fn what(&self) -> &'static str {
        "pipelines"
    }

    fn keeps(&self, type_name: &str) -> bool {
        let name = type_name.strip_prefix("headwater::").unwrap_or(type_name);
        matches!(name, "Stream" | "stream::Stream" | "prelude::Stream")
    }

    fn hand_over(&self, variable: &str) -> String {
        format!("headwater::display::hand_over(&{variable}, {variable:?});")
    }

    fn give_back(&self, variable: &str) -> Option<String> {
        let serial = self.0.get(variable)?.serial;
        Some(format!("let {variable}: headwater::Stream = headwater::stream::recall({variable:?}, {serial});"))
    }
}
