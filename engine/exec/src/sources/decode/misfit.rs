//! Why a record is a dead letter, in words: ``column `amount`: `abc` is not a DOUBLE``.

use headwater::DataType;

/// Where in a record a value does not fit, and why. The path is pushed from the inside out.
#[derive(Debug, Default)]
pub(crate) struct Misfit {
    path: Vec<String>,
    why: Option<String>,
}

impl Misfit {
    /// Remembers that `value` is not of the type.
    pub(crate) fn value(&mut self, value: impl std::fmt::Display, type_name: &'static str) {
        self.why.get_or_insert_with(|| format!("`{}` is not {type_name}", shortened(&value.to_string())));
    }

    /// Remembers that an array, an object or the like is not of the type.
    pub(crate) fn kind(&mut self, kind: &str, type_name: &'static str) {
        self.why.get_or_insert_with(|| format!("{kind} is not {type_name}"));
    }

    /// Whether something did not fit.
    pub(crate) fn found(&self) -> bool {
        self.why.is_some()
    }

    /// The misfit is within this field.
    pub(crate) fn within(&mut self, name: &str) {
        if self.found() {
            self.path.push(name.to_string());
        }
    }

    /// The reason, if there is one.
    pub(crate) fn reason(&self) -> Option<String> {
        let why = self.why.as_ref()?;
        let path: Vec<&str> = self.path.iter().rev().map(String::as_str).collect();
        Some(format!("column `{}`: {why}", path.join(".").replace(".[]", "[]")))
    }
}

/// The type with its article: `a DOUBLE`.
pub(crate) fn type_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "a BOOLEAN",
        DataType::Int32 => "an INT",
        DataType::Int64 => "a BIGINT",
        DataType::Float64 => "a DOUBLE",
        DataType::String => "a STRING",
        DataType::Binary => "a BINARY (base64)",
        DataType::Date => "a DATE (such as 2024-01-31)",
        DataType::Timestamp => "a TIMESTAMP (ISO-8601 text)",
        DataType::List(_) => "an ARRAY",
        DataType::Struct(_) => "a STRUCT",
    }
}

/// Why bytes that serde_json refused are no JSON object.
pub(crate) fn object_reason(value: &[u8], error: &serde_json::Error) -> String {
    let first = value.iter().find(|byte| !byte.is_ascii_whitespace());
    let kind = match first {
        None => return "an empty value".to_string(),
        Some(b'{') => return format!("broken JSON: {error}"),
        Some(0) if value.len() > 5 => {
            return "not JSON (it begins with a zero byte, as Avro of a schema registry does)".to_string();
        }
        _ if !error.is_data() => return format!("not JSON: {error}"),
        Some(b'[') => "an array",
        Some(b'"') => "a text",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(_) => "a number",
    };
    format!("not a JSON object but {kind}")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
