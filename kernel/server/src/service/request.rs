//! A request of a cell, read from the bytes that came over the socket.

use crate::pipelines::Pipelines;
use headwater::Request;
use headwater_exec::{Error, ErrorKind, Result};

/// Reads a request, and puts the pipelines in their places that it only names.
///
/// # Errors
/// It is none: the crate in the cell and this kernel do not fit, or something else has written to the socket.
pub fn parse(bytes: &[u8], pipelines: &Pipelines) -> Result<Request> {
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    let request = Request::from_json(text).map_err(|error| malformed(&error))?;
    let known = |serial| pipelines.version(serial).map(|pipeline| pipeline.request.clone());
    request.with_recalled(&known).map_err(|error| malformed(&error))
}

fn malformed(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, format!("the request of the cell could not be read: {error}"))
        .hint("The crate `headwater` in the cell and the kernel may be of different versions: restart the kernel.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_is_refused_with_the_way_out() {
        for bytes in [&b"hello"[..], b"{}", b"\xff\xfe", b"{\"verb\":\"dance\"}"] {
            let error = parse(bytes, &Pipelines::default()).expect_err("no request");
            assert_eq!(error.kind, ErrorKind::Internal);
            assert!(error.message.starts_with("the request of the cell could not be read: "), "{error}");
        }
    }
}
