//! A panic in the engine, turned into an error: a fault of Headwater ends a preview or a job, never the process around it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Error, ErrorKind, Result};

/// What `work` gives; a panic in it becomes an error. Whatever `work` has changed must not be used after an error.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(panicked(payload.as_ref())))
}

/// The error for the payload of a panic.
pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Error {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    Error::new(ErrorKind::Internal, format!("the engine panicked: {}", text.unwrap_or("without a word")))
        .hint("This is a fault of Headwater: please report it with the pipeline that shows it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_internal_error_with_its_words() {
        let error = caught::<()>(|| panic!("index {} out of bounds", 7)).unwrap_err();
        assert_eq!(
            (error.kind, error.message.as_str()),
            (ErrorKind::Internal, "the engine panicked: index 7 out of bounds")
        );
        assert_eq!(caught(|| Ok(1)), Ok(1));
    }
}
