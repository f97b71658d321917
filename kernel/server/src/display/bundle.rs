//! The MIME bundle: one result in the forms a front end may choose from.

use serde_json::{Map, Value};

/// One result by MIME type, as a Jupyter message carries it.
pub type MimeBundle = Map<String, Value>;

/// A bundle of `html`, its plain-text form, and the same as JSON under Headwater's own MIME type for `kind`.
pub fn bundle(kind: &str, html: String, text: String, json: Value) -> MimeBundle {
    let mut bundle = MimeBundle::new();
    bundle.insert("text/html".to_owned(), Value::String(html));
    bundle.insert("text/plain".to_owned(), Value::String(text));
    bundle.insert(format!("application/vnd.headwater.{kind}+json"), json);
    bundle
}

/// The bundle that leaves nothing to see where something was shown before.
pub fn nothing() -> MimeBundle {
    let mut bundle = MimeBundle::new();
    bundle.insert("text/html".to_owned(), Value::String(String::new()));
    bundle.insert("text/plain".to_owned(), Value::String(String::new()));
    bundle
}
