//! How Aiven refuses: an array of errors and the first one's message again.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::exchange::Answer;
use super::super::rest;

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

/// What a call comes to: the body, or a refusal.
pub(super) type Outcome = Result<Value, Refusal>;

/// A refusal.
pub(super) fn refused(status: StatusCode, message: impl Into<String>) -> Refusal {
    Refusal {
        status,
        message: message.into(),
    }
}

/// The refusal for a route that does not exist.
pub(super) fn no_route() -> Refusal {
    refused(StatusCode::NOT_FOUND, "Not Found")
}

/// The refusal of a body that is no JSON object.
pub(super) fn bad_body() -> Refusal {
    refused(StatusCode::BAD_REQUEST, "Invalid request body")
}

/// The answer on the wire.
pub(super) fn render(outcome: &Outcome) -> Answer {
    match outcome {
        Ok(body) => rest::json(StatusCode::OK, body),
        Err(refusal) => rest::json(
            refusal.status,
            &json!({
                "errors": [{"message": refusal.message, "status": refusal.status.as_u16()}],
                "message": refusal.message,
            }),
        ),
    }
}
