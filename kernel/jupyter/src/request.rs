//! What requests say. Fields that the protocol lets a front end leave out have their usual values; one that is missing or of another
//! type is told to whoever sent it.

use crate::channel::failure;
use jupyter_protocol::{CompleteRequest, ExecuteRequest, InspectRequest, IsCompleteRequest};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The body of a request.
pub(crate) trait Request: DeserializeOwned {
    /// The fields that may be left out.
    fn usual(content: &Value) -> Value;
}

impl Request for ExecuteRequest {
    fn usual(_: &Value) -> Value {
        json!({"silent": false, "store_history": true, "user_expressions": {}, "allow_stdin": true, "stop_on_error": true})
    }
}

impl Request for CompleteRequest {
    fn usual(content: &Value) -> Value {
        json!({"cursor_pos": end(content)})
    }
}

impl Request for InspectRequest {
    fn usual(content: &Value) -> Value {
        json!({"cursor_pos": end(content), "detail_level": 0})
    }
}

impl Request for IsCompleteRequest {
    fn usual(_: &Value) -> Value {
        json!({})
    }
}

/// The end of the code, in code points.
fn end(content: &Value) -> usize {
    content["code"].as_str().map_or(0, |code| code.chars().count())
}

/// The request in `content`.
///
/// # Errors
/// The content of the reply that says what is wrong with it.
pub(crate) fn read<T: Request>(content: &Value) -> Result<T, Value> {
    let mut whole = T::usual(content);
    if let (Some(whole), Some(given)) = (whole.as_object_mut(), content.as_object()) {
        // Clients send null for what they do not know.
        let known = given.iter().filter(|(_, value)| !value.is_null());
        whole.extend(known.map(|(name, value)| (name.clone(), value.clone())));
    }
    T::deserialize(whole).map_err(|error| bad(&error))
}

/// The content of the reply to a request that cannot be understood.
pub(crate) fn bad(error: &serde_json::Error) -> Value {
    failure("BadRequest", &format!("the request cannot be understood: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_enough() {
        let cell: ExecuteRequest = read(&json!({"code": "1", "user_expressions": null})).unwrap();
        assert!(!cell.silent && cell.store_history && cell.stop_on_error && cell.allow_stdin);
        let completion: CompleteRequest = read(&json!({"code": "é😀", "cursor_pos": null})).unwrap();
        assert_eq!(completion.cursor_pos, 2);
        let said = read::<ExecuteRequest>(&json!({"code": 1})).unwrap_err();
        assert_eq!((&said["status"], &said["ename"]), (&json!("error"), &json!("BadRequest")));
        assert!(read::<IsCompleteRequest>(&json!({})).is_err());
    }
}
